import { setTimeout as sleep } from 'node:timers/promises';
import { sentences } from '../flink/reviews.ts';
import { type Committed, producerOf, readCommitted } from '../flink/topics.ts';

export interface Input {
  readonly key: string;
  readonly value: { readonly id: string; readonly rating: string; readonly text: string; readonly review: string };
}

/** Inputs of a key wait for each other: with so many keys, none has to. */
const KEYS = 300;

/** Sentences of the example, spread over keys, with ids that no other call gives. */
export function inputs(prefix: string, count: number): Input[] {
  const all = sentences();
  return Array.from({ length: count }, (_, i) => {
    const { value } = all[i % all.length] as Input;
    const key = `r${i % KEYS}`;
    return { key, value: { ...value, review: key, id: `${prefix}-${i}-${value.id}` } };
  });
}

/** Sends inputs at a rate. @returns when each was sent, milliseconds since 1970, by id. */
export async function send(
  bootstrap: string,
  topic: string,
  records: readonly Input[],
  perSecond: number,
): Promise<Map<string, number>> {
  const producer = producerOf(bootstrap);
  const sent = new Map<string, number>();
  const began = Date.now();
  const batch = Math.max(1, Math.round(perSecond / 20));
  for (let i = 0; i < records.length; i += batch) {
    const due = began + (i / perSecond) * 1000;
    if (due > Date.now()) await sleep(due - Date.now());
    const part = records.slice(i, i + batch);
    for (const { value } of part) sent.set(value.id, Date.now());
    await producer.send({ messages: part.map(({ key, value }) => ({ topic, key, value })), acks: 1 });
  }
  await producer.close();
  return sent;
}

export interface Rated {
  /** The output's own, deterministic id. */
  readonly id: string;
  readonly input: string;
  readonly key: string;
  readonly at: number;
  readonly value: string;
}

/** Committed outputs, until there are `count` of them for inputs with a prefix. */
export async function ratings(
  bootstrap: string,
  topic: string,
  prefix: string,
  options: { readonly count: number; readonly quietMs: number; readonly seen?: number },
): Promise<Rated[]> {
  const found = await readCommitted(bootstrap, topic, {
    count: options.count + (options.seen ?? 0),
    quietMs: options.quietMs,
  });
  return found.map(ratedOf).filter(({ input }) => input.startsWith(`${prefix}-`));
}

/** What a record of the topic of outputs says. */
export function ratedOf({ value, at }: Committed): Rated {
  const { id, input, key } = JSON.parse(value) as { id: string; input: string; key: string };
  return { id, input, key, at, value };
}
