import { z } from 'zod';
import {
  egressRules,
  type ImageName,
  imageReference,
  managedKafka,
  names,
  sizing,
  sourcesOf,
} from '../../config/index.ts';
import { IDENTITY_CIDRS } from '../identity.ts';
import { type ChartInput, PENDING } from '../input.ts';
import { workerMonitoringSchema, workerMonitoringValues } from '../monitoring/worker-monitoring.ts';
import { overlayValues } from '../overlay.ts';
import { proxyEnvironment } from '../platform/egress-proxy.ts';
import { poolSelector } from '../pod.ts';
import { releaseName } from '../release.ts';
import { cron } from '../schedule.ts';
import { tlsValues, tlsValuesSchema } from '../tls-values.ts';
import { secretEntries, secretParameters } from './secret-parameters.ts';

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
    scheduling: z
      .strictObject({
        nodeSelector: strings.describe('Labels of the nodes that pods land on.'),
        priorityClassName: z.string().describe('Priority class of the pods; empty: the default of the cluster.'),
      })
      .describe('Where pods land.'),
    tls: tlsValuesSchema,
    environment: strings.describe(
      'Further environment variables of all containers, such as AWS_ENDPOINT_URL_S3 or HTTPS_PROXY. No secrets.',
    ),
    manager: z
      .enum(['standalone', 'operator'])
      .describe('Who runs the job: a pod of this release, or the Flink Kubernetes Operator.'),
    region: z.string().describe('Region of the deployment file that this release is for.'),
    planHash: z.string().describe("Hash of the agent's plan; an image with another agent is refused."),
    stateRoot: z.string().describe('Where the region keeps its state, as Flink spells it.'),
    flink: z
      .strictObject({
        release: z.string().describe('Name of the flink-cluster release that the job runs on, in the same namespace.'),
        serviceAccount: z.string().describe('Service account of that release: it may read and write the state.'),
      })
      .describe('The Flink cluster.'),
    kafka: z
      .strictObject({
        bootstrap: z
          .string()
          .describe('What `bootstrap: managed` means: host:port, comma separated; empty without one.'),
      })
      .describe("The region's own Kafka."),
    worker: z
      .strictObject({
        kind: z
          .enum(['StatefulSet', 'Deployment'])
          .describe('Workers with names that stay, or ones that come up before others go.'),
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
        processes: z.number().int().min(1).max(64).describe('Processes of a worker that run agent code.'),
        heapMiB: z.number().int().min(64).describe('Heap of each of them, in MiB; one that needs more is ended.'),
        inFlight: z.number().int().min(1).describe('Runs that a subtask may have in a worker at once.'),
        drainSeconds: z
          .number()
          .int()
          .min(5)
          .max(300)
          .describe('Time for runs in flight to end or be handed back when a worker stops.'),
      })
      .describe('Agent workers.'),
    commands: z
      .strictObject({
        cpu: z.number().positive().describe('CPU request, in cores.'),
        memoryMiB: z.number().int().min(128).describe('Memory, in MiB: request and limit.'),
      })
      .describe('The pods that keep the job, its savepoints and its copies: one Node.js process each.'),
    savepoint: z
      .strictObject({
        enabled: z.boolean().describe('Whether savepoints are taken on a schedule.'),
        schedule: z.string().describe('When, as cron writes it.'),
        retain: z.number().int().min(1).describe('Savepoints that are kept.'),
      })
      .describe('Periodic savepoints.'),
    restoreTest: z
      .strictObject({
        enabled: z.boolean().describe('Whether restoring is tested on a schedule. Takes the slots of a second job.'),
        schedule: z.string().describe('When, as cron writes it.'),
      })
      .describe('Restoring the newest savepoint or checkpoint in isolation.'),
    replicator: z
      .strictObject({
        enabled: z.boolean().describe('Whether restore points of other regions are pulled.'),
        metadata: z
          .strictObject({
            repository: z.string().describe("The Flink image: it reads the metadata of Flink's checkpoints."),
            tag: z.string().describe('Tag of the image.'),
            memoryMiB: z.number().int().min(256).describe('Memory of that container, in MiB: request and limit.'),
          })
          .describe("The container beside the replicator that knows Flink's formats."),
      })
      .describe('Replication of state from other regions.'),
    network: z
      .strictObject({
        egressCidrs: z
          .array(z.string().regex(/\/([1-9]|[12]\d|3[0-2])$/, { error: 'a block that is not the whole internet' }))
          .describe(
            "Blocks that workers may reach beside the hosts that the platform's policies or its egress proxy let them reach. None may hold 169.254.169.254: a pod must not borrow the node's identity.",
          ),
        egressPorts: z
          .array(z.number().int().min(1).max(65535))
          .describe('Ports of those blocks: those of the declared models, tools and MCP servers.'),
        stateCidrs: z.array(z.string()).describe('Blocks that hold the state store.'),
        statePorts: z.array(z.number().int().min(1).max(65535)).describe('Ports of the state store.'),
        identityCidrs: z
          .array(z.string())
          .describe("Addresses of the node's agent that gives a pod its cloud identity."),
        metricsNamespace: z.string().describe('Namespace from which Prometheus may read metrics.'),
      })
      .describe('What network policies let through.'),
    secrets: z
      .strictObject({
        source: z
          .enum(['csi', 'external-secret', 'secret'])
          .describe(
            'The secrets store CSI driver; an ExternalSecret of the External Secrets Operator; or a Secret RELEASE-secrets that is there.',
          ),
        driver: z.string().describe('CSI driver that mounts secrets.'),
        provider: z.string().describe('Provider of that driver.'),
        parameters: strings.describe(
          'Parameters of the SecretProviderClass: which entries of the secret manager, under which names. Never values.',
        ),
        storeKind: z.enum(['SecretStore', 'ClusterSecretStore']).describe('Kind of the store of an ExternalSecret.'),
        storeName: z.string().describe('Name of that store.'),
        entries: strings.describe('Entry of the secret manager by name of the secret, for an ExternalSecret.'),
      })
      .describe("Secrets, read by the worker's own identity and mounted as files in its pod alone."),
    monitoring: workerMonitoringSchema,
    deployment: z
      .record(z.string(), z.unknown())
      .describe('The deployment file, with the profile that was chosen: what every process of the release reads.'),
  })
  .describe('Values of the agents-app chart.');
