import { z } from 'zod';
import { jobNameOf, jobsOf, names, sizing, taskManagers, VERSIONS } from '../../config/index.ts';
import { IDENTITY_CIDRS } from '../identity.ts';
import { type ChartInput, PENDING } from '../input.ts';
import { flinkMonitoringSchema, flinkMonitoringValues } from '../monitoring/flink-monitoring.ts';
import { overlayValues } from '../overlay.ts';
import { poolSelector } from '../pod.ts';
import { tlsValues, tlsValuesSchema } from '../tls-values.ts';
import { flinkConfiguration } from './configuration.ts';
import { egressPorts, ownEndpoints } from './endpoints.ts';
import { operatorSchema, operatorValues } from './operator-values.ts';

const MiB = 2 ** 20;
const cpu = z.number().positive();
const strings = z.record(z.string(), z.string());

export const flinkValuesSchema = z
  .strictObject({
    manager: z
      .enum(['standalone', 'operator'])
      .describe('Own workloads, or objects of the Flink Kubernetes Operator, which must be installed.'),
    image: z
      .strictObject({
        repository: z.string().describe('Image with Flink, the bridge and the file-system plugins.'),
        tag: z.string().describe('Tag of the image.'),
        pullPolicy: z.enum(['IfNotPresent', 'Always', 'Never']).describe('When a node pulls the image.'),
      })
      .describe('The Flink image.'),
    serviceAccount: z
      .strictObject({
        name: z.string().describe('Service account that the cloud identity trusts; the stack knows it by this name.'),
        annotations: strings.describe('Annotations of the service account, such as a client id of Azure.'),
      })
      .describe('The identity of JobManagers and TaskManagers.'),
    podLabels: strings.describe('Further labels of all pods.'),
    scheduling: z
      .strictObject({
        nodeSelector: strings.describe('Labels of the nodes that pods land on.'),
        priorityClassName: z.string().describe('Priority class of the pods; empty: the default of the cluster.'),
      })
      .describe('Where pods land.'),
    tls: tlsValuesSchema,
    jobManager: z
      .strictObject({
        replicas: z.number().int().min(1).describe('JobManagers: one leads, the others stand by.'),
        cpu: cpu.describe('CPU request of a JobManager, in cores.'),
        memoryMiB: z
          .number()
          .int()
          .min(1024)
          .describe('Memory of a JobManager, in MiB: request, limit and jobmanager.memory.process.size.'),
      })
      .describe('JobManagers.'),
    taskManager: z
      .strictObject({
        replicas: z.number().int().min(1).describe('TaskManagers.'),
        slots: z.number().int().min(1).describe('Task slots of a TaskManager.'),
        cpu: cpu.describe('CPU request of a TaskManager, in cores.'),
        memoryMiB: z
          .number()
          .int()
          .min(1024)
          .describe('Memory of a TaskManager, in MiB: request, limit and taskmanager.memory.process.size.'),
        volumeGiB: z.number().int().min(1).describe('Volume of a TaskManager for RocksDB and local recovery, in GiB.'),
        storageClassName: z.string().describe('Storage class of that volume.'),
      })
      .describe('TaskManagers.'),
    network: z
      .strictObject({
        egressCidrs: z
          .array(z.string())
          .describe('Blocks that Flink may reach by TLS, Kafka and ZooKeeper: object store, brokers, quorum.'),
        egressPorts: z
          .array(z.number().int().min(1).max(65535))
          .describe('Ports of those blocks: TLS, brokers, quorum members.'),
        identityCidrs: z
          .array(z.string())
          .describe("Addresses of the node's agent that gives a pod its cloud identity."),
        kubernetesApiCidrs: z.array(z.string()).describe("Blocks that hold the cluster's API server."),
        metricsNamespace: z.string().describe('Namespace from which Prometheus may read metrics.'),
      })
      .describe('What network policies let through.'),
    operator: operatorSchema,
    monitoring: flinkMonitoringSchema,
    agent: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .describe("The agent node of Flink's config.yaml."),
    configuration: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .describe("Keys of Flink's config.yaml. What the values above decide is not repeated here."),
  })
  .describe('Values of the flink-cluster chart.');
export type FlinkValues = z.infer<typeof flinkValuesSchema>;

/** Classes of fast disks that each cloud's own storage driver installs. */
const STORAGE_CLASS = { aws: 'ebs-csi-default-sc', azure: 'managed-csi-premium', gcp: 'premium-rwo' } as const;

export const flinkValues = (input: ChartInput): FlinkValues =>
  overlayValues('flink-cluster', flinkValuesSchema, generated(input), input.deployment.charts['flink-cluster']);

function generated(input: ChartInput): FlinkValues {
  const { deployment, region, plan, outputs } = input;
  const size = sizing(region.size);
  const clientId = outputs?.identities?.flink ?? PENDING;
  const registry = deployment.images.registry ?? outputs?.registry;
  return {
    manager: deployment.flink.manager,
    image: {
      repository: registry ? `${registry}/${names.images.flink}` : names.images.flink,
      tag: deployment.images.tag ?? `${VERSIONS.flink}-${VERSIONS.headrace}`,
      pullPolicy: deployment.images.pullPolicy,
    },
    serviceAccount: {
      name: names.serviceAccount(region.parts, 'flink'),
      annotations: region.cloud === 'azure' ? { 'azure.workload.identity/client-id': clientId } : {},
    },
    podLabels: region.cloud === 'azure' ? { 'azure.workload.identity/use': 'true' } : {},
    scheduling: { nodeSelector: poolSelector('flink'), priorityClassName: '' },
    tls: tlsValues(deployment),
    jobManager: {
      replicas: deployment.flink.jobManagers,
      cpu: size.jobManager.cpu,
      memoryMiB: size.jobManager.memoryBytes / MiB,
    },
    taskManager: {
      replicas: taskManagers(region.size, deployment.agent.parallelism, jobsOf(deployment)),
      slots: size.taskManager.slots,
      cpu: size.taskManager.cpu,
      memoryMiB: size.taskManager.memoryBytes / MiB,
      volumeGiB: size.taskManager.volumeGiB,
      storageClassName: STORAGE_CLASS[region.cloud],
    },
    network: {
      // S3's gateway endpoint and Google's private addresses are public ones, which the cloud's firewall limits by name.
      egressCidrs: region.cloud === 'azure' && !ownEndpoints(deployment).length ? [region.cidr] : ['0.0.0.0/0'],
      egressPorts: egressPorts(deployment),
      identityCidrs: [...IDENTITY_CIDRS[region.cloud]],
      kubernetesApiCidrs: region.cloud === 'gcp' ? ['0.0.0.0/0'] : [region.cidr],
      metricsNamespace: 'monitoring',
    },
    operator: operatorValues(input),
    monitoring: flinkMonitoringValues(deployment, region),
    agent: {
      ...deployment.agent.config,
      name: plan.name,
      planHash: plan.hash,
      job: jobNameOf(deployment, region),
      region: region.name,
    },
    configuration: flinkConfiguration(deployment, region),
  };
}
