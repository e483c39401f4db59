import { type ChildProcess, fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type OperatorHello,
  operatorFrame,
  type WireRunRequest,
  type WorkerFrame,
  workerFrame,
} from '../wire/messages.ts';
import type { FromProcess, ToProcess } from './process-messages.ts';
import type { AgentSettings } from './settings.ts';

const PING_MS = 1_000;
/** An agent's module may take a while to load. */
const LOAD_MS = 60_000;
/** TypeScript in a checkout, JavaScript in a build. */
const PROGRAM = fileURLToPath(
  new URL(`./agent-process-main${extname(new URL(import.meta.url).pathname)}`, import.meta.url),
);

/** A run that a process has, and whom its result goes to. */
export interface HostedRun {
  readonly stream: HostedStream;
  readonly request: WireRunRequest;
}

/** An operator's stream as processes see it. */
export interface HostedStream {
  readonly number: number;
  readonly hello: OperatorHello;
  /** Results and calls of a process, as they are to be sent. */
  deliver(frame: WorkerFrame, bytes: Uint8Array): void;
}

export interface AgentProcessEvents {
  ready(planHash: string, models: Readonly<Record<string, string>>): void;
  /** The process is no more. @param runs what it had not ended. @param unusable why it never was of use. */
  ended(child: AgentProcess, runs: HostedRun[], reason: string, unusable: boolean): void;
  /** Runs have ended. */
  progressed(child: AgentProcess): void;
}

/** A process that runs agent code. What agent code does to its process, it does to this one alone. */
export class AgentProcess {
  readonly #child: ChildProcess;
  readonly #events: AgentProcessEvents;
  readonly #runs = new Map<number, Map<number, HostedRun>>();
  readonly #streams = new Map<number, HostedStream>();
  readonly #ping: NodeJS.Timeout;
  #count = 0;
  #answeredAt = Date.now();
  #reason = '';
  #unusable = false;
  #ready = false;
  #ended = false;

  /** @param hangAfter milliseconds without an answer after which it is ended. */
  constructor(settings: AgentSettings, hangAfter: number, events: AgentProcessEvents) {
    this.#events = events;
    this.#child = fork(PROGRAM, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: [
        ...process.execArgv,
        ...(settings.heapMiB === undefined ? [] : [`--max-old-space-size=${settings.heapMiB}`]),
      ],
      // Not the terminal's Ctrl-C: the worker says when it is over.
      detached: true,
    });
    this.#post({ kind: 'start', settings });
    this.#child.on('message', (message: FromProcess) => this.#receive(message));
    this.#child.on('error', (error) => {
      this.#reason ||= error.message;
      this.#end('it cannot be started');
    });
    this.#child.on('exit', (code, signal) =>
      this.#end(signal ? `its process was ended by ${signal}` : `its process ended with code ${code}`),
    );
    this.#ping = setInterval(() => {
      const silence = Date.now() - this.#answeredAt;
      if (silence > (this.#ready ? hangAfter : Math.max(hangAfter, LOAD_MS))) this.end(`no answer for ${silence} ms`);
      else this.#post({ kind: 'ping' });
    }, PING_MS);
    this.#ping.unref();
  }

  /** Runs that have not ended. */
  get outstanding(): number {
    return this.#count;
  }

  run(runs: readonly HostedRun[]): void {
    for (const [stream, ofStream] of Map.groupBy(runs, (run) => run.stream)) {
      const known = this.#open(stream);
      for (const run of ofStream) known.set(run.request.id, run);
      this.#count += ofStream.length;
      this.forward(stream, { runs: ofStream.map((run) => run.request) });
    }
  }

  /** @param frame what an operator sent, for runs of this process. */
  forward(stream: HostedStream, frame: Parameters<typeof operatorFrame.encode>[0]): void {
    this.#post({ kind: 'frame', stream: stream.number, bytes: operatorFrame.encode(frame) });
  }

  has(stream: HostedStream, run: number): boolean {
    return this.#runs.get(stream.number)?.has(run) === true;
  }

  /** Forgets a stream and its runs. */
  close(stream: HostedStream): void {
    this.#count -= this.#runs.get(stream.number)?.size ?? 0;
    this.#runs.delete(stream.number);
    if (this.#streams.delete(stream.number)) this.#post({ kind: 'close', stream: stream.number });
  }

  /** Ends the process from outside. */
  end(reason: string): void {
    this.#reason ||= reason;
    this.#child.kill('SIGKILL');
  }

  #open(stream: HostedStream): Map<number, HostedRun> {
    const known = this.#runs.get(stream.number);
    if (known) return known;
    const { job, journal } = stream.hello;
    this.#post({ kind: 'open', stream: stream.number, job, journal });
    const runs = new Map<number, HostedRun>();
    this.#runs.set(stream.number, runs);
    this.#streams.set(stream.number, stream);
    return runs;
  }

  #receive(message: FromProcess): void {
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
    // Should the process die, the run is tried again with the calls that it has made.
    for (const { run, entry } of frame.calls) runs.get(run)?.request.journal.push(entry);
    for (const { run } of frame.results) if (runs.delete(run)) this.#count -= 1;
    stream.deliver(frame, bytes);
    if (frame.results.length) this.#events.progressed(this);
  }

  #end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#ping);
    const runs = [...this.#runs.values()].flatMap((ofStream) => [...ofStream.values()]);
    this.#events.ended(this, runs, this.#reason || reason, this.#unusable);
  }

  #post(message: ToProcess): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }
}
