import {
  type DeploymentModel,
  egressRules,
  formatDuration,
  jobsOf,
  managedKafka,
  type RegionModel,
  replicasOf,
  sizing,
  taskManagers,
} from '../../config/index.ts';
import { table } from '../terminal/table.ts';

/** What one region gets, as the plan shows it. */
export interface RegionPlan {
  readonly name: string;
  readonly cloud: string;
  readonly region: string;
  readonly role: string;
  readonly size: string;
  readonly network: string;
  readonly nodes: { readonly system: string; readonly flink: string; readonly worker: string };
  readonly jobManagers: number;
  readonly taskManagers: number;
  readonly slots: number;
  readonly workers: string;
  readonly stateRoot: string;
  readonly replicatesTo: readonly string[];
  readonly egress: readonly string[];
  readonly gets: string;
}

/** The whole deployment as the plan shows it. */
export interface DeploymentPlan {
  readonly name: string;
  readonly id: string;
  readonly mode: string;
  readonly objectives: { readonly rpoMs: number; readonly rtoMs: number };
  readonly commit: string;
  readonly leaseRegion: string;
  readonly dns: string | undefined;
  readonly regions: readonly RegionPlan[];
}

const CLUSTER = { aws: 'EKS', azure: 'AKS', gcp: 'GKE' } as const;
const STORE = { aws: 'S3', azure: 'Blob', gcp: 'GCS' } as const;
const SECRETS = { aws: 'Secrets Manager', azure: 'Key Vault', gcp: 'Secret Manager' } as const;
const REGISTRY = { aws: 'ECR', azure: 'ACR', gcp: 'Artifact Registry' } as const;
const KAFKA = { aws: 'MSK', azure: 'Event Hubs', gcp: 'Managed Kafka' } as const;

export function deploymentPlan(d: DeploymentModel): DeploymentPlan {
  return {
    name: d.name,
    id: d.id,
    mode: d.dr.mode,
    objectives: { rpoMs: d.dr.rpo, rtoMs: d.dr.rto },
    commit: d.dr.commit,
    leaseRegion: d.leaseRegion,
    dns: d.dns?.zone,
    regions: d.regions.map((region) => regionPlan(d, region)),
  };
}

function regionPlan(d: DeploymentModel, region: RegionModel): RegionPlan {
  const size = sizing(region.size);
  const bounds = (pool: { instance: Record<RegionModel['cloud'], string>; min: number; max: number }) =>
    `${pool.min}-${pool.max} x ${pool.instance[region.cloud]}`;
  const managers = taskManagers(region.size, d.agent.parallelism, jobsOf(d));
  return {
    name: region.name,
    cloud: region.cloud,
    region: region.region,
    role: region.role,
    size: region.size,
    network: region.cidr,
    nodes: { system: bounds(size.pools.system), flink: bounds(size.pools.flink), worker: bounds(size.pools.worker) },
    jobManagers: d.flink.jobManagers,
    taskManagers: managers,
    slots: managers * size.taskManager.slots,
    workers: `${size.worker.min}-${size.worker.max}`,
    stateRoot: region.stateRoot.uri,
    replicatesTo: replicasOf(d, region).map((r) => r.name),
    egress: egressRules(d, region.region).map((rule) => rule.host),
    gets: [
      CLUSTER[region.cloud],
      STORE[region.cloud],
      SECRETS[region.cloud],
      REGISTRY[region.cloud],
      ...(managedKafka(d) ? [KAFKA[region.cloud]] : []),
    ].join(', '),
  };
}

/** The plan for a terminal: a table of regions, one of what each runs, and the deployment's objectives. */
export function renderPlan(plan: DeploymentPlan): string {
  const regions = table(
    ['region', 'role', 'cloud', 'location', 'size', 'gets'],
    plan.regions.map((r) => [r.name, r.role, r.cloud, r.region, r.size, r.gets]),
  );
  const runs = table(
    ['region', 'flink nodes', 'worker nodes', 'JobManagers', 'TaskManagers', 'slots', 'workers'],
    plan.regions.map((r) => [
      r.name,
      r.nodes.flink,
      r.nodes.worker,
      String(r.jobManagers),
      String(r.taskManagers),
      String(r.slots),
      r.workers,
    ]),
  );
  const state = table(
    ['region', 'network', 'state root', 'replicates to'],
    plan.regions.map((r) => [r.name, r.network, r.stateRoot, r.replicatesTo.join(', ') || '-']),
  );
  const egress = [...new Set(plan.regions.flatMap((r) => r.egress))];
  return [
    regions,
    '',
    runs,
    '',
    state,
    '',
    `  ${plan.mode}, outputs commit ${plan.commit}; RPO ${formatDuration(plan.objectives.rpoMs)}, RTO ${formatDuration(plan.objectives.rtoMs)}; lease kept in ${plan.leaseRegion}`,
    `  egress allowed to ${egress.join(', ') || 'nothing'}${plan.dns ? `; names under ${plan.dns}` : ''}`,
  ].join('\n');
}
