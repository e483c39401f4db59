import { type OperatorFrame, workerFrame } from '../wire/messages.ts';
import { AgentThread, type ThreadedRun, type ThreadedStream } from './agent-thread.ts';
import type { AgentSettings } from './settings.ts';

/** More deaths, with no run ended in between, mean that threads cannot live here. */
const MAX_BARREN_DEATHS = 5;
const ACQUITTED = 'all its runs ended';

export interface AgentThreadsOptions {
  readonly settings: AgentSettings;
  readonly threads: number;
  /** Milliseconds. */
  readonly hangAfter: number;
  readonly log: (message: string) => void;
  /** No thread can be had: the process is of no use. */
  readonly onUnusable: (reason: string) => void;
}

/**
 * The threads that run agent code. When one dies, its runs are suspects: they run again apart from all others, in halves
 * of halves, until the one that kills is found. It fails for good; the others finish.
 */
export class AgentThreads {
  readonly #options: AgentThreadsOptions;
  readonly #threads = new Set<AgentThread>();
  readonly #probation: ThreadedRun[][] = [];
  #suspected: { readonly thread: AgentThread; readonly runs: readonly ThreadedRun[] } | undefined;
  #barrenDeaths = 0;
  #closed = false;
  readonly #closedStreams = new WeakSet<ThreadedStream>();
  planHash = '';
  models: Readonly<Record<string, string>> = {};
  /** Deaths of threads since the start. */
  deaths = 0;

  constructor(options: AgentThreadsOptions) {
    this.#options = options;
  }

  /** Starts the threads. @throws Error saying why the agent cannot be run. */
  async start(): Promise<void> {
    await Promise.all(
      Array.from(
        { length: this.#options.threads },
        () => new Promise<void>((ready, failed) => this.#add(ready, failed)),
      ),
    );
  }

  run(runs: readonly ThreadedRun[]): void {
    if (runs.length) this.#leastLoaded().run(runs);
  }

  /** What an operator says about runs that it has sent. */
  about(stream: ThreadedStream, { recorded, cancelled }: OperatorFrame): void {
    for (const thread of this.#all()) {
      const about = {
        recorded: recorded.filter(({ run }) => thread.has(stream, run)),
        cancelled: cancelled.filter((run) => thread.has(stream, run)),
      };
      if (about.recorded.length || about.cancelled.length) thread.forward(stream, about);
    }
  }

  close(stream: ThreadedStream): void {
    this.#closedStreams.add(stream);
    for (const thread of this.#all()) thread.close(stream);
  }

  end(): void {
    this.#closed = true;
    for (const thread of this.#all()) thread.end('the worker ends');
  }

  #all(): AgentThread[] {
    return this.#suspected ? [...this.#threads, this.#suspected.thread] : [...this.#threads];
  }

  #leastLoaded(): AgentThread {
    let best: AgentThread | undefined;
    for (const thread of this.#threads) if (!best || thread.outstanding < best.outstanding) best = thread;
    return best ?? this.#add();
  }

  #add(ready = () => {}, failed: (error: Error) => void = () => {}): AgentThread {
    const thread = this.#thread({
      ready,
      ended: (runs, reason, unusable) => {
        this.#threads.delete(thread);
        if (unusable) failed(new Error(reason));
        this.#died(runs, reason, unusable);
      },
    });
    this.#threads.add(thread);
    return thread;
  }

  #thread(on: {
    ready: () => void;
    ended: (runs: ThreadedRun[], reason: string, unusable: boolean) => void;
    progressed?: (thread: AgentThread) => void;
  }): AgentThread {
    return new AgentThread(this.#options.settings, this.#options.hangAfter, {
      ready: (planHash, models) => {
        this.planHash = planHash;
        this.models = models;
        on.ready();
      },
      ended: (_, runs, reason, unusable) => {
        if (!this.#closed) on.ended(runs, reason, unusable);
      },
      progressed: (thread) => {
        this.#barrenDeaths = 0;
        on.progressed?.(thread);
      },
    });
  }

  #died(runs: ThreadedRun[], reason: string, unusable: boolean): void {
    this.deaths += 1;
    this.#barrenDeaths += 1;
    if (unusable || this.#barrenDeaths > MAX_BARREN_DEATHS) {
      this.#options.onUnusable(reason);
      return;
    }
    this.#options.log(
      `an agent thread died: ${reason}; ${runs.length} ${runs.length === 1 ? 'run is' : 'runs are'} tried again apart`,
    );
    if (this.#threads.size < this.#options.threads) this.#add();
    this.#suspect(runs);
  }

  #suspect(runs: ThreadedRun[]): void {
    if (runs.length) this.#probation.push(runs);
    this.#tryNext();
  }

  /** One group at a time: the thread that dies is then surely of that group. */
  #tryNext(): void {
    if (this.#suspected) return;
    const group = this.#probation.shift()?.filter((run) => !this.#closedStreams.has(run.stream));
    if (!group) return;
    if (!group.length) {
      this.#tryNext();
      return;
    }
    const thread = this.#thread({
      ready: () => {},
      ended: (left, reason) => {
        this.#suspected = undefined;
        if (reason !== ACQUITTED) this.deaths += 1;
        this.#convict(left, reason);
        this.#tryNext();
      },
      progressed: () => {
        if (thread.outstanding === 0) thread.end(ACQUITTED);
      },
    });
    this.#suspected = { thread, runs: group };
    thread.run(group);
  }

  #convict(left: ThreadedRun[], reason: string): void {
    const [only, ...others] = left;
    if (!only || reason === ACQUITTED) return;
    if (others.length) {
      const half = Math.ceil(left.length / 2);
      this.#probation.unshift(left.slice(0, half), left.slice(half));
      return;
    }
    const { stream, request } = only;
    this.#options.log(`key ${request.key}, input ${request.inputId} ends its thread: ${reason}`);
    const results = [
      {
        run: request.id,
        failed: {
          code: 'HR-RUNTIME-010',
          message: `key ${request.key}, input ${request.inputId}: ends the thread that it runs on: ${reason}`,
          retryable: false,
        },
      },
    ];
    const bytes = workerFrame.encode({ results });
    stream.deliver(workerFrame.decode(bytes), bytes);
  }
}
