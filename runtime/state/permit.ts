import { z } from 'zod';

/** Where a region's supervisor says what the job may commit, in the region's own store. */
export const permitKey = (job: string) => `permits/${job}.json`;

/** Read by the job on Flink (`dev.headrace.flink.commit.Permit`). Times are milliseconds since 1970. */
export const permitSchema = z.strictObject({
  format: z.literal(1),
  job: z.string().min(1),
  /** Of the lease that the region holds, or held last. */
  epoch: z.number().int().min(0),
  /** `lost`: no epoch up to this one commits again. */
  state: z.enum(['held', 'lost']),
  /** `replicated`: checkpoints up to `checkpoint` alone; `local`: all until `until`. */
  commit: z.enum(['replicated', 'local']),
  /** Newest checkpoint of this epoch that is a restore point in every standby. */
  checkpoint: z.number().int().min(1).nullable(),
  /** End of the lease unless it is renewed. */
  until: z.number(),
});
export type Permit = z.infer<typeof permitSchema>;

export const encodePermit = (permit: Permit): Uint8Array =>
  new TextEncoder().encode(`${JSON.stringify(permitSchema.parse(permit))}\n`);

/**
 * What a standby says about its newest restore point. It lies beside the lease, where every region may read and write;
 * that a restore point exists stays true, so one that is out of date holds commits back and does no other harm.
 */
export const acknowledgementKey = (job: string, region: string) => `leases/${job}/replicated-${region}.json`;

export const acknowledgementSchema = z.strictObject({
  format: z.literal(1),
  job: z.string().min(1),
  region: z.string().min(1),
  epoch: z.number().int().min(0),
  checkpoint: z.number().int().min(1),
  at: z.number(),
});
export type Acknowledgement = z.infer<typeof acknowledgementSchema>;

/** Undefined for what is none: then nothing is known. */
export function decodeAcknowledgement(data: Uint8Array): Acknowledgement | undefined {
  try {
    return acknowledgementSchema.parse(JSON.parse(new TextDecoder().decode(data)));
  } catch {
    return undefined;
  }
}

/**
 * The newest checkpoint of an epoch that every standby has.
 * @param acknowledged one for each standby; undefined where it has said nothing.
 * @returns null while one of them has none of this epoch.
 */
export function replicatedUpTo(epoch: number, acknowledged: readonly (Acknowledgement | undefined)[]): number | null {
  const of = acknowledged.map((one) => (one?.epoch === epoch ? one.checkpoint : null));
  return of.includes(null) || of.length === 0 ? null : Math.min(...(of as number[]));
}
