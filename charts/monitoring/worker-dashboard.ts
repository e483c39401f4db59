import type { Release } from '../release.ts';
import type { Row } from './dashboard.ts';
import { ofRelease } from './pod-monitor.ts';
import { CRON_SUCCESS, REPLICATION_LAG, WORKER } from './worker-alerts.ts';

/** Rows of the dashboard of workers and replicator. */
export function workerRows(release: Release): Row[] {
  const of = `{${ofRelease(release)}}`;
  const quantile = (part: number) =>
    `histogram_quantile(${part}, sum by (le) (rate(${WORKER}run_seconds_bucket${of}[$__rate_interval])))`;
  return [
    {
      title: 'Runs',
      panels: [
        {
          title: 'Runs by end',
          description: 'Finished, failed (may be tried again) and rejected (for good), a second.',
          unit: 'ops',
          lines: { '{{end}}': `sum by (end) (rate(${WORKER}runs_total${of}[$__rate_interval]))` },
        },
        {
          title: 'Time in a worker',
          description: 'From the arrival of a run to its end.',
          unit: 's',
          lines: { median: quantile(0.5), '95 %': quantile(0.95), '99 %': quantile(0.99) },
        },
        {
          title: 'Calls',
          description: 'Calls of models and tools that were made and recorded, a second.',
          unit: 'ops',
          lines: { '{{kind}} {{name}}': `sum by (kind, name) (rate(${WORKER}calls_total${of}[$__rate_interval]))` },
        },
      ],
    },
    {
      title: 'Workers',
      panels: [
        {
          title: 'Runs in flight',
          description: 'What the autoscaler looks at.',
          unit: 'short',
          lines: { '{{pod}}': `${WORKER}runs_in_flight${of}` },
        },
        {
          title: 'Workers that take runs',
          description: 'Those that answer and do not drain, and the streams of subtasks that are connected to them.',
          unit: 'short',
          lines: { workers: `count(${WORKER}draining${of} == 0)`, streams: `sum(${WORKER}streams${of})` },
        },
        {
          title: 'Agent processes that died',
          description: 'Within 15 minutes.',
          unit: 'short',
          lines: { '{{pod}}': `increase(${WORKER}agent_process_deaths${of}[15m])` },
        },
        {
          title: 'CPU',
          description: 'Cores in use, agent processes not counted.',
          unit: 'short',
          lines: { '{{pod}}': `rate(process_cpu_seconds_total${of}[$__rate_interval])` },
        },
        {
          title: 'Memory',
          description: 'Resident memory of the worker process.',
          unit: 'bytes',
          lines: { '{{pod}}': `process_resident_memory_bytes${of}` },
        },
        {
          title: 'Event loop lag',
          description: 'How late the worker process gets to what is due; 99 of 100 times less.',
          unit: 's',
          lines: { '{{pod}}': `nodejs_eventloop_lag_p99_seconds${of}` },
        },
      ],
    },
    {
      title: 'Certificates, replication, schedules',
      panels: [
        {
          title: 'Certificate ends in',
          description: "The worker's own certificate; renewed ones are read without a restart.",
          unit: 's',
          lines: { '{{pod}}': `${WORKER}certificate_expiry_seconds${of} - time()` },
        },
        {
          title: 'Replication lag',
          description: 'Age of the newest restore point that was copied, by source region.',
          unit: 's',
          lines: { '{{exported_job}} from {{from}}': `max by (exported_job, from) (${REPLICATION_LAG}${of})` },
        },
        {
          title: 'Since the last success',
          description: 'Savepoint and restore test; from kube-state-metrics.',
          unit: 's',
          lines: {
            '{{cronjob}}': `time() - max by (cronjob) (${CRON_SUCCESS}{namespace="${release.namespace}",cronjob=~"${release.name}-(savepoint|restore-test)"})`,
          },
        },
      ],
    },
  ];
}
