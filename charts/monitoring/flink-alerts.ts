import { z } from 'zod';
import { type DeploymentModel, jobNameOf, type RegionModel } from '../../config/index.ts';
import type { Release } from '../release.ts';
import { ofRelease } from './pod-monitor.ts';
import type { Alert } from './prometheus-rule.ts';

const count = z.number().int().min(0);
const seconds = z.number().int().min(1);

export const flinkThresholds = {
  job: z
    .string()
    .min(1)
    .describe(
      "The region's own job in Prometheus: a regular expression of its name, since Flink writes _ for what is no letter or digit.",
    ),
  expectedJobs: count.describe('Own jobs that should run in this cluster: 0 in a region that stands by.'),
  restarts: count.describe('Restarts of the job within 15 minutes that are still let pass.'),
  failedCheckpoints: count.describe('Failed checkpoints within 15 minutes that are still let pass.'),
  checkpointLateSeconds: seconds.describe(
    'Age of the last checkpoint that is late, in seconds. Default: half of dr.rpo, but three intervals at least and ten at most.',
  ),
  rpoSeconds: seconds.describe('Age of the last checkpoint that breaks the objective, in seconds. Default: dr.rpo.'),
  checkpointDurationMs: count.describe(
    'Duration of a checkpoint before a warning, in ms. Default: four fifths of the timeout.',
  ),
  backpressureMsPerSecond: count.max(1000).describe('Share of its time that a task waits for the next one, in ms/s.'),
  unfinishedInputs: z
    .number()
    .int()
    .min(1)
    .describe('Unfinished inputs of a subtask that count as at the limit. Default: 95 % of agent.inFlight.'),
  deadLetters: count.describe('Dead letters within 15 minutes that are still let pass.'),
  retryPercent: count.describe('Retries in percent of finished runs that are still let pass.'),
};
export type FlinkThresholds = z.infer<z.ZodObject<typeof flinkThresholds>>;

/**
 * Matches a job's name as Flink's reporter writes it: with _ for whatever is not of [a-zA-Z0-9:_] (Flink, "Metric Reporters",
 * `filterLabelValueCharacters`), or unchanged where somebody turns that off.
 */
export const jobPattern = (job: string): string => job.replaceAll(/[^a-zA-Z0-9:_]/g, '.');

export function flinkThresholdValues(deployment: DeploymentModel, region: RegionModel): FlinkThresholds {
  const { agent, dr, state } = deployment;
  const { interval, minPause, timeout } = state.checkpoint;
  const cycle = interval + minPause;
  return {
    job: jobPattern(jobNameOf(deployment, region)),
    expectedJobs: region.role === 'active' ? 1 : 0,
    restarts: 3,
    failedCheckpoints: 3,
    checkpointLateSeconds: Math.ceil(Math.max(3 * cycle, Math.min(dr.rpo / 2, 10 * cycle)) / 1000),
    rpoSeconds: Math.ceil(dr.rpo / 1000),
    checkpointDurationMs: Math.floor(0.8 * timeout),
    backpressureMsPerSecond: 800,
    unfinishedInputs: Math.max(1, Math.floor(0.95 * agent.inFlight)),
    deadLetters: 0,
    retryPercent: 20,
  };
}

export const JOB = 'flink_jobmanager_job_';
export const TASK = 'flink_taskmanager_job_task_';
/** The bridge's own metrics, of its operator's subtasks. */
export const AGENT = 'flink_taskmanager_job_task_operator_headrace_';

/**
 * Alerts on Flink and the job.
 * @param taskManagers how many there should be.
 */
