import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { ReplicatorMetrics } from '../../runtime/state/replicator.ts';
import type { MetricsText } from '../../runtime/worker/index.ts';

/** Which copy the metrics are about. */
export interface ReplicationLabels {
  readonly job: string;
  readonly from: string;
  readonly to: string;
}

/** A replicator's metrics in Prometheus' text format; they and their labels are read from it at each scrape. */
export function replicationMetrics(labels: () => ReplicationLabels, now: () => ReplicatorMetrics): MetricsText {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const gauge = (name: string, help: string, value: (metrics: ReplicatorMetrics) => number | undefined) =>
    new Gauge({
      name: `headrace_replicator_${name}`,
      help,
      registers,
      collect() {
        const found = value(now());
        // Absent rather than 0 before there is anything to tell.
        if (found === undefined) this.remove();
        else this.set(found);
      },
    });
  const counter = (name: string, help: string, value: (metrics: ReplicatorMetrics) => number) => {
    let shown = 0;
    new Counter({
      name: `headrace_replicator_${name}_total`,
      help,
      registers,
      collect() {
        const total = value(now());
        this.inc(total - shown);
        shown = total;
      },
    });
  };
  const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1_000);
  gauge(
    'lag_seconds',
    'Age of the newest restore point, by the trigger of its checkpoint: what a loss of the primary would cost now (RPO).',
    ({ lag }) => seconds(lag),
  );
  gauge('checkpoint', "Number of the newest restore point's checkpoint.", ({ checkpoint }) => checkpoint);
  gauge(
    'last_look_timestamp_seconds',
    "When a look at the primary's store last succeeded, seconds since 1970.",
    ({ lookedAt }) => seconds(lookedAt),
  );
  counter('restore_points', 'Restore points that were published.', (metrics) => metrics.restorePoints);
  counter('files', 'Files that were copied.', (metrics) => metrics.files);
  counter('bytes', 'Bytes that were copied.', (metrics) => metrics.bytes);
  counter('failures', 'Looks or copies that failed; they are tried again.', (metrics) => metrics.failures);
  counter(
    'refusals',
    'Checkpoints of a region that no longer owned the job, which were not copied.',
    (metrics) => metrics.refusals,
  );
  return {
    contentType: registry.contentType,
    text() {
      registry.setDefaultLabels({ ...labels() });
      return registry.metrics();
    },
  };
}
