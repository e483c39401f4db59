import { z } from 'zod';
import type { ObjectStore } from '../../runtime/state/object-store.ts';
import { readRecord, type Versioned, writeRecord } from '../job/record-store.ts';

/** Beside the lease, where every region may read and write. */
export const failoverKey = (job: string) => `leases/${job}/failover.json`;

const milliseconds = z.number();

/**
 * Where a failover stands; what a step does may have been done already when it is read, in whole or in part.
 *
 *     requested ──(planned: the old region stops its job with a savepoint, and gives the lease back)──► stopped
 *         │                                                                                                │
 *         └──────────────────────────────────────────────► leased ◄────(the copy of the savepoint is there)┘
 *                                                            │
 *                                                         sealed ──► chosen ──► done          cancelled
 */
export const FAILOVER_STEPS = ['requested', 'stopped', 'leased', 'sealed', 'chosen', 'done', 'cancelled'] as const;
export type FailoverStep = (typeof FAILOVER_STEPS)[number];

export const failoverSchema = z.strictObject({
  format: z.literal(1),
  id: z.string().regex(/^[0-9a-f]{12}$/),
  job: z.string().min(1),
  to: z.string().min(1),
  /** Who had the lease; null: nobody yet. */
  from: z.string().nullable(),
  planned: z.boolean(),
  step: z.enum(FAILOVER_STEPS),
  /** Of the agent plan that goes on. */
  planHash: z.string(),
  requestedAt: milliseconds,
  at: milliseconds,
  /** What the old region's last snapshot is, and when its job had stopped; relative to its state root. */
  stopped: z.strictObject({ directory: z.string(), savepoint: z.boolean(), at: milliseconds }).optional(),
  /** Why the old region has not stopped its job yet. */
  trouble: z.string().optional(),
  epoch: z.number().int().optional(),
  leasedAt: milliseconds.optional(),
  point: z
    .strictObject({
      key: z.string(),
      /** Below the new region's state root. */
      directory: z.string(),
      checkpoint: z.number().int(),
      epoch: z.number().int(),
      triggeredAt: milliseconds,
      passedOver: z.array(z.strictObject({ key: z.string(), reason: z.string() })),
    })
    .optional(),
  jobId: z.string().optional(),
  /** When the first checkpoint in the new region was complete. */
  upAt: milliseconds.optional(),
});
export type Failover = z.output<typeof failoverSchema>;

export const hasEnded = ({ step }: Pick<Failover, 'step'>) => step === 'done' || step === 'cancelled';

export const readFailover = (store: ObjectStore, job: string): Promise<Versioned<Failover> | undefined> =>
  readRecord(store, failoverKey(job), failoverSchema);

export const writeFailover = (
  store: ObjectStore,
  failover: Failover,
  before: Versioned<Failover> | undefined,
): Promise<Versioned<Failover> | undefined> =>
  writeRecord(store, failoverKey(failover.job), { ...failover, at: Date.now() }, before);
