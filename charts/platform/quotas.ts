import type { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { parseBytes } from '../../config/index.ts';
import { agentsValues } from '../agents-app/values.ts';
import { flinkValues } from '../flink-cluster/values.ts';
import type { ChartInput } from '../input.ts';
import { egressProxyShare, usesEgressProxy } from './egress-proxy.ts';
import { PLATFORM_LABELS } from './labels.ts';

const MiB = 2 ** 20;

/** What one kind of pod takes at its largest. */
export interface QuotaShare {
  readonly what: string;
  readonly pods: number;
  /** Cores a pod. */
  readonly cpu: number;
  readonly memoryMiB: number;
  /** Volume a pod. */
  readonly volumeGiB?: number;
}

/** Jobs that run beside the deployment at the same time: submitter, savepoint, replicator, and one more. */
const JOBS = { pods: 4, cpu: 0.5, memoryMiB: 1024 };

/**
 * Everything that the namespace of a region holds at its largest: both charts at their highest scale, the pods that a
 * roll adds, the jobs beside them, and the pods of a restore test, which is a second job of full size.
 */
export function quotaShares(input: ChartInput): QuotaShare[] {
  const [flink, agents] = [flinkValues(input), agentsValues(input)];
  const { jobManager, taskManager } = flink;
  const { worker } = agents;
  const proxy = egressProxyShare(input.region.size);
  const perTaskManager = { cpu: taskManager.cpu, memoryMiB: taskManager.memoryMiB, volumeGiB: taskManager.volumeGiB };
  return [
    {
      what: 'JobManagers and one of a roll',
      pods: jobManager.replicas + 1,
      cpu: jobManager.cpu,
      memoryMiB: jobManager.memoryMiB,
    },
    { what: 'TaskManagers', pods: taskManager.replicas, ...perTaskManager },
    {
      what: 'workers at their most and one of a roll',
      pods: Math.max(worker.maxReplicas, worker.replicas) + 1,
      cpu: worker.cpu,
      memoryMiB: worker.memoryMiB,
    },
    ...(usesEgressProxy(input.deployment, input.region)
      ? [
          {
            what: 'egress proxies and one of a roll',
            pods: proxy.pods,
            cpu: proxy.cpu,
            memoryMiB: (parseBytes(proxy.memory) ?? 0) / MiB,
          },
        ]
      : []),
    { what: 'restore test: JobManager', pods: 1, cpu: jobManager.cpu, memoryMiB: jobManager.memoryMiB },
    { what: 'restore test: TaskManagers', pods: taskManager.replicas, ...perTaskManager },
    { what: 'jobs', ...JOBS },
  ];
}

/** The hard limits of a list of shares, with room above them. @param headroomPercent of each sum. */
export function quotaOf(shares: readonly QuotaShare[], headroomPercent: number) {
  const sum = (of: (share: QuotaShare) => number) => shares.reduce((total, share) => total + share.pods * of(share), 0);
  const more = (value: number) => Math.ceil((value * (100 + headroomPercent)) / 100);
  const memory = `${more(sum(({ memoryMiB }) => memoryMiB))}Mi`;
  return {
    pods: String(more(sum(() => 1))),
    'requests.cpu': String(more(sum(({ cpu }) => cpu))),
    'requests.memory': memory,
    'limits.memory': memory,
    'requests.storage': `${more(sum(({ volumeGiB }) => volumeGiB ?? 0))}Gi`,
    persistentvolumeclaims: String(more(sum(({ volumeGiB }) => (volumeGiB ? 1 : 0)))),
    // Nothing of a deployment is reached from outside of its cluster.
    'services.loadbalancers': '0',
    'services.nodeports': '0',
  };
}

const line = ({ what, pods, cpu, memoryMiB, volumeGiB }: QuotaShare) =>
  `${what}: ${pods} x (${cpu} cores, ${memoryMiB} MiB${volumeGiB ? `, ${volumeGiB} GiB volume` : ''})`;

/** What a namespace may take, and what a container gets that asks for nothing. */
export function quotas(chart: Chart, input: ChartInput, namespace: string): void {
  const { enabled, headroomPercent } = input.deployment.cluster.quota;
  const metadata = { namespace, labels: { ...PLATFORM_LABELS } };
  if (enabled) {
    const shares = quotaShares(input);
    new k8s.KubeResourceQuota(chart, 'quota', {
      metadata: {
        ...metadata,
        name: 'headrace',
        annotations: {
          'headrace.dev/arithmetic': [...shares.map(line), `and ${headroomPercent} % above`].join('\n'),
        },
      },
      spec: {
        hard: Object.fromEntries(
          Object.entries(quotaOf(shares, headroomPercent)).map(([name, value]) => [
            name,
            k8s.Quantity.fromString(value),
          ]),
        ),
      },
    });
  }
  limitRange(chart, namespace);
}

/** A quota refuses a container without requests: jobs of add-ons often have none. */
export function limitRange(chart: Chart, namespace: string): void {
  new k8s.KubeLimitRange(chart, `limits-${namespace}`, {
    metadata: { name: 'headrace', namespace, labels: { ...PLATFORM_LABELS } },
    spec: {
      limits: [
        {
          type: 'Container',
          defaultRequest: { cpu: k8s.Quantity.fromString('100m'), memory: k8s.Quantity.fromString('256Mi') },
          default: { memory: k8s.Quantity.fromString('256Mi') },
        },
      ],
    },
  });
}
