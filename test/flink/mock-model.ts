import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Answers that leave the server now may be on their way to the journal for so long, at the most. */
const UNDER_WAY_MS = 500;

/** What the model answers: a score that follows from the question alone. */
export const scoreOf = (prompt: string): number =>
  (createHash('sha256').update(prompt).digest().readUInt16BE() % 201) / 100 - 1;

/** A request for a call. */
export interface Asked {
  /** The call's idempotency key. */
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A chat completion service that counts its calls. */
export class MockModel {
  readonly #server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const key = String(request.headers['idempotency-key']);
    this.asked.push({ key, at: Date.now() });
    // Whoever asked is gone.
    response.once('close', () => {
      if (!response.writableFinished) this.lost();
    });
    const { messages } = JSON.parse(body) as { messages: { content: string }[] };
    this.calls.set(key, (this.calls.get(key) ?? 0) + 1);
    this.#open += 1;
    const [shortest, longest] = this.#latency;
    await sleep(shortest + Math.random() * (longest - shortest));
    this.#open -= 1;
    this.#answered.push(Date.now());
    if (response.destroyed) return;
    response.writeHead(200, { 'content-type': 'application/json' }).end(
      JSON.stringify({
        id: key,
        object: 'chat.completion',
        created: 0,
        model: 'mock',
        choices: [
          {
            index: 0,
            finish_reason: 'stop',
            message: { role: 'assistant', content: JSON.stringify({ score: scoreOf(messages.at(-1)?.content ?? '') }) },
          },
        ],
        usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
      }),
    );
  });
  readonly #latency: readonly [number, number];
  /** All requests, in order of time. */
  readonly asked: Asked[] = [];
  /** When whoever asks was gone, milliseconds since 1970, in order of time. */
  readonly losses: number[] = [];
  /** Calls by idempotency key. */
  readonly calls = new Map<string, number>();
  #open = 0;
  #answered: number[] = [];

  /** @param latency shortest and longest, milliseconds. */
  constructor(latency: readonly [number, number]) {
    this.#latency = latency;
    this.#server.keepAliveTimeout = 60_000;
  }

  /** @param host address of this machine. @returns the URL. */
  async start(host = '127.0.0.1'): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, host, resolve));
    return `http://${host}:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Calls that are open, or whose answer may not have been recorded yet. */
  inFlight(): number {
    const recent = Date.now() - UNDER_WAY_MS;
    this.#answered = this.#answered.filter((at) => at >= recent);
    return this.#open + this.#answered.length;
  }

  /** Calls beyond the first one of each. */
  get repeated(): number {
    let repeated = 0;
    for (const count of this.calls.values()) repeated += count - 1;
    return repeated;
  }

  /** Now a process is gone that asks, or whose questions are asked. */
  lost(): void {
    this.losses.push(Date.now());
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
