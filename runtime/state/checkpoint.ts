import { z } from 'zod';

/**
 * Layout under a region's state root, the same for every engine:
 *
 *     checkpoints/<job>/chk-<n>/_metadata    the manifest below, written last: a checkpoint without it does not exist
 *     checkpoints/<job>/chk-<n>/…            files that belong to this checkpoint alone
 *     checkpoints/<job>/shared/…             files that several checkpoints share (incremental)
 *     restore-points/<job>/<n>-<epoch>.json  in a standby's root: a complete, verified copy of a checkpoint
 *     leases/<job>.json                      in the lease region's root
 *
 * `<n>` is written with ten digits, so that keys sort.
 */
export const checkpointPrefix = (job: string) => `checkpoints/${job}/`;
export const checkpointDirectory = (job: string, n: number) =>
  `${checkpointPrefix(job)}chk-${String(n).padStart(10, '0')}/`;
export const metadataKey = (job: string, n: number) => `${checkpointDirectory(job, n)}_metadata`;
export const sharedPrefix = (job: string) => `${checkpointPrefix(job)}shared/`;

export const stateFileSchema = z.strictObject({
  /** Relative to the state root. */
  key: z.string().min(1),
  size: z.number().int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type StateFile = z.infer<typeof stateFileSchema>;

export const checkpointManifestSchema = z.strictObject({
  format: z.literal(1),
  engine: z.enum(['embedded', 'flink']),
  job: z.string().min(1),
  checkpoint: z.number().int().min(1),
  /** Epoch of the lease that the job held; 0 without a lease. */
  epoch: z.number().int().min(0),
  region: z.string(),
  planHash: z.string(),
  /** Milliseconds since 1970. */
  triggeredAt: z.number(),
  completedAt: z.number(),
  /** Counts since the job's first start, not since the last checkpoint. */
  records: z.strictObject({
    read: z.number().int(),
    finished: z.number().int(),
    outputs: z.number().int(),
    deadLetters: z.number().int(),
  }),
  /** Every file that a restore needs, the manifest itself not included. */
  files: z.array(stateFileSchema),
  /** The engine's own: source positions, order of files, uncommitted outputs. */
  restore: z.record(z.string(), z.unknown()),
});
export type CheckpointManifest = z.infer<typeof checkpointManifestSchema>;
