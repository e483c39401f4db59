import { z } from 'zod';
import { type DeploymentModel, egressRules, names, type RegionModel, sizing, VERSIONS } from '../../config/index.ts';
import { type ChartInput, PENDING } from '../input.ts';
import { workerMonitoringSchema, workerMonitoringValues } from '../monitoring/worker-monitoring.ts';
import { secretParameters } from './secret-parameters.ts';

const MiB = 2 ** 20;
const strings = z.record(z.string(), z.string());
const account = (what: string) =>
  z
    .strictObject({
      name: z.string().describe('Service account that the cloud identity trusts; the stack knows it by this name.'),
      annotations: strings.describe('Annotations of the service account, such as a client id of Azure.'),
    })
    .describe(what);

export const agentsValuesSchema = z
  .strictObject({
    image: z
      .strictObject({
        repository: z.string().describe('Image with Node.js, the runtime and the agent.'),
        tag: z.string().describe('Tag of the image.'),
        pullPolicy: z.enum(['IfNotPresent', 'Always', 'Never']).describe('When a node pulls the image.'),
      })
      .describe('The worker image.'),
    workerAccount: account('Identity of the workers: reads their secrets and nothing else.'),
    replicatorAccount: account("Identity of the replicator: reads other regions' state, writes this one's."),
    podLabels: strings.describe('Further labels of all pods.'),
    worker: z
      .strictObject({
        replicas: z.number().int().min(1).describe('Workers, and the fewest while they scale.'),
        maxReplicas: z.number().int().min(1).describe('Most workers while they scale.'),
        autoscaling: z.boolean().describe('Whether the number of workers follows their load.'),
        targetCpuPercent: z
          .number()
          .int()
          .min(10)
          .max(100)
          .describe('CPU use that scaling aims at, in percent of the request.'),
        inFlightMetric: z
          .boolean()
          .describe(
            'Whether scaling also looks at runs in flight; needs an adapter that serves headrace_worker_runs_in_flight as a metric of pods.',
          ),
        targetInFlight: z
          .number()
          .int()
          .min(1)
          .describe('Runs in flight a worker that scaling aims at. Default: 70 % of inFlight.'),
        cpu: z.number().positive().describe('CPU request of a worker, in cores.'),
        memoryMiB: z.number().int().min(256).describe('Memory of a worker, in MiB: request and limit.'),
        inFlight: z.number().int().min(1).describe('Runs in flight a worker before it refuses more.'),
        drainSeconds: z
          .number()
          .int()
          .min(5)
          .max(300)
          .describe('Time for runs in flight to end or be handed back when a worker stops.'),
      })
      .describe('Agent workers.'),
    network: z
      .strictObject({
        egressCidrs: z
          .array(z.string())
          .describe(
            "Blocks that workers may reach by TLS. Which hosts they reach is limited by name, at the cloud's firewall and by fqdnPolicy.",
          ),
        egressHosts: z.array(z.string()).describe('Hosts of the declared models, tools and MCP servers.'),
        fqdnPolicy: z
          .boolean()
          .describe(
            'Whether a CiliumNetworkPolicy lets workers reach egressHosts; needs Cilium. Policies add up: it limits only where egressCidrs is empty.',
          ),
        metricsNamespace: z.string().describe('Namespace from which Prometheus may read metrics.'),
      })
      .describe('What network policies let through.'),
    secrets: z
      .strictObject({
        driver: z.string().describe('CSI driver that mounts secrets.'),
        provider: z.string().describe('Provider of that driver.'),
        parameters: strings.describe(
          'Parameters of the SecretProviderClass: which entries of the secret manager, under which names. Never values.',
        ),
      })
      .describe("Secrets, read by the worker's own identity and mounted as files in its pod alone."),
    monitoring: workerMonitoringSchema,
    job: z.record(z.string(), z.unknown()).describe('The job: source, sink and resources of this region.'),
  })
  .describe('Values of the agents-app chart.');
export type AgentsValues = z.infer<typeof agentsValuesSchema>;

export function agentsValues(input: ChartInput): AgentsValues {
  const { deployment, region, outputs } = input;
  const size = sizing(region.size);
  const registry = deployment.images.registry ?? outputs?.registry;
  const azure = region.cloud === 'azure';
  const accountOf = (workload: 'worker' | 'replicator') => ({
    name: names.serviceAccount(region.parts, workload),
    annotations: azure
      ? { 'azure.workload.identity/client-id': outputs?.identities?.[workload] ?? PENDING }
      : ({} as Record<string, string>),
  });
  return {
    image: {
      repository: registry ? `${registry}/${names.images.worker}` : names.images.worker,
      tag: deployment.images.tag ?? VERSIONS.headrace,
      pullPolicy: deployment.images.pullPolicy,
    },
    workerAccount: accountOf('worker'),
    replicatorAccount: accountOf('replicator'),
    podLabels: azure ? { 'azure.workload.identity/use': 'true' } : {},
    worker: {
      replicas: size.worker.min,
      maxReplicas: size.worker.max,
      autoscaling: true,
      targetCpuPercent: 70,
      inFlightMetric: false,
      targetInFlight: Math.max(1, Math.floor(0.7 * deployment.agent.inFlight)),
      cpu: size.worker.cpu,
      memoryMiB: size.worker.memoryBytes / MiB,
      inFlight: deployment.agent.inFlight,
      drainSeconds: 60,
    },
    network: {
      egressCidrs: ['0.0.0.0/0'],
      egressHosts: egressRules(deployment, region.region).map((rule) => rule.host),
      fqdnPolicy: false,
      metricsNamespace: 'monitoring',
    },
    secrets: secretParameters(input),
    monitoring: workerMonitoringValues(deployment),
    job: job(deployment, region, outputs?.kafka_bootstrap),
  };
}

/** What the job of a region is made of, without any secret. */
function job(deployment: DeploymentModel, region: RegionModel, managed: string | undefined): Record<string, unknown> {
  const bootstrap = (value: 'managed' | string[]) => (value === 'managed' ? (managed?.split(',') ?? [PENDING]) : value);
  const { source, sink } = deployment;
  return {
    version: 1,
    name: deployment.name,
    region: region.name,
    parallelism: deployment.agent.parallelism,
    maxParallelism: deployment.agent.maxParallelism,
    inFlight: deployment.agent.inFlight,
    retry: deployment.agent.retry,
    source: source.kafka
      ? {
          kafka: {
            ...source.kafka,
            bootstrap: bootstrap(source.kafka.bootstrap),
            group: source.kafka.group ?? deployment.name,
          },
        }
      : source,
    sink: sink.kafka ? { kafka: { ...sink.kafka, bootstrap: bootstrap(sink.kafka.bootstrap) } } : sink,
    resources: deployment.resources,
    commit: deployment.dr.commit,
  };
}
