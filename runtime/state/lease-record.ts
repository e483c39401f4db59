import { z } from 'zod';
import { StateError } from './errors.ts';

/** Where the lease of a job is kept, in the lease region's store. */
export const leaseKey = (job: string) => `leases/${job}.json`;

export const leaseRecordSchema = z.strictObject({
  format: z.literal(1),
  job: z.string().min(1),
  /** Grows by one with every acquisition, never otherwise; the first is 1. */
  epoch: z.number().int().min(1),
  /** Region that owns the job, or owned it last. */
  owner: z.string().min(1),
  /** The owning process: two processes of one region are two holders. */
  holder: z.string().min(1),
  state: z.enum(['held', 'released']),
  /** Renewals since the acquisition: no two writes of one lease have the same content, so none has the same version. */
  renewal: z.number().int().min(0),
  /** Milliseconds since 1970 by the holder's clock: for people, never compared. */
  acquiredAt: z.number(),
  renewedAt: z.number(),
  /** Milliseconds. */
  ttl: z.number().int().positive(),
  skew: z.number().int().min(0),
});
export type LeaseRecord = z.infer<typeof leaseRecordSchema>;

export const encodeLease = (record: LeaseRecord): Uint8Array =>
  new TextEncoder().encode(`${JSON.stringify(record, null, 2)}\n`);

/** @throws StateError HR-STATE-004 when the object is no lease of this format. */
export function decodeLease(place: string, data: Uint8Array): LeaseRecord {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(data));
  } catch (cause) {
    throw new StateError('HR-STATE-004', place, 'not a lease: no JSON', { cause });
  }
  const parsed = leaseRecordSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new StateError('HR-STATE-004', place, `not a lease of format 1: ${z.prettifyError(parsed.error)}`, {
    mend: 'run the same version of Headrace in every region',
  });
}
