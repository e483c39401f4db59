import { EXIT } from '../exit-codes.ts';
import { type ClusterFlags, reachCluster, readJob } from '../job/open-job.ts';
import { bytes, span } from '../job/quantities.ts';
import { type JobStatus, jobStatus, type SnapshotStatus } from '../job/status.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';
import { duration } from '../terminal/flags.ts';

export interface StatusOptions extends ClusterFlags {
  readonly maxCheckpointAge?: string | undefined;
}

/** Shows what the job does. The exit code is 0 while it runs, and its newest checkpoint is not older than asked. */
export async function status(options: StatusOptions, command: CommandContext): Promise<Outcome<JobStatus>> {
  const oldest =
    options.maxCheckpointAge === undefined ? undefined : duration('--max-checkpoint-age', options.maxCheckpointAge);
  const context = await reachCluster(await readJob(options), command);
  const result = await jobStatus(context);
  command.terminal.progressDone();
  for (const [name, value] of lines(result)) command.terminal.line(`  ${name.padEnd(16)}${value}`);
  const stale = oldest !== undefined && (result.checkpoint?.age ?? Number.POSITIVE_INFINITY) > oldest;
  if (stale) command.terminal.line(`  no checkpoint was completed within ${options.maxCheckpointAge}`);
  return { result, exitCode: result.state === 'RUNNING' && !stale ? EXIT.ok : EXIT.failed };
}

function lines(s: JobStatus): [string, string][] {
  const known = (value: number | null) => (value === null ? 'unknown' : value.toLocaleString('en-US'));
  return [
    ['job', `${s.job} ${s.jobId}`],
    ['state', `${s.state}, ${s.running} of ${s.vertices} vertices run`],
    ['up for', s.uptime === null ? '-' : span(s.uptime)],
    ['restarts', String(s.restarts)],
    ['last failure', s.failure ?? 'none'],
    ['checkpoint', `${snapshot(s.checkpoint)}; ${s.checkpointsFailed} failed`],
    ['savepoint', snapshot(s.savepoint)],
    ['in flight', known(s.inFlight)],
    ['dead letters', known(s.deadLetters)],
    ['workers', known(s.workers)],
    ['version', `${s.identity?.slice(0, 12) ?? 'unknown'}, agent plan ${s.planHash?.slice(0, 12) ?? 'unknown'}`],
    ...(s.asDeployed === false
      ? [['', 'this is not what the last headrace job submit started'] as [string, string]]
      : []),
    ...(s.upgrade === null ? [] : [['last change', s.upgrade] as [string, string]]),
  ];
}

const snapshot = (one: SnapshotStatus | null) =>
  one ? `${span(one.age)} ago, ${bytes(one.size)} in ${span(one.duration)}, ${one.uri}` : 'none yet';
