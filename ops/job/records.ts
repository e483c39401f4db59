import { z } from 'zod';
import { jobSpecificationSchema } from '../../runtime/remote/index.ts';

/**
 * Layout under a region's state root, beside checkpoints and savepoints:
 *
 *     jobs/<name>/deployed.json             what should run, and as which job of Flink
 *     jobs/<name>/upgrade.json              the change under way, or the last one
 *     jobs/<name>/jars/<sha256>.jar         the bridge of what runs and of what ran before, for a rollback
 *     jobs/<name>/restore-tests/<time>.json results
 */
export const jobPrefix = (name: string) => `jobs/${name}/`;
export const deployedKey = (name: string) => `${jobPrefix(name)}deployed.json`;
export const upgradeKey = (name: string) => `${jobPrefix(name)}upgrade.json`;
export const jarKey = (name: string, sha256: string) => `${jobPrefix(name)}jars/${sha256}.jar`;
export const restoreTestKey = (name: string, time: string) => `${jobPrefix(name)}restore-tests/${time}.json`;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** As Flink spells it. */
const jobId = z.string().regex(/^[0-9a-f]{32}$/);
/** URI as Flink reads it. */
const snapshot = z.string().min(1);
/** ISO 8601. */
const time = z.string().min(1);

/** What should run: everything that a job is started with. */
export const versionSchema = z.strictObject({
  /** Digest of the specification and of the bridge. */
  identity: sha256,
  specification: jobSpecificationSchema,
  /** Of the bridge's jar. */
  jar: sha256,
  /** Of Headrace. */
  headrace: z.string(),
});
export type Version = z.output<typeof versionSchema>;

export const deployedSchema = z.strictObject({
  format: z.literal(1),
  ...versionSchema.shape,
  planHash: z.string(),
  jobId,
  /** Null: it started empty. */
  startedFrom: snapshot.nullable(),
  at: time,
  /** Jobs whose work was thrown away: their checkpoints are not restored. Newest last. */
  abandoned: z.array(jobId),
  /** Why the job before this one ended; the same once more is not tried again. */
  lastFailure: z.strictObject({ jobId, reason: z.string(), at: time }).optional(),
});
export type Deployed = z.output<typeof deployedSchema>;

/**
 * Where a change stands. What a step does may have been done already when it is read, in whole or in part:
 *
 *     stopping ──► starting ──► checking ──► done
 *        │            │            ├──► failed                    (nothing to go back to)
 *        ▼            └────────────┴──► rolling-back ──► checking-old ──► rolled-back
 *     aborted                                               └── stays, for the next call, while the old one does not come up
 */
export const STEPS = [
  'stopping',
  'starting',
  'checking',
  'done',
  'failed',
  'aborted',
  'rolling-back',
  'checking-old',
  'rolled-back',
] as const;
export type Step = (typeof STEPS)[number];

export const upgradeSchema = z.strictObject({
  format: z.literal(1),
  /** Of this change; its savepoint lies in a directory of this name. */
  id: z.string().regex(/^[0-9a-f]{12}$/),
  step: z.enum(STEPS),
  to: versionSchema,
  /** What ran before and is gone back to; null: nothing, or nothing that is known. */
  from: deployedSchema.nullable(),
  /** The job to stop; null: none ran. */
  stop: jobId.nullable(),
  /** Ids are chosen before jobs are submitted, so that a lost answer makes no second job. */
  newJobId: jobId,
  oldJobId: jobId,
  /** Where the new job starts from; null: empty, or not known yet. */
  savepoint: snapshot.nullable(),
  /** Of a failed job that the new one follows. */
  lastFailure: deployedSchema.shape.lastFailure,
  /** Why it did not work. */
  reason: z.string().optional(),
  /** Completed checkpoints of the version that was rolled back: their outputs are made again, with the same ids. */
  newVersionCheckpoints: z.number().int().optional(),
  startedAt: time,
  at: time,
});
export type Upgrade = z.output<typeof upgradeSchema>;

const ENDED: ReadonlySet<Step> = new Set(['done', 'failed', 'aborted', 'rolled-back']);
export const hasEnded = ({ step }: Pick<Upgrade, 'step'>) => ENDED.has(step);

export const restoreTestSchema = z.strictObject({
  format: z.literal(1),
  ok: z.boolean(),
  /** What was restored. */
  snapshot,
  kind: z.enum(['savepoint', 'checkpoint']),
  identity: sha256,
  planHash: z.string(),
  /** Milliseconds from the submission to the first complete checkpoint. */
  duration: z.number(),
  /** Bytes of the first checkpoint, which is a full one. */
  stateSize: z.number().optional(),
  /** Of what was restored: equal for equal state. */
  state: z.strictObject({ entries: z.int(), digest: sha256 }).optional(),
  /** Of the snapshot, when the test began: milliseconds. */
  age: z.number(),
  reason: z.string().optional(),
  headrace: z.string(),
  at: time,
});
export type RestoreTest = z.output<typeof restoreTestSchema>;
