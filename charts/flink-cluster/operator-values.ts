import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type DeploymentModel, type RegionModel, taskManagers } from '../../config/index.ts';
import { type ChartInput, PENDING } from '../input.ts';

const seconds = z.number().int().min(1);
const autoscaler = z
  .strictObject({
    enabled: z
      .boolean()
      .describe(
        'Whether the operator changes the parallelism. It reads busy time, which does not show inputs that wait for a model.',
      ),
    metricsWindowSeconds: seconds.describe('Time that a decision looks back, in seconds.'),
    stabilizationSeconds: seconds.describe('Time without decisions after the job started, in seconds.'),
    utilization: z.number().min(0.1).max(1).describe('Part of its time that a task should be busy.'),
    minParallelism: z.number().int().min(1).describe('Least parallelism. Default: agent.parallelism.'),
    maxParallelism: z.number().int().min(1).describe('Most parallelism; at most pipeline.max-parallelism.'),
  })
  .describe('The autoscaler of the operator.');

export const operatorSchema = z
  .strictObject({
    namespace: z.string().describe('Namespace of the operator, which may use the REST API.'),
    flinkVersion: z
      .string()
      .regex(/^v\d+_\d+$/)
      .describe(
        'Newest version that the operator knows and the image is not older than: v2_2 for operators 1.13 to 1.15, v2_3 after.',
      ),
    entryPath: z.string().describe("Program of the image that runs its arguments; the operator's command goes to it."),
    specification: z
      .string()
      .describe(
        'The job, as its argument --specification: base64: and the text, so that upgrade and rollback carry it, or a URI that JobManagers read.',
      ),
    jobHash: z.string().describe('Changes when the job does: the operator upgrades when its object changes.'),
    parallelism: z.number().int().min(1).describe('Parallelism of the job.'),
    upgradeMode: z
      .enum(['savepoint', 'last-state'])
      .describe('State over an upgrade: a new savepoint, or the newest checkpoint.'),
    readinessSeconds: seconds.describe('Time for an upgraded job to run before it is rolled back, in seconds.'),
    savepointSeconds: seconds.describe('Time between two savepoints, in seconds.'),
    savepointRetain: z.number().int().min(1).describe('Savepoints that are kept.'),
    savepointMaxAgeSeconds: seconds.describe(
      'Age at which a savepoint goes though it is one of those, in seconds. Default: longer than they take to be made.',
    ),
    snapshot: z
      .string()
      .regex(/^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$/)
      .describe('A new name makes a savepoint now; it stays when the name is taken away. Empty: none.'),
    taskManagersMinAvailable: z
      .number()
      .int()
      .min(0)
      .describe('TaskManagers that a drained node leaves. Default: all but one.'),
    autoscaler,
  })
  .describe('Used where manager is operator.');
export type OperatorValues = z.infer<typeof operatorSchema>;

const HOUR_SECONDS = 3600;
/** By `flink.autoscaler` of the file. Windows below ten minutes see single slow calls, not load. */
const PRESETS = {
  off: { enabled: false, metricsWindowSeconds: HOUR_SECONDS, stabilizationSeconds: 900, utilization: 0.7 },
  steady: { enabled: true, metricsWindowSeconds: HOUR_SECONDS, stabilizationSeconds: 900, utilization: 0.7 },
  eager: { enabled: true, metricsWindowSeconds: 600, stabilizationSeconds: 180, utilization: 0.6 },
} as const;

export function operatorValues({ deployment, region, plan, specification }: ChartInput): OperatorValues {
  const { agent, flink, state } = deployment;
  const savepointSeconds = Math.ceil(state.savepoint.every / 1000);
  return {
    namespace: 'flink-operator',
    flinkVersion: 'v2_2',
    entryPath: '/opt/headrace/bin/flink-process',
    specification: specification ?? PENDING,
    jobHash: jobHash(deployment, region, plan.hash, specification),
    parallelism: agent.parallelism,
    upgradeMode: flink.upgradeMode,
    readinessSeconds: 600,
    savepointSeconds,
    savepointRetain: state.savepoint.retain,
    savepointMaxAgeSeconds: (state.savepoint.retain + 1) * savepointSeconds,
    snapshot: '',
    taskManagersMinAvailable: taskManagers(region.size, agent.parallelism) - 1,
    autoscaler: {
      ...PRESETS[flink.autoscaler],
      minParallelism: agent.parallelism,
      maxParallelism: Math.min(agent.maxParallelism, 4 * agent.parallelism),
    },
  };
}

/** Of what makes the job another one. */
const jobHash = (d: DeploymentModel, region: RegionModel, plan: string, specification: string | undefined) =>
  createHash('sha256')
    .update(JSON.stringify([plan, d.agent, d.source, d.sink, d.resources, d.dr.commit, region.name, specification]))
    .digest('hex')
    .slice(0, 16);
