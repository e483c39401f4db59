import { readFileSync } from 'node:fs';
import type { RegionModel } from '../../../config/index.ts';
import type { OpenDeployment } from '../../deployment/open.ts';
import { CommandError } from '../../errors.ts';
import { EXIT } from '../../exit-codes.ts';
import { flinkJob, needsKafka } from '../../run/flink-job.ts';
import { readOutputs } from '../../synth/outputs.ts';
import { badFlag } from '../../terminal/flags.ts';
import type { WatchedTopic, WatchRequest } from './topic-watch.ts';

export interface KafkaFlags {
  /** File of `cdktf output --outputs-file`. */
  readonly outputs?: string | undefined;
  /** `host:port,…` as this machine reaches the brokers. */
  readonly kafka?: string | undefined;
  /** File of `name=value` lines, in place of the job's own properties. */
  readonly kafkaProperties?: string | undefined;
}

/** The job's topics as this machine reaches them. @throws CommandError HR-DRILL-013 for a job without topics. */
export function watchRequest(open: OpenDeployment, region: RegionModel, flags: KafkaFlags): WatchRequest {
  const { deployment, plan } = open;
  const outputs = flags.outputs === undefined ? {} : readOutputs(flags.outputs);
  const managed = flags.kafka ?? outputs[`${deployment.name}-${region.name}`]?.kafka_bootstrap;
  if (needsKafka(open) && managed === undefined)
    throw badFlag('--kafka', '', 'name the brokers that bootstrap: managed means, or --outputs of the stacks');
  const { source, sink } = flinkJob(open, {
    workers: { targets: ['unused:1'], tls: null },
    kafka: managed,
    region: region.name,
    development: true,
  });
  if (!source.kafka || !sink.kafka)
    throw new CommandError(
      'HR-DRILL-013',
      source.kafka ? 'sink' : 'source',
      'inputs and outputs are counted in topics of Kafka alone',
      {
        exitCode: EXIT.badInput,
        mend: 'drill on this machine, without --context, or give the job a source and a sink of Kafka',
      },
    );
  const own = flags.kafkaProperties === undefined ? undefined : properties(flags.kafkaProperties);
  const topic = ({ topic: name, bootstrap, properties: given }: WatchedTopic): WatchedTopic => ({
    topic: name,
    bootstrap: flags.kafka?.split(',') ?? bootstrap,
    properties: own ?? given,
  });
  return {
    source: topic(source.kafka),
    sink: topic(sink.kafka),
    deadLetters: sink.kafka.deadLetterTopic,
    key: plan.key,
    ...(plan.id === undefined ? {} : { id: plan.id }),
  };
}

/** Lines `name=value`, as Kafka's own tools take them. Values may be secrets: none is shown. */
function properties(file: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [i, line] of readFileSync(file, 'utf8').split('\n').entries()) {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) continue;
    const at = text.indexOf('=');
    if (at < 1) throw badFlag('--kafka-properties', `${file}:${i + 1}`, 'write name=value');
    found[text.slice(0, at).trim()] = text.slice(at + 1).trim();
  }
  return found;
}
