import { type OperatorFrame, workerFrame } from '../wire/messages.ts';
import { AgentProcess, type HostedRun, type HostedStream } from './agent-process.ts';
import type { AgentSettings } from './settings.ts';

/** More deaths, with no run ended in between, mean that processes cannot live here. */
const MAX_BARREN_DEATHS = 5;
/** Part of the time that a lone run has. */
const GROUP_PATIENCE = 6;
const ACQUITTED = 'all its runs ended';

export interface AgentProcessesOptions {
  readonly settings: AgentSettings;
  readonly processes: number;
  /** Milliseconds. */
  readonly hangAfter: number;
  readonly log: (message: string) => void;
  /** No process can be had: the worker is of no use. */
  readonly onUnusable: (reason: string) => void;
}

/**
 * The processes that run agent code. When one dies, its runs are suspects: they run again apart from all others, in halves
 * of halves, until the one that kills is found. It fails for good; the others finish.
 */
export class AgentProcesses {
  readonly #options: AgentProcessesOptions;
  readonly #processes = new Set<AgentProcess>();
  readonly #probation: HostedRun[][] = [];
  #suspected: { readonly child: AgentProcess; readonly runs: readonly HostedRun[] } | undefined;
  #barrenDeaths = 0;
  #closed = false;
  readonly #closedStreams = new WeakSet<HostedStream>();
  planHash = '';
  models: Readonly<Record<string, string>> = {};
  /** Deaths of processes since the start. */
  deaths = 0;

  constructor(options: AgentProcessesOptions) {
    this.#options = options;
  }

  /** Starts the processes. @throws Error saying why the agent cannot be run. */
  async start(): Promise<void> {
    await Promise.all(
      Array.from(
        { length: this.#options.processes },
        () => new Promise<void>((ready, failed) => this.#add(ready, failed)),
      ),
    );
  }

  run(runs: readonly HostedRun[]): void {
    if (runs.length) this.#leastLoaded().run(runs);
  }

  /** What an operator says about runs that it has sent. */
  about(stream: HostedStream, { recorded, cancelled }: OperatorFrame): void {
    for (const child of this.#all()) {
      const about = {
        recorded: recorded.filter(({ run }) => child.has(stream, run)),
        cancelled: cancelled.filter((run) => child.has(stream, run)),
      };
      if (about.recorded.length || about.cancelled.length) child.forward(stream, about);
    }
  }

  close(stream: HostedStream): void {
    this.#closedStreams.add(stream);
    for (const child of this.#all()) child.close(stream);
  }

  end(): void {
    this.#closed = true;
    for (const child of this.#all()) child.end('the worker ends');
  }

  #all(): AgentProcess[] {
    return this.#suspected ? [...this.#processes, this.#suspected.child] : [...this.#processes];
  }

  #leastLoaded(): AgentProcess {
    let best: AgentProcess | undefined;
    for (const child of this.#processes) if (!best || child.outstanding < best.outstanding) best = child;
    return best ?? this.#add();
  }

  #add(ready = () => {}, failed: (error: Error) => void = () => {}): AgentProcess {
    const child = this.#spawn(this.#options.hangAfter, {
      ready,
      ended: (runs, reason, unusable) => {
        this.#processes.delete(child);
        if (unusable) failed(new Error(reason));
        this.#died(runs, reason, unusable);
      },
    });
    this.#processes.add(child);
    return child;
  }

  #spawn(
    hangAfter: number,
    on: {
      ready: () => void;
      ended: (runs: HostedRun[], reason: string, unusable: boolean) => void;
      progressed?: (child: AgentProcess) => void;
    },
  ): AgentProcess {
    return new AgentProcess(this.#options.settings, hangAfter, {
      ready: (planHash, models) => {
        this.planHash = planHash;
        this.models = models;
        on.ready();
      },
      ended: (_, runs, reason, unusable) => {
        if (!this.#closed) on.ended(runs, reason, unusable);
      },
      progressed: (child) => {
        this.#barrenDeaths = 0;
        on.progressed?.(child);
      },
    });
  }

  #died(runs: HostedRun[], reason: string, unusable: boolean): void {
    this.deaths += 1;
    this.#barrenDeaths += 1;
    if (unusable || this.#barrenDeaths > MAX_BARREN_DEATHS) {
      this.#options.onUnusable(reason);
      return;
    }
    this.#options.log(
      `an agent process died: ${reason}; ${runs.length} ${runs.length === 1 ? 'run is' : 'runs are'} tried again apart`,
    );
    if (this.#processes.size < this.#options.processes) this.#add();
    this.#suspect(runs);
  }

  #suspect(runs: HostedRun[]): void {
    if (runs.length) this.#probation.push(runs);
    this.#tryNext();
  }

  /** One group at a time: the process that dies is then surely of that group. */
  #tryNext(): void {
    if (this.#suspected) return;
    const group = this.#probation.shift()?.filter((run) => !this.#closedStreams.has(run.stream));
    if (!group) return;
    if (!group.length) {
      this.#tryNext();
      return;
    }
    // It hung once: where many wait for the guilty one to be found, less patience is enough.
    const patience = this.#options.hangAfter / (group.length > 1 ? GROUP_PATIENCE : 1);
    const child = this.#spawn(patience, {
      ready: () => {},
      ended: (left, reason) => {
        this.#suspected = undefined;
        if (reason !== ACQUITTED) this.deaths += 1;
        this.#convict(left, reason);
        this.#tryNext();
      },
      progressed: () => {
        if (child.outstanding === 0) child.end(ACQUITTED);
      },
    });
    this.#suspected = { child, runs: group };
    child.run(group);
  }

  #convict(left: HostedRun[], reason: string): void {
    const [only, ...others] = left;
    if (!only || reason === ACQUITTED) return;
    if (others.length) {
      const half = Math.ceil(left.length / 2);
      this.#probation.unshift(left.slice(0, half), left.slice(half));
      return;
    }
    const { stream, request } = only;
    this.#options.log(`key ${request.key}, input ${request.inputId} ends its process: ${reason}`);
    const results = [
      {
        run: request.id,
        failed: {
          code: 'HR-RUNTIME-010',
          message: `key ${request.key}, input ${request.inputId}: ends the process that it runs on: ${reason}`,
          retryable: false,
        },
      },
    ];
    const bytes = workerFrame.encode({ results });
    stream.deliver(workerFrame.decode(bytes), bytes);
  }
}
