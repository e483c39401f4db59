import { z } from 'zod';
import { bytes } from './scalars.ts';

const bootstrap = z
  .union([z.literal('managed'), z.array(z.string().regex(/^[^\s:/]+:\d{1,5}$/, { error: 'host:port' })).min(1)])
  .describe("Kafka bootstrap servers, or `managed`: the region's managed Kafka, made by its stack.");

/** Stands for the region whose job reads or writes. */
export const REGION_PLACEHOLDER = '{region}';

const topic = z.string().regex(/^([A-Za-z0-9._-]|\{region\}){1,249}$/, {
  error: 'a Kafka topic name, with {region} for the name of a region',
});

const sql = z
  .strictObject({
    ddl: z.string().min(1).describe('CREATE TABLE statement of a Flink SQL connector.'),
    table: z.string().min(1).describe('Name of the table that the statement creates.'),
  })
  .describe('Any Flink SQL table.');

/** A regular expression with a group, checked here so that a broken one is an error of the file. */
const pattern = z.string().superRefine((text, ctx) => {
  try {
    const groups = new RegExp(`${text}|`).exec('')?.length ?? 1;
    if (groups < 2) ctx.addIssue({ code: 'custom', message: 'a regular expression with a group, such as ^([^_]+)_' });
  } catch (error) {
    ctx.addIssue({ code: 'custom', message: `a regular expression: ${(error as Error).message}` });
  }
});

const exactlyOne = (what: string) => (value: Record<string, unknown>, ctx: z.RefinementCtx) => {
  const given = Object.keys(value).filter((key) => value[key] !== undefined);
  if (given.length !== 1) {
    ctx.addIssue({
      code: 'custom',
      message: given.length === 0 ? `one kind of ${what}` : `one kind of ${what}, not ${given.join(' and ')}`,
    });
  }
};

export const sourceSchema = z
  .strictObject({
    kafka: z
      .strictObject({
        topic,
        bootstrap: bootstrap.default('managed'),
        group: z.string().min(1).optional().describe("Consumer group. Default: the job's name."),
        startingOffsets: z
          .enum(['earliest', 'latest'])
          .default('earliest')
          .describe('Where a job without state begins.'),
      })
      .optional()
      .describe('A Kafka topic of JSON records.'),
    sql: sql.optional(),
    file: z
      .strictObject({
        path: z.string().min(1).describe('File, relative to this file.'),
        format: z.enum(['jsonl', 'tsv']).default('jsonl').describe('One JSON object a line, or tab-separated columns.'),
        columns: z.array(z.string().min(1)).min(1).optional().describe("Names of a tsv file's columns, in order."),
        derive: z
          .record(
            z.string().min(1),
            z.strictObject({
              from: z.string().min(1).describe('Column or field that the value is taken from.'),
              pattern: pattern.describe('Regular expression whose first group is the value.'),
            }),
          )
          .default({})
          .describe('Further fields, each cut out of another one: a key that the file does not hold on its own.'),
        rate: z
          .number()
          .positive()
          .optional()
          .describe('Records a second at most. Default: as fast as they are taken.'),
        maxLineBytes: bytes().default(1_048_576).describe('A longer line is an error.'),
      })
      .optional()
      .describe('A file, read once to its end.'),
    list: z.array(z.unknown()).optional().describe('Records in this file, for trying things.'),
  })
  .superRefine(exactlyOne('source'))
  .meta({ minProperties: 1, maxProperties: 1 })
  .describe('Where inputs come from. In active-active {region} in it names the region whose keys are read.');

export const sinkSchema = z
  .strictObject({
    kafka: z
      .strictObject({
        topic,
        bootstrap: bootstrap.default('managed'),
        deadLetterTopic: topic
          .optional()
          .describe('Topic of inputs that were given up. Default: the topic with .dead-letter behind it.'),
        guarantee: z.enum(['exactly-once', 'at-least-once']).default('exactly-once').describe('Delivery guarantee.'),
      })
      .optional()
      .describe('A Kafka topic of JSON records.'),
    sql: sql.optional(),
    file: z
      .strictObject({
        path: z.string().min(1).describe('Directory of committed part files, relative to this file.'),
      })
      .optional()
      .describe('A directory of JSON lines; a part file appears when its checkpoint commits.'),
  })
  .superRefine(exactlyOne('sink'))
  .meta({ minProperties: 1, maxProperties: 1 })
  .describe('Where outputs go.');

export const kafkaSchema = z
  .strictObject({
    version: z
      .string()
      .default('4.1.0')
      .describe('Kafka version of managed clusters, where the cloud lets one choose.'),
    brokers: z.number().int().min(3).max(30).default(3).describe('Brokers of a managed cluster.'),
    storage: bytes()
      .default(100 * 2 ** 30)
      .describe('Storage a broker.'),
  })
  .describe('The managed Kafka cluster of a region whose source or sink says `bootstrap: managed`.');
