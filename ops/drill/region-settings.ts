import { z } from 'zod';

const rootSchema = z.strictObject({ region: z.string(), uri: z.string() });
/** A state root that a drill uses. */
export type DrillRoot = z.infer<typeof rootSchema>;

const serviceSchema = z.strictObject({
  url: z.string(),
  /** File of the certificates of authorities that a client of it trusts besides the system's. */
  trusted: z.string(),
});
/** A model service that a drill runs. */
export type ServiceAddress = z.infer<typeof serviceSchema>;

/** What the orchestrator tells a region's process, as a JSON file. Paths are absolute. */
export const regionSettingsSchema = z.strictObject({
  file: z.string(),
  profile: z.string().optional(),
  part: z.enum(['primary', 'standby']),
  region: z.string(),
  /** As its events name it; another name than the region's for a second process of the region. */
  name: z.string(),
  job: z.string(),
  commit: z.enum(['replicated', 'local']),
  roots: z.strictObject({ primary: rootSchema, standby: rootSchema, lease: rootSchema }),
  /** Directory of this region's write-ahead journal: lost with the region. */
  journal: z.string(),
  /** The output log: one that survives for all regions, or each region's own with `local`. */
  outputs: z.string(),
  timeline: z.string(),
  /** File that gets a line for every call of a model, its idempotency key. */
  calls: z.string(),
  /** Where its models are; it then keeps `calls` itself. Default: in the region's process. */
  service: serviceSchema.optional(),
  /** Records a second. */
  rate: z.number().positive(),
  retain: z.strictObject({ checkpoints: z.number().int(), restorePoints: z.number().int() }),
  times: z.strictObject({
    checkpoint: z.number(),
    replication: z.number(),
    lease: z.strictObject({ ttl: z.number(), renew: z.number(), skew: z.number(), poll: z.number() }),
    stream: z.number(),
    patience: z.number(),
    backoff: z.number(),
  }),
});
export type RegionSettings = z.infer<typeof regionSettingsSchema>;

/** What the orchestrator says to a region's process once it is ready. Each but `go` and `end` is answered by an event `switched`. */
export type RegionOrder =
  | { readonly order: 'go' }
  /** From now on nothing is heard from these stores. */
  | { readonly order: 'cut'; readonly stores: readonly ('primary' | 'standby' | 'lease')[] }
  | { readonly order: 'replication'; readonly on: boolean }
  | { readonly order: 'models'; readonly on: boolean }
  /** The owner no longer notices what becomes of its lease. */
  | { readonly order: 'deaf' }
  /** The stream is finished: the lease can go back, and the process ends. */
  | { readonly order: 'end' };
