import type { DeploymentModel, RegionModel } from '../config/index.ts';

/** A condition on the metrics that each cloud's managed Prometheus collects from Flink. */
export interface JobAlert {
  readonly id: string;
  readonly title: string;
  /** PromQL that yields a value while something is wrong. */
  readonly query: string;
  /** How long it must stay wrong, in whole minutes. */
  readonly forMinutes: number;
  readonly mend: string;
}

/** What pages somebody about the job. A standby runs none, so its silence is no fault. @param cluster its name. */
export function jobAlerts(deployment: DeploymentModel, region: RegionModel, cluster: string): JobAlert[] {
  if (region.role !== 'active') return [];
  const of = `{cluster="${cluster}"}`;
  const { interval, timeout } = deployment.state.checkpoint;
  const window = `${Math.ceil((interval * 5 + timeout) / 1000)}s`;
  return [
    {
      id: 'silence',
      title: 'The job reports nothing',
      query: `absent(flink_jobmanager_numRunningJobs${of}) or sum(flink_jobmanager_numRunningJobs${of}) == 0`,
      forMinutes: Math.max(1, Math.ceil(deployment.dr.rto / 2 / 60_000)),
      mend: 'Look at the JobManager; fail over when the region is lost.',
    },
    {
      id: 'checkpoints',
      title: 'Checkpoints fail',
      query: `increase(flink_jobmanager_job_numberOfFailedCheckpoints${of}[${window}]) > 0`,
      forMinutes: 1,
      mend: 'Look at the failed checkpoint in the Flink UI: storage rights, backpressure or a slow subtask.',
    },
  ];
}
