import { createHash } from 'node:crypto';
import { z } from 'zod';
import { checkpointManifestSchema, stateFileSchema } from './checkpoint.ts';
import { StateError } from './errors.ts';
import { flinkPointSchema } from './flink-metadata.ts';

export const restorePointPrefix = (job: string) => `restore-points/${job}/`;
export const restorePointKey = (job: string, checkpoint: number, epoch: number) =>
  `${restorePointPrefix(job)}${String(checkpoint).padStart(10, '0')}-${epoch}.json`;
/** The head, written conditionally. Its name sorts apart from every restore point. */
export const headKey = (job: string) => `${restorePointPrefix(job)}head`;

const bodySchema = z.strictObject({
  format: z.literal(1),
  ...checkpointManifestSchema.pick({
    job: true,
    checkpoint: true,
    epoch: true,
    engine: true,
    planHash: true,
    triggeredAt: true,
    completedAt: true,
  }).shape,
  /** The embedded engine counts; Flink does not. */
  records: checkpointManifestSchema.shape.records.optional(),
  /** Region that made the checkpoint, and region that copied it. */
  origin: z.string(),
  copiedBy: z.string(),
  /** Milliseconds since 1970. */
  copiedAt: z.number(),
  /** Every file of the checkpoint, `_metadata` among them, last. */
  files: z.array(stateFileSchema).min(1),
  /** Of a checkpoint by Flink. */
  flink: flinkPointSchema.optional(),
});
export const restorePointSchema = bodySchema.extend({
  /** SHA-256 over the other fields as JSON, in the order of the schema. */
  checksum: z.string().regex(/^[0-9a-f]{64}$/),
});
/** A complete, verified copy of a checkpoint in a standby's store. */
export type RestorePoint = z.infer<typeof restorePointSchema>;
export type RestorePointBody = z.infer<typeof bodySchema>;

const digest = (body: RestorePointBody) =>
  createHash('sha256')
    .update(JSON.stringify(bodySchema.parse(body)))
    .digest('hex');

export function encodeRestorePoint(body: RestorePointBody): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify({ ...bodySchema.parse(body), checksum: digest(body) })}\n`);
}

/** @throws StateError HR-STATE-004 for another format, HR-STATE-003 for a manifest that does not match its checksum. */
export function decodeRestorePoint(place: string, data: Uint8Array): RestorePoint {
  const { checksum, ...body } = parse(place, data, restorePointSchema, 'restore point');
  if (digest(body) !== checksum)
    throw new StateError('HR-STATE-003', place, 'the manifest does not match its checksum');
  return { ...body, checksum };
}

const positionSchema = z.strictObject({
  epoch: z.number().int().min(0),
  checkpoint: z.number().int().min(1),
});
/** Which checkpoint of which epoch. */
export type Position = z.infer<typeof positionSchema>;

export const headSchema = z.strictObject({
  format: z.literal(1),
  /** Newest epoch that this standby knows; older ones can add nothing any more. */
  epoch: z.number().int().min(0),
  /** The restore points that count, newest first. */
  points: z.array(positionSchema),
});
/**
 * The one object that decides which restore points of a standby exist. A restore point counts once the head names it;
 * the head moves only by conditional write. So "restore point n of epoch e exists" and "epoch e is over" are ordered,
 * whatever processes were paused in between: a replicator that wakes up late cannot add to an epoch that a takeover closed.
 */
export type RestorePointHead = z.infer<typeof headSchema>;
export const EMPTY_HEAD: RestorePointHead = { format: 1, epoch: 0, points: [] };

export const encodeHead = (head: RestorePointHead): Uint8Array =>
  new TextEncoder().encode(`${JSON.stringify(headSchema.parse(head))}\n`);
/** @throws StateError HR-STATE-004 */
export const decodeHead = (place: string, data: Uint8Array): RestorePointHead =>
  parse(place, data, headSchema, 'head of restore points');

/** Order of restore points: by epoch, then by checkpoint. */
export const comparePositions = (a: Position, b: Position) => a.epoch - b.epoch || a.checkpoint - b.checkpoint;

/** Whether the head names a restore point. */
export const names = (head: RestorePointHead, { epoch, checkpoint }: Position) =>
  head.points.some((point) => point.epoch === epoch && point.checkpoint === checkpoint);

/**
 * The head with one restore point more and at most `retain` in all; the same head when the point's epoch is over.
 * @param expired older points that no longer count; the newest always does.
 */
export function withPoint(
  head: RestorePointHead,
  { epoch, checkpoint }: Position,
  retain: number,
  expired: readonly Position[] = [],
): RestorePointHead {
  if (head.epoch > epoch || names(head, { epoch, checkpoint })) return head;
  const points = [{ epoch, checkpoint }, ...head.points].sort((a, b) => comparePositions(b, a));
  const kept = points.filter((point, i) => i === 0 || !expired.some((old) => comparePositions(old, point) === 0));
  return { format: 1, epoch, points: kept.slice(0, retain) };
}

function parse<T>(place: string, data: Uint8Array, schema: z.ZodType<T>, what: string): T {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(data));
  } catch (cause) {
    throw new StateError('HR-STATE-003', place, `not a ${what}: no JSON`, { cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new StateError('HR-STATE-004', place, `not a ${what} of format 1: ${z.prettifyError(parsed.error)}`, {
    mend: 'run the same version of Headrace in every region',
  });
}
