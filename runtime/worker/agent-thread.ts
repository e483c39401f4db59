import { Worker } from 'node:worker_threads';
import {
  type OperatorHello,
  operatorFrame,
  type WireRunRequest,
  type WorkerFrame,
  workerFrame,
} from '../wire/messages.ts';
import type { AgentSettings } from './settings.ts';
import type { FromThread, ToThread } from './thread-messages.ts';

const PING_MS = 1_000;

/** A run that a thread has, and whom its result goes to. */
export interface ThreadedRun {
  readonly stream: ThreadedStream;
  readonly request: WireRunRequest;
}

/** An operator's stream as threads see it. */
export interface ThreadedStream {
  readonly number: number;
  readonly hello: OperatorHello;
  /** Results and calls of a thread, as they are to be sent. */
  deliver(frame: WorkerFrame, bytes: Uint8Array): void;
}

export interface AgentThreadEvents {
  ready(planHash: string, models: Readonly<Record<string, string>>): void;
  /** The thread is no more. @param runs what it had not ended. @param unusable why it never was of use. */
  ended(thread: AgentThread, runs: ThreadedRun[], reason: string, unusable: boolean): void;
  /** Runs have ended. */
  progressed(thread: AgentThread): void;
}

/** A thread that runs agent code. What agent code does to its thread, it does to this one alone. */
export class AgentThread {
  readonly #worker: Worker;
  readonly #events: AgentThreadEvents;
  readonly #runs = new Map<number, Map<number, ThreadedRun>>();
  readonly #streams = new Map<number, ThreadedStream>();
  readonly #ping: NodeJS.Timeout;
  #count = 0;
  #answeredAt = Date.now();
  #reason = '';
  #unusable = false;
  #ready = false;

  constructor(settings: AgentSettings, hangAfter: number, events: AgentThreadEvents) {
    this.#events = events;
    this.#worker = new Worker(new URL('./agent-thread-main.ts', import.meta.url), {
      workerData: settings,
      name: 'agent',
      ...(settings.heapMiB === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: settings.heapMiB } }),
    });
    this.#worker.on('message', (message: FromThread) => this.#receive(message));
    this.#worker.on('error', (error) => {
      this.#reason ||= error.message;
    });
    this.#worker.on('exit', (code) => this.#ended(code));
    this.#ping = setInterval(() => {
      if (this.#ready && Date.now() - this.#answeredAt > hangAfter) this.end(`no answer for ${hangAfter} ms`);
      else this.#post({ kind: 'ping' });
    }, PING_MS);
    this.#ping.unref();
  }

  /** Runs that have not ended. */
  get outstanding(): number {
    return this.#count;
  }

  run(runs: readonly ThreadedRun[]): void {
    for (const [stream, ofStream] of Map.groupBy(runs, (run) => run.stream)) {
      const known = this.#open(stream);
      for (const run of ofStream) known.set(run.request.id, run);
      this.#count += ofStream.length;
      this.forward(stream, { runs: ofStream.map((run) => run.request) });
    }
  }

  /** @param frame what an operator sent, for runs of this thread. */
  forward(stream: ThreadedStream, frame: Parameters<typeof operatorFrame.encode>[0]): void {
    const bytes = new Uint8Array(operatorFrame.encode(frame));
    this.#post({ kind: 'frame', stream: stream.number, bytes }, [bytes.buffer]);
  }

  has(stream: ThreadedStream, run: number): boolean {
    return this.#runs.get(stream.number)?.has(run) === true;
  }

  /** Forgets a stream and its runs. */
  close(stream: ThreadedStream): void {
    this.#count -= this.#runs.get(stream.number)?.size ?? 0;
    this.#runs.delete(stream.number);
    if (this.#streams.delete(stream.number)) this.#post({ kind: 'close', stream: stream.number });
  }

  /** Ends the thread from outside. */
  end(reason: string): void {
    this.#reason ||= reason;
    void this.#worker.terminate();
  }

  #open(stream: ThreadedStream): Map<number, ThreadedRun> {
    const known = this.#runs.get(stream.number);
    if (known) return known;
    const { job, journal } = stream.hello;
    this.#post({ kind: 'open', stream: stream.number, job, journal });
    const runs = new Map<number, ThreadedRun>();
    this.#runs.set(stream.number, runs);
    this.#streams.set(stream.number, stream);
    return runs;
  }

  #receive(message: FromThread): void {
    this.#answeredAt = Date.now();
    switch (message.kind) {
      case 'ready':
        this.#ready = true;
        this.#events.ready(message.planHash, message.models);
        break;
      case 'unusable':
        this.#unusable = true;
        this.end(message.message);
        break;
      case 'frame':
        this.#results(message.stream, message.bytes);
        break;
      case 'pong':
    }
  }

  #results(number: number, bytes: Uint8Array): void {
    const runs = this.#runs.get(number);
    const stream = this.#streams.get(number);
    if (!runs || !stream) return;
    const frame = workerFrame.decode(bytes);
    // Should the thread die, the run is tried again with the calls that it has made.
    for (const { run, entry } of frame.calls) runs.get(run)?.request.journal.push(entry);
    for (const { run } of frame.results) if (runs.delete(run)) this.#count -= 1;
    stream.deliver(frame, bytes);
    if (frame.results.length) this.#events.progressed(this);
  }

  #ended(code: number): void {
    clearInterval(this.#ping);
    const runs = [...this.#runs.values()].flatMap((ofStream) => [...ofStream.values()]);
    this.#events.ended(this, runs, this.#reason || `its thread ended with code ${code}`, this.#unusable);
  }

  #post(message: ToThread, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}
