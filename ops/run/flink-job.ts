import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { deadLetterTopic, journalTopic } from '../../config/index.ts';
import { type JobSettings, type JobSpecification, jobSpecification } from '../../runtime/remote/index.ts';
import type { OpenDeployment } from '../deployment/open.ts';
import { CommandError } from '../errors.ts';

export interface FlinkJobPlaces {
  readonly workers: JobSettings['workers'];
  /** What `bootstrap: managed` means: `host:port`, with commas between several. */
  readonly kafka?: string | undefined;
  readonly region: string;
  readonly development: boolean;
}

/** Whether the file asks for the region's own Kafka. */
export const needsKafka = ({ deployment: { source, sink, state } }: OpenDeployment): boolean =>
  source.kafka?.bootstrap === 'managed' ||
  sink.kafka?.bootstrap === 'managed' ||
  (state.journal === 'kafka' && ![source, sink].some(({ kafka }) => Array.isArray(kafka?.bootstrap)));

/** The job that a deployment file describes. @throws CommandError HR-CLI-003 for a source that no cluster can read. */
export function flinkJob({ deployment, directory, plan }: OpenDeployment, places: FlinkJobPlaces): JobSpecification {
  const { agent, source, sink, state } = deployment;
  const managed = places.kafka?.split(',');
  const brokers = (bootstrap: 'managed' | readonly string[]) =>
    bootstrap === 'managed' ? (managed ?? ['']) : [...bootstrap];
  if (source.list) {
    throw new CommandError('HR-CLI-003', 'source', 'a cluster cannot read list', {
      mend: 'add a profile whose source is kafka, sql or file, and name it with --profile',
    });
  }
  if (hasOwnKafka(deployment) && plan.id === undefined) {
    throw new CommandError(
      'HR-CLI-003',
      'source.kafka.bootstrap',
      'regions with a Kafka each need inputs that have ids',
      {
        mend: 'give the agent an id pointer, or name brokers that all regions reach',
      },
    );
  }
  const outside = [source, sink].flatMap(({ kafka }) => (Array.isArray(kafka?.bootstrap) ? kafka.bootstrap : []));
  return jobSpecification(plan, {
    name: deployment.name,
    region: places.region,
    development: places.development,
    parallelism: agent.parallelism,
    maxParallelism: agent.maxParallelism,
    inFlight: agent.inFlight,
    retry: agent.retry,
    memory: { ttl: state.memory.ttl ?? null },
    journal:
      state.journal === 'kafka'
        ? {
            mode: 'kafka',
            topic: journalTopic(deployment.name),
            bootstrap: managed ?? outside,
          }
        : { mode: 'checkpoint' },
    source: {
      kafka: source.kafka && {
        topic: source.kafka.topic,
        bootstrap: brokers(source.kafka.bootstrap),
        group: source.kafka.group ?? deployment.name,
        startingOffsets: source.kafka.startingOffsets,
      },
      sql: source.sql,
      file: source.file && {
        path: resolve(directory, source.file.path),
        name: source.file.path,
        format: source.file.format,
        derive: source.file.derive,
        maxLineBytes: source.file.maxLineBytes,
        ...(source.file.columns ? { columns: source.file.columns } : {}),
        ...(source.file.rate === undefined ? {} : { rate: source.file.rate }),
      },
    },
    sink: {
      kafka: sink.kafka && {
        topic: sink.kafka.topic,
        deadLetterTopic: deadLetterTopic(sink.kafka),
        bootstrap: brokers(sink.kafka.bootstrap),
        guarantee: sink.kafka.guarantee,
      },
      sql: sink.sql,
      file: sink.file && { path: pathToFileURL(resolve(directory, sink.file.path)).href },
    },
    workers: places.workers,
    ...(hasOwnKafka(deployment) ? { replay: { cluster: places.region, window: deployment.dr.remember } } : {}),
  });
}

/** Whether each of several regions has a Kafka of its own: then positions of one mean nothing in another. */
const hasOwnKafka = ({ dr, source }: OpenDeployment['deployment']): boolean =>
  dr.mode === 'active-standby' && source.kafka?.bootstrap === 'managed';
