import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Admin, jsonSerializer, Producer, stringSerializer } from '@platformatic/kafka';
import { kafkaDistribution } from '../../ops/dev/cache.ts';

const client = (bootstrap: string) => ({ clientId: 'test', bootstrapBrokers: [bootstrap] });

export async function createTopics(bootstrap: string, topics: readonly string[], partitions: number): Promise<void> {
  const admin = new Admin(client(bootstrap));
  await admin.createTopics({ topics: [...topics], partitions, replicas: 1 });
  await admin.close();
}

/** Sends records, each to a partition by its key. */
export async function produce(
  bootstrap: string,
  topic: string,
  records: readonly { readonly key: string; readonly value: unknown }[],
): Promise<void> {
  const producer = producerOf(bootstrap);
  for (let i = 0; i < records.length; i += 1_000)
    await producer.send({
      messages: records.slice(i, i + 1_000).map(({ key, value }) => ({ topic, key, value })),
      acks: 1,
    });
  await producer.close();
}

export const producerOf = (bootstrap: string) =>
  new Producer<string, unknown, string, string>({
    ...client(bootstrap),
    serializers: {
      key: stringSerializer,
      value: jsonSerializer,
      headerKey: stringSerializer,
      headerValue: stringSerializer,
    },
  });

export interface Committed {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: string;
  /** The value as it is. */
  readonly bytes: Buffer;
  /** The record's own time, milliseconds since 1970. */
  readonly timestamp: number;
  /** When it was seen, milliseconds since 1970. */
  readonly at: number;
}

const READER = fileURLToPath(new URL('./ReadCommitted.java', import.meta.url));

/**
 * Reads what is committed in a topic, until there are `count` records, or nothing new for a time. By Kafka's own client:
 * others were seen to pass records of aborted transactions.
 */
export async function readCommitted(
  bootstrap: string,
  topic: string,
  {
    count = Number.MAX_SAFE_INTEGER,
    quietMs = 5_000,
    onRecord = () => {},
  }: { readonly count?: number; readonly quietMs?: number; readonly onRecord?: (record: Committed) => void } = {},
): Promise<Committed[]> {
  const lib = join(await kafkaDistribution(() => {}), 'lib', '*');
  const child = spawn('java', ['-cp', lib, READER, bootstrap, topic, String(count), String(quietMs)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const found: Committed[] = [];
  const decoded = (base64: string | undefined) => Buffer.from(base64 ?? '', 'base64');
  for await (const line of createInterface({ input: child.stdout })) {
    const [partition, offset, key, value, timestamp] = line.split('\t');
    const bytes = decoded(value);
    const record = {
      partition: Number(partition),
      offset: Number(offset),
      key: decoded(key).toString('utf8'),
      value: bytes.toString('utf8'),
      bytes,
      timestamp: Number(timestamp),
      at: Date.now(),
    };
    found.push(record);
    onRecord(record);
  }
  const code = child.exitCode ?? ((await once(child, 'exit')) as [number])[0];
  if (code !== 0) throw new Error(`the reader of ${topic} ended with code ${code}: ${errors}`);
  return found;
}
