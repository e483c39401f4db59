import { serveHealth } from '../../runtime/worker/index.ts';
import { EXIT } from '../exit-codes.ts';
import { bridgeOf } from '../job/bridge.ts';
import { type ClusterFlags, type JobFlags, reachCluster, readJob, specify } from '../job/open-job.ts';
import { submit } from '../job/submit.ts';
import { Supervisor } from '../job/supervise.ts';
import { supervisionMetrics } from '../job/supervision-metrics.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';
import { address, duration } from '../terminal/flags.ts';
import { silent } from '../terminal/terminal.ts';

export interface JobSuperviseOptions extends ClusterFlags, JobFlags {
  readonly jar?: string | undefined;
  readonly every: string;
  readonly http: string;
  readonly retryFailed: boolean;
}

export interface JobSuperviseResult {
  readonly looks: number;
  readonly changes: number;
}

/** A look waits for savepoints and starts, each for `--wait`; one that takes much longer hangs. */
const STUCK_WAITS = 6;

/** Sees to it, over and over, that the version of this file runs; ready while it does. */
export async function jobSupervise(
  options: JobSuperviseOptions,
  command: CommandContext,
): Promise<Outcome<JobSuperviseResult>> {
  const jar = bridgeOf(options.jar);
  const every = duration('--every', options.every);
  const http = address('--http', options.http);
  const say = (line: string) => command.terminal.line(`${new Date().toISOString()} ${line}`);
  // All that is wrong with the input is said before anything is waited for.
  const first = await readJob(options);
  specify(first, options);
  let begun = Date.now();
  const supervisor = new Supervisor({
    every,
    signal: command.signal,
    say,
    async look() {
      begun = Date.now();
      // Anew each time: certificates are renewed, and the cluster may be another one.
      const job = await readJob(options);
      const specification = specify(job, options);
      // A look in progress is no news; what it comes to is.
      const context = await reachCluster(job, { ...command, terminal: silent }, specification.parallelism);
      return submit({ ...context, say }, { specification, jar, retryFailed: options.retryFailed });
    },
  });
  const health = await serveHealth(
    http,
    {
      dead: () => {
        const still = Date.now() - Math.max(begun, supervisor.state.lookedAt ?? 0);
        return still > STUCK_WAITS * first.wait + every
          ? `no look has ended for ${Math.round(still / 1000)} s`
          : undefined;
      },
      notReady: () => supervisor.state.reason,
    },
    supervisionMetrics(first.open.deployment.name, () => supervisor.state),
  );
  say(`supervises job ${first.open.deployment.name}; health and metrics on ${health.port}`);
  try {
    await supervisor.run();
  } finally {
    health.close();
  }
  const { looks, changes } = supervisor.state;
  // To end is what was asked for, and the job goes on.
  return { result: { looks, changes }, exitCode: EXIT.ok };
}
