import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What the gauges show, asked for at each scrape. */
export interface WorkerState {
  readonly streams: number;
  readonly inFlight: number;
  readonly draining: boolean;
  readonly processDeaths: number;
  /** Seconds since 1970; undefined without TLS. */
  readonly certificateExpiry: number | undefined;
}

/** The worker's metrics in Prometheus' text format. */
export class WorkerMetrics {
  readonly #registry = new Registry();
  readonly #runs: Counter<'end'>;
  readonly #runSeconds: Histogram;
  readonly #calls: Counter<'kind' | 'name'>;

  /** @param tls whether there is a certificate to tell of. */
  constructor(tls: boolean, state: () => WorkerState) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#runs = new Counter({
      name: 'headrace_worker_runs_total',
      help: 'Runs that ended: finished, failed (may be tried again) or rejected (for good).',
      labelNames: ['end'],
      registers,
    });
    this.#runSeconds = new Histogram({
      name: 'headrace_worker_run_seconds',
      help: 'Time from the arrival of a run to its end.',
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300],
      registers,
    });
    this.#calls = new Counter({
      name: 'headrace_worker_calls_total',
      help: 'Durable calls that were made and recorded.',
      labelNames: ['kind', 'name'],
      registers,
    });
    const gauge = (name: string, help: string, value: (now: WorkerState) => number | undefined) =>
      new Gauge({
        name: `headrace_worker_${name}`,
        help,
        registers,
        collect() {
          const found = value(state());
          if (found !== undefined) this.set(found);
        },
      });
    gauge('runs_in_flight', 'Runs that have not ended.', ({ inFlight }) => inFlight);
    gauge('streams', 'Subtasks of operators that are connected.', ({ streams }) => streams);
    gauge('draining', '1 while no new runs are taken.', ({ draining }) => Number(draining));
    gauge('agent_process_deaths', 'Agent processes that died since the start.', ({ processDeaths }) => processDeaths);
    if (tls)
      gauge(
        'certificate_expiry_seconds',
        'End of the certificate, seconds since 1970.',
        (now) => now.certificateExpiry,
      );
  }

  run(end: 'finished' | 'failed' | 'rejected', seconds: number): void {
    this.#runs.inc({ end });
    this.#runSeconds.observe(seconds);
  }

  /** @param name `chat:judge`, `tool:lookup`, `durable:charge`, `now`. */
  call(name: string): void {
    const [kind = '', rest = ''] = name.split(/:(.*)/s);
    this.#calls.inc({ kind, name: rest });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
