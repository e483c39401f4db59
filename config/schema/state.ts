import { z } from 'zod';
import { dnsLabel, duration } from './scalars.ts';

export const stateSchema = z
  .strictObject({
    checkpoint: z
      .strictObject({
        interval: duration(100).default(10_000).describe('Time between the starts of two checkpoints.'),
        timeout: duration(1_000).default(600_000).describe('A checkpoint that takes longer is aborted.'),
        minPause: duration(0).default(0).describe('Least time between the end of one and the start of the next.'),
        tolerableFailures: z
          .number()
          .int()
          .min(0)
          .default(10)
          .describe('Failed checkpoints in a row before the job restarts.'),
        incremental: z.boolean().default(true).describe('Only changes since the last checkpoint are written.'),
        alignmentTimeout: duration(0)
          .default(30_000)
          .describe('Barriers overtake buffered records after this time; 0s: at once.'),
        retain: z.number().int().min(1).max(100).default(3).describe('Completed checkpoints that are kept.'),
      })
      .prefault({})
      .describe('Checkpoints.'),
    savepoint: z
      .strictObject({
        every: duration(60_000).default(21_600_000).describe('Time between two savepoints.'),
        retain: z.number().int().min(1).max(100).default(4).describe('Savepoints that are kept.'),
      })
      .prefault({})
      .describe('Periodic savepoints.'),
    memory: z
      .strictObject({
        ttl: duration(1_000).optional().describe("Idle time after which a key's memory is dropped. Default: never."),
      })
      .prefault({})
      .describe("Short-term memory, kept per key in the job's state."),
    journal: z
      .enum(['checkpoint', 'kafka'])
      .default('checkpoint')
      .describe('Where finished calls are recorded: with the checkpoint, or at once in a compacted topic.'),
    versions: duration(86_400_000)
      .default(30 * 86_400_000)
      .describe('How long overwritten or deleted objects can be brought back.'),
    googleBuckets: z
      .enum(['regional', 'dual-region'])
      .default('regional')
      .describe(
        'GCP: buckets in their own region, or in two regions of a continent, the second being that of the next GCP region of the deployment there, with turbo replication. Fixed once a bucket exists.',
      ),
  })
  .describe('State: what is kept, how often and for how long.');

export const drSchema = z
  .strictObject({
    mode: z
      .enum(['active-standby', 'active-active', 'none'])
      .default('active-standby')
      .describe('One region works and others wait, each works on its own keys, or there is one region only.'),
    commit: z
      .enum(['replicated', 'local'])
      .default('replicated')
      .describe('When outputs become visible: once their restore point is in the standby, or at the local checkpoint.'),
    failover: z
      .enum(['manual', 'automatic'])
      .default('manual')
      .describe('Who decides: headrace failover alone, or the last standby as well, once the lease has run out.'),
    rpo: duration(1_000).default(60_000).describe('Objective: most time of work that a failover may redo.'),
    rto: duration(1_000).default(300_000).describe('Objective: most time from the loss to the first output.'),
    failback: z
      .boolean()
      .default(false)
      .describe(
        'With mode active-standby: lets every region copy the job from whichever other one has it, so that headrace failback works in a cluster, and a standby follows a job that has moved. Each region may then read the state of all others.',
      ),
    lease: z
      .strictObject({
        region: dnsLabel(12)
          .optional()
          .describe('Region whose state store keeps the lease. Default: the last standby.'),
        ttl: duration(500).default(15_000).describe('A lease that is not renewed for this long can be taken.'),
        renew: duration(100).default(5_000).describe('Time between renewals; at most a third of ttl.'),
        skew: duration(0).default(2_000).describe('Clock difference between regions that is allowed for.'),
      })
      .prefault({})
      .describe('The lease that lets one region at a time own the job.'),
    replication: z
      .strictObject({
        every: duration(100).default(5_000).describe('How often the standby looks for a new checkpoint.'),
        retain: z.number().int().min(1).max(1000).default(10).describe('Restore points that are kept.'),
      })
      .prefault({})
      .describe('Copying checkpoints to the standby.'),
    overlap: duration(0)
      .default(120_000)
      .describe('How long before its restore point a job begins to read in a region with a Kafka of its own.'),
    remember: duration(1_000)
      .default(3_600_000)
      .describe(
        'How long finished inputs and their outputs are known there: longer than overlap and an outage together.',
      ),
    drill: z
      .strictObject({
        every: duration(3_600_000)
          .default(30 * 86_400_000)
          .describe('Longest time between drills.'),
      })
      .prefault({})
      .describe('Drills.'),
    parity: z
      .strictObject({
        allow: z
          .array(
            z.strictObject({
              place: z
                .string()
                .min(1)
                .describe('Kind/name and path as headrace diff prints them; * stands for any text.'),
              reason: z.string().min(1).describe('Why the regions may differ here.'),
            }),
          )
          .default([])
          .describe('Differences that are as they should be.'),
      })
      .prefault({})
      .describe('What headrace diff compares.'),
    restoreTest: z
      .strictObject({ every: duration(3_600_000).default(86_400_000).describe('Time between two restore tests.') })
      .prefault({})
      .describe('Restoring the newest restore point in isolation.'),
  })
  .describe('Several regions: who works, what may be lost, how it is proven.');