export function flinkAlerts(release: Release, at: FlinkThresholds, taskManagers: number): Alert[] {
  const of = `{${ofRelease(release)}}`;
  // In active-active another region's job may run beside it.
  const own = `{${ofRelease(release)},job_name=~"${at.job}"}`;
  // A job that completed none yet shows -1; its age is then the time that it has been running.
  const checkpointAge = `(time() - max by (job_name) (${JOB}lastCheckpointCompletedTimestamp${of} > 0) / 1000 or max by (job_name) (${JOB}uptime${of}) / 1000)`;
  return [
    {
      name: 'HeadraceJobNotRunning',
      expr: `(sum(${JOB}runningState${own}) or on() vector(0)) < ${at.expectedJobs}`,
      for: '2m',
      severity: 'critical',
      summary: 'The job does not run.',
      description:
        'No input of the region is processed. {{ $value }} of its own jobs run; the cluster has none, or it restarts or fails.',
    },
    {
      name: 'HeadraceNoLeader',
      expr: `absent(flink_jobmanager_numRunningJobs${of})`,
      for: '1m',
      severity: 'critical',
      summary: 'No JobManager leads.',
      description: 'No job can be started or recovered, and no checkpoint is made, until one is elected.',
    },
    {
      name: 'HeadraceTaskManagerLost',
      expr: `max(flink_jobmanager_numRegisteredTaskManagers${of}) < ${taskManagers}`,
      for: '3m',
      severity: 'warning',
      summary: 'A TaskManager is missing.',
      description: `{{ $value }} of ${taskManagers} TaskManagers are registered: without spare slots the job cannot run.`,
    },
    {
      name: 'HeadraceJobRestarting',
      expr: `sum by (job_name) (increase(${JOB}numRestarts${of}[15m])) > ${at.restarts}`,
      for: '0m',
      severity: 'warning',
      summary: 'The job restarts again and again.',
      description:
        '{{ $labels.job_name }} restarted {{ $value | humanize }} times in 15 minutes; each time work since the last checkpoint is done again.',
    },
    {
      name: 'HeadraceCheckpointsFail',
      expr: `sum by (job_name) (increase(${JOB}numberOfFailedCheckpoints${of}[15m])) > ${at.failedCheckpoints}`,
      for: '0m',
      severity: 'warning',
      summary: 'Checkpoints fail.',
      description:
        '{{ $value | humanize }} checkpoints of {{ $labels.job_name }} failed in 15 minutes; after too many in a row the job restarts.',
    },
    {
      name: 'HeadraceCheckpointLate',
      expr: `${checkpointAge} > ${at.checkpointLateSeconds}`,
      for: '1m',
      severity: 'warning',
      summary: 'No checkpoint was completed for long.',
      description: `The last checkpoint of {{ $labels.job_name }} was completed {{ $value | humanizeDuration }} ago; ${at.checkpointLateSeconds} s are let pass.`,
    },
    {
      name: 'HeadraceCheckpointOlderThanObjective',
      expr: `${checkpointAge} > ${at.rpoSeconds}`,
      for: '1m',
      severity: 'critical',
      summary: 'A failover now would lose more work than the objective allows.',
      description: `The last checkpoint of {{ $labels.job_name }} was completed {{ $value | humanizeDuration }} ago; the recovery point objective is ${at.rpoSeconds} s. Outputs that wait for one are not visible.`,
    },
    {
      name: 'HeadraceCheckpointSlow',
      expr: `max by (job_name) (${JOB}lastCheckpointDuration${of}) > ${at.checkpointDurationMs}`,
      for: '5m',
      severity: 'warning',
      summary: 'Checkpoints take nearly as long as they may.',
      description: `The last checkpoint of {{ $labels.job_name }} took {{ $value }} ms; from ${at.checkpointDurationMs} ms on it is near the timeout, after which it fails.`,
    },
    {
      name: 'HeadraceBackpressure',
      expr: `max by (job_name, task_name) (avg_over_time(${TASK}backPressuredTimeMsPerSecond${of}[5m])) > ${at.backpressureMsPerSecond}`,
      for: '30m',
      severity: 'warning',
      summary: 'A task has been held back for long.',
      description:
        '{{ $labels.task_name }} of {{ $labels.job_name }} waits {{ $value | humanize }} ms of every second for the next task: inputs pile up at the source.',
    },
    {
      name: 'HeadraceInputsAtLimit',
      expr: `max by (job_name) (${AGENT}runsInFlight${of} + ${AGENT}runsPending${of}) >= ${at.unfinishedInputs}`,
      for: '15m',
      severity: 'warning',
      summary: 'A subtask holds as many unfinished inputs as it may.',
      description:
        'A subtask of {{ $labels.job_name }} has {{ $value }} unfinished inputs and takes no more: workers or models are too slow for the stream.',
    },
    {
      name: 'HeadraceNoWorkers',
      expr: `min by (job_name) (${AGENT}workers${of}) < 1`,
      for: '2m',
      severity: 'critical',
      summary: 'A subtask has no worker.',
      description:
        'A subtask of {{ $labels.job_name }} is connected to no worker: workers are down, refuse its certificate, or a policy is in the way.',
    },
    {
      name: 'HeadraceDeadLetters',
      expr: `sum by (job_name) (increase(${AGENT}deadLetters${of}[15m])) > ${at.deadLetters}`,
      for: '0m',
      severity: 'warning',
      summary: 'Inputs became dead letters.',
      description:
        '{{ $value | humanize }} inputs of {{ $labels.job_name }} were given up in 15 minutes; the dead-letter topic says why.',
    },
    {
      name: 'HeadraceRetries',
      expr: `100 * sum by (job_name) (rate(${AGENT}retries${of}[10m])) / (sum by (job_name) (rate(${AGENT}runsFinished${of}[10m])) > 0) > ${at.retryPercent}`,
      for: '10m',
      severity: 'warning',
      summary: 'Many runs are tried again.',
      description: '{{ $value | humanize }} % of the runs of {{ $labels.job_name }} failed and are tried again.',
    },
  ];
}
