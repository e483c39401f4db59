import { Admin, Consumer, jsonSerializer, Producer, stringDeserializers, stringSerializer } from '@platformatic/kafka';

const client = (bootstrap: string) => ({ clientId: 'test', bootstrapBrokers: [bootstrap] });
const READ_COMMITTED = 1;

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
}

/** Reads what is committed in a topic, until there are `count` records, or nothing new for a time. */
export async function readCommitted(
  bootstrap: string,
  topic: string,
  { count = Number.POSITIVE_INFINITY, quietMs = 5_000 }: { readonly count?: number; readonly quietMs?: number } = {},
): Promise<Committed[]> {
  const consumer = new Consumer<string, string, string, string>({
    ...client(bootstrap),
    groupId: `reader-${process.pid}-${Math.random()}`,
    deserializers: stringDeserializers,
  });
  const found: Committed[] = [];
  const stream = await consumer.consume({
    topics: [topic],
    mode: 'earliest',
    isolationLevel: READ_COMMITTED,
    autocommit: false,
    maxWaitTime: 200,
    minBytes: 1,
  });
  await new Promise<void>((resolve, reject) => {
    let timer = setTimeout(resolve, quietMs);
    stream.on('error', reject).on('data', (message) => {
      clearTimeout(timer);
      timer = setTimeout(resolve, quietMs);
      found.push({
        partition: message.partition,
        offset: Number(message.offset),
        key: message.key ?? '',
        value: message.value ?? '',
      });
      // Not at once: a record too many must be seen as well.
      if (found.length >= count) {
        clearTimeout(timer);
        timer = setTimeout(resolve, Math.min(quietMs, 1_500));
      }
    });
  });
  await consumer.close(true);
  return found;
}
