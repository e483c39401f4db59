import { z } from 'zod';
import type { AgentPlan } from '../plan/index.ts';

/** Version of the form below. */
export const SPECIFICATION_VERSION = 1;

const properties = z.record(z.string(), z.string()).default({});
const bootstrap = z.array(z.string().regex(/^[^\s:/]+:\d{1,5}$/, { error: 'host:port' })).min(1);
const milliseconds = z.number().int().min(0);
const sql = z.strictObject({ ddl: z.string().min(1), table: z.string().min(1) });
const exactlyOne = (value: object) => Object.values(value).filter((part) => part !== undefined).length === 1;

/** A job as Flink's side reads it (`dev.headrace.flink.job.JobSpecification`). Times are milliseconds. */
export const jobSpecificationSchema = z.strictObject({
  version: z.literal(SPECIFICATION_VERSION),
  name: z.string().min(1),
  region: z.string(),
  /** Of the lease that the job runs under; 0 without one. */
  epoch: z.number().int().min(0).default(0),
  /** Allows workers without TLS. */
  development: z.boolean().default(false),
  /**
   * Restores state and nothing else: reads nothing, sends nothing to workers, writes no output. Its restore must allow
   * state that no operator takes.
   */
  rehearsal: z.boolean().default(false),
  /** The agent plan; its place in the job is checked by hash. */
  plan: z.looseObject({ name: z.string(), hash: z.string(), key: z.string() }),
  parallelism: z.number().int().min(1),
  maxParallelism: z.number().int().min(1).max(32_768).default(128),
  /** Inputs that a subtask takes before it holds the stream back. */
  inFlight: z.number().int().min(1),
  retry: z.strictObject({
    attempts: z.number().int().min(1),
    initialBackoff: milliseconds,
    maxBackoff: milliseconds,
    onFailure: z.enum(['dead-letter', 'fail']),
  }),
  memory: z.strictObject({ ttl: milliseconds.nullable() }),
  journal: z.discriminatedUnion('mode', [
    z.strictObject({ mode: z.literal('checkpoint') }),
    z.strictObject({ mode: z.literal('kafka'), topic: z.string().min(1), bootstrap, properties }),
  ]),
  source: z
    .strictObject({
      kafka: z
        .strictObject({
          topic: z.string().min(1),
          bootstrap,
          group: z.string().min(1),
          startingOffsets: z.enum(['earliest', 'latest']),
          /** Ends at the offsets that are the last ones at the start. */
          bounded: z.boolean().default(false),
          properties,
          /** Where a job without state of this Kafka begins, milliseconds since 1970; it wins over what the group committed. */
          startingTime: milliseconds.optional(),
        })
        .optional(),
      sql: sql.optional(),
      file: z
        .strictObject({
          /** Absolute, or a URI of a file system that Flink has. */
          path: z.string().min(1),
          name: z.string().min(1),
          format: z.enum(['jsonl', 'tsv']),
          columns: z.array(z.string()).optional(),
          derive: z.record(z.string(), z.strictObject({ from: z.string(), pattern: z.string() })).default({}),
          rate: z.number().positive().optional(),
          maxLineBytes: z.number().int().min(1),
        })
        .optional(),
    })
    .refine(exactlyOne, { error: 'exactly one kind of source' }),
  sink: z
    .strictObject({
      kafka: z
        .strictObject({
          topic: z.string().min(1),
          deadLetterTopic: z.string().min(1),
          bootstrap,
          guarantee: z.enum(['exactly-once', 'at-least-once']),
          properties,
        })
        .optional(),
      sql: sql.optional(),
      file: z.strictObject({ path: z.string().min(1) }).optional(),
    })
    .refine(exactlyOne, { error: 'exactly one kind of sink' }),
  workers: z.strictObject({
    /** `host:port`; every address of a host is a worker. */
    targets: z.array(z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}$/, { error: 'host:port' })).min(1),
    tls: z.strictObject({ directory: z.string().min(1), serverName: z.string().nullable() }).nullable(),
  }),
  /** Of a job that another region may take over: outputs are committed only as far as the permit allows. */
  guard: z
    .strictObject({
      /** URI of the permit, as Flink reads it, in the region's own store. */
      permit: z.string().min(1),
      /** Between two looks at it while something waits. */
      poll: z.number().int().min(1),
      /** Time after which outputs that would be lost are committed by the lease alone. */
      alone: milliseconds.nullable(),
    })
    .optional(),
  /** Of a job whose regions have a Kafka each: positions and transactions of one mean nothing in another. */
  replay: z
    .strictObject({
      /** The Kafka that this job reads and writes: part of the uids of source and sinks. */
      cluster: z.string().min(1),
      /** For which finished inputs are known: one that comes again is not run again. */
      window: milliseconds,
    })
    .optional(),
});
export type JobSpecification = z.output<typeof jobSpecificationSchema>;

/** What a caller gives; the version is this one's, and the plan is the agent's. */
export type JobSettings = Omit<z.input<typeof jobSpecificationSchema>, 'version' | 'plan'>;

/** @throws z.ZodError for settings that no job can have. */
export const jobSpecification = (plan: AgentPlan, settings: JobSettings): JobSpecification =>
  jobSpecificationSchema.parse({ ...settings, version: SPECIFICATION_VERSION, plan });

/** The specification as the job's program argument holds it. */
export const asArgument = (specification: JobSpecification): string =>
  `base64:${Buffer.from(JSON.stringify(specification)).toString('base64')}`;

/** The class in the bridge's jar that a specification is given to. */
export const JOB_CLASS = 'dev.headrace.flink.job.AgentJob';
