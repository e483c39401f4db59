import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, type ClientDuplexStream, credentials, type ServiceError } from '@grpc/grpc-js';
import {
  type OperatorHello,
  operatorFrame,
  PROTOCOL,
  SERVICE,
  type WireRunRequest,
  type WireRunResult,
  type WorkerFrame,
  workerFrame,
} from '../../../runtime/wire/messages.ts';

type Request = Pick<WireRunRequest, 'id' | 'key' | 'inputId' | 'input'> & Partial<WireRunRequest>;

/** An operator's side of the stream, as a test plays it. */
export class Operator {
  readonly #client: Client;
  readonly #stream: ClientDuplexStream<Uint8Array, Uint8Array>;
  readonly frames: WorkerFrame[] = [];
  readonly results = new Map<number, WireRunResult>();
  /** Set when the stream has ended. */
  ended: ServiceError | 'orderly' | undefined;
  credits = 0;
  #wake = () => {};

  /** @param tls directory of ca.crt, tls.crt and tls.key; a worker's certificate bears the name localhost. @param known whether it shows its own certificate. */
  constructor(port: number, tls?: string, known = true) {
    const pem = (name: string) => readFileSync(join(tls ?? '', name));
    this.#client = new Client(
      tls ? `localhost:${port}` : `127.0.0.1:${port}`,
      tls === undefined
        ? credentials.createInsecure()
        : known
          ? credentials.createSsl(pem('ca.crt'), pem('tls.key'), pem('tls.crt'))
          : credentials.createSsl(pem('ca.crt')),
    );
    this.#stream = this.#client.makeBidiStreamRequest(
      `/${SERVICE}/Run`,
      (bytes: Uint8Array) => Buffer.from(bytes),
      (bytes) => bytes,
    );
    this.#stream.on('data', (bytes: Uint8Array) => {
      const frame = workerFrame.decode(bytes);
      this.frames.push(frame);
      this.credits += frame.credits;
      for (const result of frame.results) this.results.set(result.run, result);
      this.#wake();
    });
    this.#stream.on('error', (error: ServiceError) => {
      this.ended = error;
      this.#wake();
    });
    this.#stream.on('end', () => {
      this.ended ??= 'orderly';
      this.#wake();
    });
  }

  send(frame: Parameters<typeof operatorFrame.encode>[0]): void {
    this.#stream.write(operatorFrame.encode(frame));
  }

  hello(hello: Partial<OperatorHello> & Pick<OperatorHello, 'planHash'>): void {
    this.send({
      hello: {
        protocol: PROTOCOL,
        job: 'job',
        region: 'us',
        epoch: 1,
        subtask: 0,
        version: '0.1.0',
        journal: 1,
        ...hello,
      },
    });
  }

  run(...runs: readonly Request[]): void {
    this.send({ runs: runs.map((run) => ({ memory: {}, journal: [], tries: 0, traceparent: '', ...run })) });
  }

  /** Waits until something holds of what has come. */
  async until(holds: (operator: this) => boolean, withinMs = 30_000): Promise<void> {
    const deadline = Date.now() + withinMs;
    while (!holds(this)) {
      if (Date.now() > deadline)
        throw new Error(`not within ${withinMs} ms; ${this.results.size} results, ended: ${String(this.ended)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 100);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  close(): void {
    this.#stream.cancel();
    this.#client.close();
  }
}

export const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
export const parsed = (bytes: Uint8Array | undefined): unknown =>
  bytes && JSON.parse(Buffer.from(bytes).toString('utf8'));
