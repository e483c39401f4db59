import { z } from 'zod';
import { duration, fqdn } from './scalars.ts';

export const flinkSchema = z
  .strictObject({
    manager: z
      .enum(['standalone', 'operator'])
      .default('standalone')
      .describe('Own workloads, or objects of the Flink Kubernetes Operator.'),
    jobManagers: z
      .number()
      .int()
      .min(1)
      .max(5)
      .default(2)
      .describe('JobManager replicas: one leads, the others stand by.'),
    highAvailability: z
      .enum(['kubernetes', 'zookeeper'])
      .default('kubernetes')
      .describe('Where the leader is elected.'),
    zookeeper: z
      .array(z.string().regex(/^[^\s:/]+:\d{1,5}$/, { error: 'host:port' }))
      .min(1)
      .optional()
      .describe('ZooKeeper quorum; needed when highAvailability is zookeeper.'),
    scheduler: z
      .enum(['fixed', 'reactive'])
      .default('fixed')
      .describe('Fixed parallelism, or as many slots as there are.'),
    upgradeMode: z
      .enum(['savepoint', 'last-state'])
      .default('savepoint')
      .describe('How the operator carries state over an upgrade: by a new savepoint, or from the newest checkpoint.'),
    autoscaler: z
      .enum(['off', 'steady', 'eager'])
      .default('off')
      .describe("The operator's autoscaler: none, looks at an hour, or at ten minutes. Never below agent.parallelism."),
    configuration: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .default({})
      .describe("Further keys of Flink's config.yaml; they win over the generated ones."),
  })
  .describe('The Flink cluster.');

export const imagesSchema = z
  .strictObject({
    registry: z
      .string()
      .min(1)
      .optional()
      .describe("Registry host and path. Default: the region's own registry, made by its stack."),
    tag: z
      .string()
      .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/)
      .optional()
      .describe('Tag of both images. Default: the version of Headrace.'),
    pullPolicy: z.enum(['IfNotPresent', 'Always', 'Never']).default('IfNotPresent').describe('When a node pulls.'),
  })
  .describe('Container images.');

export const dnsSchema = z
  .strictObject({
    zone: fqdn().describe('DNS zone of the deployment, such as reviews.example.com.'),
    authority: z
      .enum(['aws', 'azure', 'gcp'])
      .optional()
      .describe('Cloud that serves the zone. Default: that of the first active region.'),
    ttl: duration(1_000).default(30_000).describe('Time to live of the records that a failover changes.'),
  })
  .describe('Names that a failover moves.');

const key = z.string().min(1).optional().describe("Prefix of the state objects. Default: the deployment's name.");
export const terraformSchema = z
  .strictObject({
    backend: z
      .strictObject({
        aws: z
          .strictObject({
            bucket: z.string().min(3),
            region: z.string().min(1),
            kmsKeyId: z.string().min(1).optional(),
            key,
          })
          .optional()
          .describe('S3 bucket, locked by S3 itself (use_lockfile).'),
        azure: z
          .strictObject({
            resourceGroup: z.string().min(1),
            storageAccount: z.string().regex(/^[a-z0-9]{3,24}$/, { error: '3 to 24 lower-case letters and digits' }),
            container: z.string().min(3),
            key,
          })
          .optional()
          .describe('Blob container; Entra authentication.'),
        gcp: z
          .strictObject({ bucket: z.string().min(3), key })
          .optional()
          .describe('Cloud Storage bucket.'),
      })
      .prefault({})
      .describe("Where Terraform's own state is kept, per cloud. Default: a local file."),
  })
  .describe('Terraform.');

export const observabilitySchema = z
  .strictObject({
    eventLog: z.enum(['off', 'standard', 'verbose']).default('standard').describe("The agent's event log."),
    logRetention: duration(86_400_000)
      .default(90 * 86_400_000)
      .describe('How long logs are kept.'),
    traces: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('OTLP endpoint for traces. Default: none.'),
    prometheusOperator: z
      .boolean()
      .default(false)
      .describe('Whether the clusters run the Prometheus Operator and Grafana: adds scraping, alerts and dashboards.'),
    runbooks: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('Address of the folder of runbook pages that alerts link to. Default: alerts name the page alone.'),
    alarms: z.array(z.email()).default([]).describe('Addresses that alarms and budget notices go to.'),
    monthlyBudget: z
      .number()
      .positive()
      .optional()
      .describe('US dollars a month and region above which a notice is sent.'),
  })
  .describe('Logs, metrics, traces and alarms.');

const overlay = (chart: string) =>
  z
    .record(z.string(), z.unknown())
    .default({})
    .describe(`Laid over the generated values of ${chart}: mappings merge, null takes a key away, the rest replaces.`);
export const chartsSchema = z
  .strictObject({ 'flink-cluster': overlay('flink-cluster'), 'agents-app': overlay('agents-app') })
  .describe(
    'Values of the Helm charts that differ from what follows from this file, such as for a cluster of your own.',
  );
