import { z } from 'zod';
import { duration } from './scalars.ts';

export const agentSchema = z
  .strictObject({
    entry: z
      .string()
      .min(1)
      .describe('The TypeScript or JavaScript module whose default export is the agent; relative to this file.'),
    parallelism: z.number().int().min(1).max(1024).default(2).describe('Parallel subtasks of the agent operator.'),
    maxParallelism: z
      .number()
      .int()
      .min(1)
      .max(32768)
      .default(128)
      .describe('Key groups. Fixed for the life of the state: parallelism can never exceed it.'),
    inFlight: z
      .number()
      .int()
      .min(1)
      .max(100_000)
      .default(1000)
      .describe('Runs in flight a subtask before backpressure.'),
    retry: z
      .strictObject({
        attempts: z.number().int().min(1).max(100).default(5).describe('Tries of a run before it counts as failed.'),
        initialBackoff: duration()
          .default(1_000)
          .describe('Wait before the second try; doubles with each further try.'),
        maxBackoff: duration().default(60_000).describe('Longest wait between two tries.'),
        onFailure: z
          .enum(['dead-letter', 'fail'])
          .default('dead-letter')
          .describe(
            'What a run that failed for good does: its input goes to the dead-letter output, or the job fails.',
          ),
      })
      .prefault({})
      .describe('Retries of a failing run.'),
    tools: z
      .enum(['run', 'dry-run'])
      .default('run')
      .describe(
        'Whether tools do what they are for, or what their `dryRun` says. With `run` a region is production: a drill refuses it without --yes-i-mean.',
      ),
    config: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .default({})
      .describe("The agent's own settings: the `agent` node of Flink's config.yaml and `ctx.config` in an action."),
  })
  .describe('The agent that every region runs.');
