import { type ServerDuplexStream, status } from '@grpc/grpc-js';
import {
  type OperatorFrame,
  type OperatorHello,
  operatorFrame,
  PROTOCOL,
  type WorkerFrame,
  workerFrame,
} from '../wire/messages.ts';
import type { HostedStream } from './agent-process.ts';
import type { AgentProcesses } from './agent-processes.ts';
import type { WorkerMetrics } from './metrics.ts';
import type { WorkerSettings } from './settings.ts';

export interface StreamOptions {
  readonly number: number;
  readonly settings: WorkerSettings;
  readonly processes: AgentProcesses;
  readonly metrics: WorkerMetrics;
  readonly isDraining: () => boolean;
  readonly log: (message: string) => void;
  readonly onEnd: (stream: OperatorStream) => void;
}

export type Call = ServerDuplexStream<Uint8Array, Uint8Array>;

/** One subtask of an operator, for as long as it is connected. */
export class OperatorStream implements HostedStream {
  readonly number: number;
  readonly #call: Call;
  readonly #options: StreamOptions;
  #hello: OperatorHello | undefined;
  readonly #started = new Map<number, number>();
  #ended = false;

  constructor(call: Call, options: StreamOptions) {
    this.number = options.number;
    this.#call = call;
    this.#options = options;
    call.on('data', (bytes: Uint8Array) => this.#receive(bytes));
    call.on('end', () => this.#end());
    call.on('cancelled', () => this.#end());
    call.on('error', () => this.#end());
  }

  get hello(): OperatorHello {
    if (!this.#hello) throw new Error('the operator has not said hello');
    return this.#hello;
  }

  /** Runs that have not ended. */
  get outstanding(): number {
    return this.#started.size;
  }

  deliver(frame: WorkerFrame, bytes: Uint8Array): void {
    if (this.#ended) return;
    const { metrics } = this.#options;
    const now = performance.now();
    for (const { entry } of frame.calls) metrics.call(entry.name);
    let credits = 0;
    for (const { run, failed } of frame.results) {
      const started = this.#started.get(run);
      if (started === undefined || !this.#started.delete(run)) continue;
      credits += 1;
      metrics.run(failed ? (failed.retryable ? 'failed' : 'rejected') : 'finished', (now - started) / 1000);
    }
    // Frames behind one another are one: the credits need no new encoding of the results.
    const grant = credits && !this.#options.isDraining() ? workerFrame.encode({ credits }) : undefined;
    this.#call.write(grant ? Buffer.concat([bytes, grant]) : bytes);
  }

  /** Says that no new runs are taken. */
  drain(): void {
    if (!this.#ended && this.#hello) this.#call.write(workerFrame.encode({ draining: true }));
  }

  /** Hands back what has not ended, and ends the stream. */
  finish(): void {
    if (this.#ended) return;
    const returned = [...this.#started.keys()];
    if (returned.length) this.#call.write(workerFrame.encode({ returned }));
    this.#call.end();
    this.#end();
  }

  #receive(bytes: Uint8Array): void {
    if (this.#ended) return;
    let frame: OperatorFrame;
    try {
      frame = operatorFrame.decode(bytes);
    } catch (error) {
      this.#refuse(`a frame cannot be read: ${(error as Error).message}`, status.INVALID_ARGUMENT);
      return;
    }
    if (!this.#hello) {
      this.#welcome(frame);
      return;
    }
    const { processes } = this.#options;
    if (frame.recorded.length || frame.cancelled.length) processes.about(this, frame);
    for (const id of frame.cancelled) this.#started.delete(id);
    const now = performance.now();
    if (this.#options.isDraining() && frame.runs.length) {
      // They crossed the notice on the wire.
      this.#call.write(workerFrame.encode({ returned: frame.runs.map(({ id }) => id) }));
      return;
    }
    for (const { id } of frame.runs) this.#started.set(id, now);
    processes.run(frame.runs.map((request) => ({ stream: this, request })));
  }

  #welcome({ hello }: OperatorFrame): void {
    const { settings, processes, isDraining, log } = this.#options;
    const draining = isDraining();
    if (!hello) {
      this.#refuse('the first frame is no hello', status.INVALID_ARGUMENT);
      return;
    }
    const refusal = whyNot(hello, settings, processes.planHash, draining);
    if (refusal) {
      log(`refuses the operator of ${hello.job}, subtask ${hello.subtask}: ${refusal}`);
      this.#refuse(refusal, draining ? status.UNAVAILABLE : status.FAILED_PRECONDITION);
      return;
    }
    this.#hello = hello;
    log(`serves ${hello.job} of ${hello.region}, epoch ${hello.epoch}, subtask ${hello.subtask}`);
    this.#call.write(
      workerFrame.encode({
        hello: { protocol: PROTOCOL, planHash: processes.planHash, version: settings.version, worker: settings.name },
        credits: settings.inFlight,
      }),
    );
  }

  #refuse(details: string, code: status): void {
    this.#ended = true;
    this.#call.emit('error', { code, details, name: 'Refused', message: details });
    this.#options.onEnd(this);
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#started.clear();
    this.#options.processes.close(this);
    this.#options.onEnd(this);
    this.#call.end();
  }
}

/** Why an operator is not served, with what to do; undefined when it is. */
function whyNot(
  hello: OperatorHello,
  settings: WorkerSettings,
  planHash: string,
  draining: boolean,
): string | undefined {
  if (draining) return 'this worker is going away';
  if (hello.protocol !== PROTOCOL)
    return `the operator (Headrace ${hello.version}) speaks protocol ${hello.protocol}, this worker (Headrace ${settings.version}) ${PROTOCOL}; deploy both from one version`;
  if (!settings.jobs.includes(hello.job))
    return `the operator runs job ${hello.job}, this worker serves ${settings.jobs.join(', ')}; check workers.targets of the job, or the worker's deployment file`;
  if (hello.planHash !== planHash)
    return `the job was submitted with agent plan ${hello.planHash.slice(0, 12)}, this worker has ${planHash.slice(0, 12)}; roll out the workers of the job's version, or submit the job again`;
  return undefined;
}
