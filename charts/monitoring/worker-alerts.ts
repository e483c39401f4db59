import { z } from 'zod';
import type { DeploymentModel } from '../../config/index.ts';
import type { Release } from '../release.ts';
import { ofRelease } from './pod-monitor.ts';
import type { Alert } from './prometheus-rule.ts';

const count = z.number().int().min(0);
const seconds = z.number().int().min(1);
const toSeconds = (milliseconds: number) => Math.ceil(milliseconds / 1000);
const DAY_SECONDS = 86_400;

export const workerThresholds = {
  processDeaths: count.describe('Agent processes that died in a worker within 15 minutes that are still let pass.'),
  failedPercent: count.describe('Runs that failed in a worker, in percent of all, that are still let pass.'),
  certificateExpirySeconds: seconds.describe(
    "Seconds before the end of a worker's certificate at which renewal counts as missed.",
  ),
  rpoSeconds: seconds.describe('Seconds that the copy of the state may lag. Default: dr.rpo.'),
  savepointAgeSeconds: seconds.describe('Seconds since the last savepoint. Default: twice state.savepoint.every.'),
  restoreTestAgeSeconds: seconds.describe('Seconds since the last restore test. Default: twice dr.restoreTest.every.'),
};
export type WorkerThresholds = z.infer<z.ZodObject<typeof workerThresholds>>;

export const workerThresholdValues = ({ dr, state }: DeploymentModel): WorkerThresholds => ({
  processDeaths: 3,
  failedPercent: 20,
  certificateExpirySeconds: 2 * DAY_SECONDS,
  rpoSeconds: toSeconds(dr.rpo),
  savepointAgeSeconds: toSeconds(2 * state.savepoint.every),
  restoreTestAgeSeconds: toSeconds(2 * dr.restoreTest.every),
});

export const WORKER = 'headrace_worker_';
/** Its own label `job` is `exported_job` once it is scraped: Prometheus has a `job` of its own. */
export const REPLICATION_LAG = 'headrace_replicator_lag_seconds';
/** When a CronJob last succeeded, from kube-state-metrics; where that is not installed the alerts stay silent. */
export const CRON_SUCCESS = 'kube_cronjob_status_last_successful_time';

/**
 * Alerts on workers, replicator and what runs by the clock.
 * @param workers how many there should be at least.
 */
export function workerAlerts(release: Release, at: WorkerThresholds, workers: number): Alert[] {
  const of = ofRelease(release);
  const sinceSuccess = (cronJob: string, age: number) =>
    `time() - max(${CRON_SUCCESS}{namespace="${release.namespace}",cronjob="${release.name}-${cronJob}"}) > ${age}`;
  return [
    {
      name: 'HeadraceWorkersMissing',
      // A worker that drains answers, but takes nothing.
      expr: `(count(${WORKER}draining{${of}} == 0 and on(pod) up{${of}} == 1) or on() vector(0)) < ${workers}`,
      for: '5m',
      severity: 'critical',
      summary: 'Fewer workers than there should be take runs.',
      description: `{{ $value }} of at least ${workers} workers take runs; the rest are down, drain or cannot be scraped.`,
    },
    {
      name: 'HeadraceWorkerIdle',
      expr: `${WORKER}streams{${of}} == 0 and on() sum(${WORKER}streams{${of}}) > 0`,
      for: '10m',
      severity: 'warning',
      summary: 'A worker gets no runs though others do.',
      description:
        'No subtask is connected to {{ $labels.pod }}: its certificate, its address or a network policy keeps Flink away.',
    },
    {
      name: 'HeadraceAgentProcessesDie',
      expr: `increase(${WORKER}agent_process_deaths{${of}}[15m]) > ${at.processDeaths}`,
      for: '0m',
      severity: 'warning',
      summary: 'Agent processes die.',
      description:
        '{{ $value | humanize }} agent processes died in {{ $labels.pod }} in 15 minutes; their runs are tried again elsewhere.',
    },
    {
      name: 'HeadraceRunsFail',
      expr: `100 * sum(rate(${WORKER}runs_total{${of},end="failed"}[10m])) / (sum(rate(${WORKER}runs_total{${of}}[10m])) > 0) > ${at.failedPercent}`,
      for: '10m',
      severity: 'warning',
      summary: 'Many runs fail in the workers.',
      description: '{{ $value | humanize }} % of all runs failed: a model, a tool or the agent itself.',
    },
    {
      name: 'HeadraceCertificateExpires',
      expr: `${WORKER}certificate_expiry_seconds{${of}} - time() < ${at.certificateExpirySeconds}`,
      for: '15m',
      severity: 'critical',
      summary: "A worker's certificate was not renewed.",
      description:
        'The certificate of {{ $labels.pod }} ends in {{ $value | humanizeDuration }}. From then on the worker takes no runs.',
    },
    {
      name: 'HeadraceReplicationLags',
      expr: `max by (exported_job, from) (${REPLICATION_LAG}{${of}}) > ${at.rpoSeconds}`,
      for: '2m',
      severity: 'critical',
      summary: 'The copy of the state is older than the objective allows.',
      description: `The newest restore point of job {{ $labels.exported_job }} that was copied from {{ $labels.from }} is {{ $value | humanizeDuration }} behind; ${at.rpoSeconds} s is the objective.`,
    },
    {
      name: 'HeadraceSavepointStale',
      expr: sinceSuccess('savepoint', at.savepointAgeSeconds),
      for: '15m',
      severity: 'warning',
      summary: 'No savepoint was made for long.',
      description: 'The last savepoint succeeded {{ $value | humanizeDuration }} ago.',
    },
    {
      name: 'HeadraceRestoreTestStale',
      expr: sinceSuccess('restore-test', at.restoreTestAgeSeconds),
      for: '15m',
      severity: 'warning',
      summary: 'No restore was proven for long.',
      description: 'The last restore test succeeded {{ $value | humanizeDuration }} ago.',
    },
  ];
}
