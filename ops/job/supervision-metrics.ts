import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { MetricsText } from '../../runtime/worker/index.ts';
import type { Supervision } from './supervise.ts';

/** A supervisor's metrics in Prometheus' text format, read from it at each scrape. */
export function supervisionMetrics(job: string, now: () => Supervision): MetricsText {
  const registry = new Registry();
  registry.setDefaultLabels({ job_name: job });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const prefix = 'headrace_job_';
  new Gauge({
    name: `${prefix}as_described`,
    help: '1 while the version that the deployment file describes runs.',
    registers,
    collect() {
      this.set(Number(now().running));
    },
  });
  new Gauge({
    name: `${prefix}stands_by`,
    help: '1 while this region leaves the job to another one.',
    registers,
    collect() {
      this.set(Number(now().standingBy !== undefined));
    },
  });
  const counter = (name: string, help: string, value: (state: Supervision) => number) => {
    let shown = 0;
    new Counter({
      name: `${prefix}${name}_total`,
      help,
      registers,
      collect() {
        const next = value(now());
        this.inc(next - shown);
        shown = next;
      },
    });
  };
  counter('looks', 'Looks at the job.', (state) => state.looks);
  counter('failed_looks', 'Looks after which the version did not run.', (state) => state.failures);
  counter('changes', 'Starts and upgrades.', (state) => state.changes);
  return { contentType: registry.contentType, text: () => registry.metrics() };
}
