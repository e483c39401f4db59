import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Answers that leave the server now may be on their way to the journal for so long, at the most. */
const UNDER_WAY_MS = 500;

/** What the model answers: a score that follows from the question alone. */
export const scoreOf = (prompt: string): number =>
  (createHash('sha256').update(prompt).digest().readUInt16BE() % 201) / 100 - 1;

/** One request. */
interface Call {
  readonly key: string;
  answeredAt: number | undefined;
  /** Whether its answer may have been lost with a process. */
  excused: boolean;
}

/** A chat completion service that counts its calls. */
export class MockModel {
  readonly #server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const key = String(request.headers['idempotency-key']);
    const call: Call = { key, answeredAt: undefined, excused: false };
    this.#calls.push(call);
    // Whoever asked is gone, and maybe the answers that it got just now with it.
    response.once('close', () => {
      if (!response.writableFinished) this.lost();
    });
    const { messages } = JSON.parse(body) as { messages: { content: string }[] };
    this.calls.set(key, (this.calls.get(key) ?? 0) + 1);
    this.#open += 1;
    const [shortest, longest] = this.#latency;
    await sleep(shortest + Math.random() * (longest - shortest));
    this.#open -= 1;
    call.answeredAt = Date.now();
    this.#answered.push(call.answeredAt);
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
  readonly #calls: Call[] = [];
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

  /** Now a process is gone that asks: what is open, or answered just now, may be asked again. */
  lost(): void {
    const recent = Date.now() - UNDER_WAY_MS;
    for (let i = this.#calls.length - 1; i >= 0; i--) {
      const call = this.#calls[i] as Call;
      if (call.answeredAt === undefined || call.answeredAt >= recent) call.excused = true;
    }
  }

  /** Keys that were asked for again more often than a loss excuses. */
  repeatedWithoutLoss(): string[] {
    const excused = new Map<string, number>();
    for (const call of this.#calls) if (call.excused) excused.set(call.key, (excused.get(call.key) ?? 0) + 1);
    return [...this.calls].filter(([key, count]) => count - 1 > (excused.get(key) ?? 0)).map(([key]) => key);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