export type AgentsValues = z.infer<typeof agentsValuesSchema>;

export const agentsValues = (input: ChartInput): AgentsValues =>
  overlayValues('agents-app', agentsValuesSchema, generated(input), input.deployment.charts['agents-app']);

/** Heap of an agent process: the pod's memory less what the worker itself and the process need outside of it. */
const HEAP_SHARE = 0.6;
/** A Node.js process that mostly waits. */
const COMMANDS = { cpu: 0.1, memoryMiB: 256 } as const;
/** A JVM that reads one checkpoint's metadata at a time. */
const METADATA_MIB = 512;

function generated(input: ChartInput): AgentsValues {
  const { deployment, region, outputs, plan } = input;
  const size = sizing(region.size);
  const registry = deployment.images.registry ?? outputs?.registry;
  const azure = region.cloud === 'azure';
  const accountOf = (workload: 'worker' | 'replicator') => ({
    name: names.serviceAccount(region.parts, workload),
    annotations: azure
      ? { 'azure.workload.identity/client-id': outputs?.identities?.[workload] ?? PENDING }
      : ({} as Record<string, string>),
  });
  const imageOf = (image: ImageName) => {
    const reference = imageReference(image, registry, deployment.images.tag);
    const colon = reference.lastIndexOf(':');
    return { repository: reference.slice(0, colon), tag: reference.slice(colon + 1) };
  };
  const memoryMiB = size.worker.memoryBytes / MiB;
  const egress = egressRules(deployment, region.region);
  const { charts: _, terraform: __, ...document } = deployment.document as Record<string, unknown>;
  return {
    image: {
      ...imageOf('worker'),
      pullPolicy: deployment.images.pullPolicy,
    },
    workerAccount: accountOf('worker'),
    replicatorAccount: accountOf('replicator'),
    podLabels: azure ? { 'azure.workload.identity/use': 'true' } : {},
    scheduling: { nodeSelector: poolSelector('worker'), priorityClassName: '' },
    tls: tlsValues(deployment),
    environment: { ...proxyEnvironment(deployment, region, input.namespace ?? names.namespace(region.parts)) },
    manager: deployment.flink.manager,
    region: region.name,
    planHash: plan.hash,
    stateRoot: region.stateRoot.uri,
    flink: {
      release: releaseName(deployment.name, 'flink-cluster'),
      serviceAccount: names.serviceAccount(region.parts, 'flink'),
    },
    kafka: { bootstrap: managedKafka(deployment) ? (outputs?.kafka_bootstrap ?? PENDING) : '' },
    worker: {
      kind: 'StatefulSet',
      replicas: size.worker.min,
      maxReplicas: size.worker.max,
      autoscaling: true,
      targetCpuPercent: 70,
      inFlightMetric: false,
      targetInFlight: Math.max(1, Math.floor(0.7 * deployment.agent.inFlight)),
      cpu: size.worker.cpu,
      memoryMiB,
      processes: 1,
      heapMiB: Math.floor(memoryMiB * HEAP_SHARE),
      inFlight: deployment.agent.inFlight,
      drainSeconds: 60,
    },
    commands: { ...COMMANDS },
    savepoint: {
      enabled: region.role === 'active',
      schedule: cron(deployment.state.savepoint.every, 7),
      retain: deployment.state.savepoint.retain,
    },
    restoreTest: { enabled: region.role === 'active', schedule: cron(deployment.dr.restoreTest.every, 37) },
    replicator: {
      enabled: sourcesOf(deployment, region).length > 0,
      metadata: { ...imageOf('flink'), memoryMiB: METADATA_MIB },
    },
    network: {
      // Policies add up: a block here would undo what the platform's policies allow by name.
      egressCidrs: [],
      egressPorts: [...new Set([443, ...egress.map(({ port }) => port)])].sort((a, b) => a - b),
      stateCidrs: ['0.0.0.0/0'],
      statePorts: [443],
      identityCidrs: [...IDENTITY_CIDRS[region.cloud]],
      metricsNamespace: 'monitoring',
    },
    secrets: {
      source: 'csi',
      ...secretParameters(input),
      storeKind: 'ClusterSecretStore',
      storeName: region.cloud,
      entries: secretEntries(input),
    },
    monitoring: workerMonitoringValues(deployment),
    deployment: document,
  };
}
