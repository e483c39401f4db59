import { CommandError } from '../errors.ts';
import { isShared } from '../failover/places.ts';
import { bridgeOf } from '../job/bridge.ts';
import { type ClusterFlags, type JobFlags, type NamedJob, reachCluster, readJob, specify } from '../job/open-job.ts';
import { type SubmitResult, submit } from '../job/submit.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';

export interface JobSubmitOptions extends ClusterFlags, JobFlags {
  readonly restoreFrom?: string | undefined;
  readonly jar?: string | undefined;
  readonly retryFailed: boolean;
}

/** Sees to it that the version of this file runs on a cluster: starts it, upgrades to it, or leaves it alone. */
export async function jobSubmit(options: JobSubmitOptions, command: CommandContext): Promise<Outcome<SubmitResult>> {
  const jar = bridgeOf(options.jar);
  // All that is wrong with the input is said before the cluster is waited for.
  const job = await readJob(options);
  refuseShared(job);
  const specification = specify(job, options);
  const context = await reachCluster(job, command, specification.parallelism);
  const result = await submit(context, {
    specification,
    jar,
    restoreFrom: options.restoreFrom,
    retryFailed: options.retryFailed,
  });
  command.terminal.progressDone();
  const from = result.startedFrom === null ? 'empty' : `from ${result.startedFrom}`;
  const version = `version ${result.identity.slice(0, 12)}, agent plan ${result.planHash.slice(0, 12)}`;
  command.terminal.line(
    {
      unchanged: `job ${context.name} runs already as ${result.jobId} (${version}): nothing was changed`,
      finished: `job ${context.name} has reached the end of its source (${version}): nothing is left to run`,
      started: `job ${context.name} runs as ${result.jobId} (${version}), started ${from}`,
      upgraded: `job ${context.name} runs as ${result.jobId} (${version}), upgraded ${from}`,
    }[result.outcome],
  );
  return { result };
}

/** A job that regions share runs under a lease, which somebody must renew. @throws CommandError HR-JOB-017 */
function refuseShared({ open: { deployment } }: NamedJob): void {
  if (!isShared(deployment)) return;
  throw new CommandError('HR-JOB-017', 'dr.mode', 'regions share this job, so it runs only while its lease is held', {
    mend: 'run headrace job supervise, which keeps the lease; headrace failover moves it',
  });
}
