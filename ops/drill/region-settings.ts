import { z } from 'zod';

/** What the orchestrator tells a region's process, as a JSON file. Paths are absolute. */
export const regionSettingsSchema = z.strictObject({
  file: z.string(),
  profile: z.string().optional(),
  part: z.enum(['primary', 'standby']),
  region: z.string(),
  job: z.string(),
  /** State roots as directories. */
  stores: z.strictObject({ primary: z.string(), standby: z.string(), lease: z.string() }),
  /** Directory of this region's write-ahead journal: lost with the region. */
  journal: z.string(),
  /** The output log that survives. */
  outputs: z.string(),
  timeline: z.string(),
  /** File that gets a line for every call of a model, its idempotency key. */
  calls: z.string(),
  /** Records a second. */
  rate: z.number().positive(),
  retain: z.strictObject({ checkpoints: z.number().int(), restorePoints: z.number().int() }),
  times: z.strictObject({
    checkpoint: z.number(),
    replication: z.number(),
    lease: z.strictObject({ ttl: z.number(), renew: z.number(), skew: z.number(), poll: z.number() }),
    stream: z.number(),
  }),
});
export type RegionSettings = z.infer<typeof regionSettingsSchema>;

/** What the orchestrator says to a region's process once it is ready. */
export type RegionOrder = { readonly order: 'go' };
