import { canBeAdopted, homes, isActiveActive, jobNameOf } from '../jobs.ts';
import type { DeploymentModel, RegionModel } from '../model.ts';
import { REGION_PLACEHOLDER } from '../schema/streams.ts';

/** Where a sink's inputs go that were given up. */
export const deadLetterTopic = (sink: { topic: string; deadLetterTopic?: string | undefined }): string =>
  sink.deadLetterTopic ?? `${sink.topic}.dead-letter`;

/** The topic that a job records finished calls in, with `state.journal: kafka`. */
export const journalTopic = (job: string): string => `${job}.journal`;

/** Days that records of a journal are kept. The job makes the topic with the same value where no stack has (KafkaJournal.RETENTION_DAYS). */
export const JOURNAL_DAYS = 7;

/** A topic as each region's job has it: one, or in active-active one a region where its name says so. */
export const topicsOf = (deployment: DeploymentModel, topic: string): string[] =>
  isActiveActive(deployment) && topic.includes(REGION_PLACEHOLDER)
    ? homes(deployment).map(({ name }) => topic.replaceAll(REGION_PLACEHOLDER, name))
    : [topic];

/** Topics in the region's own Kafka, by what the job does there. None where the file names other brokers. */
export interface ManagedTopics {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Compacted; read and written. */
  readonly journals: readonly string[];
}

export function managedTopics(deployment: DeploymentModel): ManagedTopics {
  const { source, sink, state } = deployment;
  const managed = <T extends { readonly bootstrap: 'managed' | readonly string[] }>(kafka: T | undefined) =>
    kafka?.bootstrap === 'managed' ? kafka : undefined;
  const [reads, writes] = [managed(source.kafka), managed(sink.kafka)];
  const all = (topics: readonly string[]) =>
    [...new Set(topics.flatMap((topic) => topicsOf(deployment, topic)))].sort();
  return {
    reads: all(reads ? [reads.topic] : []),
    writes: all(writes ? [writes.topic, deadLetterTopic(writes)] : []),
    journals:
      state.journal === 'kafka' && (reads ?? writes)
        ? homes(deployment).map((home) => journalTopic(jobNameOf(deployment, home)))
        : [],
  };
}

/**
 * What a region that stands by copies of another region's Kafka. In active-active that region's own inputs alone, told by their
 * name: copied both ways under one name, inputs would go round.
 */
export function copiedTopics(deployment: DeploymentModel, from: RegionModel): string[] {
  const { kafka } = deployment.source;
  if (kafka?.bootstrap !== 'managed') return [];
  if (!isActiveActive(deployment)) return [kafka.topic];
  return canBeAdopted(deployment) ? [kafka.topic.replaceAll(REGION_PLACEHOLDER, from.name)] : [];
}
