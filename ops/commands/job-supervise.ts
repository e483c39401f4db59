import { setTimeout as sleep } from 'node:timers/promises';
import { serveHealth } from '../../runtime/worker/index.ts';
import { EXIT } from '../exit-codes.ts';
import { Owner } from '../failover/owner.ts';
import { isShared, openShared, type SharedJob } from '../failover/places.ts';
import { hasEnded, readFailover } from '../failover/record.ts';
import type { SuperviseFlags } from '../failover/supervise-flags.ts';
import { lookShared } from '../failover/supervise-shared.ts';
import { bridgeOf } from '../job/bridge.ts';
import { reachCluster, readJob, specify } from '../job/open-job.ts';
import { submit } from '../job/submit.ts';
import { Supervisor } from '../job/supervise.ts';
import { supervisionMetrics } from '../job/supervision-metrics.ts';
import { parseRoots } from '../replicate/places.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';
import { address, duration } from '../terminal/flags.ts';
import { silent } from '../terminal/terminal.ts';

export interface JobSuperviseOptions extends SuperviseFlags {
  readonly jar?: string | undefined;
  readonly every: string;
  readonly http: string;
}

export interface JobSuperviseResult {
  readonly looks: number;
  readonly changes: number;
}

/** A look waits for savepoints and starts, each for `--wait`; one that takes much longer hangs. */
const STUCK_WAITS = 6;

/** Sees to it, over and over, that the version of this file runs; ready while it does, or while another region has it. */
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
  const { deployment } = first.open;
  const shared = isShared(deployment)
    ? await openShared(deployment, first.region, first.store, parseRoots(options.root))
    : undefined;
  let begun = Date.now();
  let interruption = new AbortController();
  const quiet = { ...command, terminal: silent };
  const owner = shared && new Owner({ shared, say, onLost: () => supervisor.nudge() });
  const supervisor = new Supervisor({
    every,
    ...(shared ? { standbyEvery: shared.settings.renew } : {}),
    signal: command.signal,
    say,
    async look() {
      begun = Date.now();
      // A look in progress is no news; what it comes to is.
      if (shared && owner) {
        interruption = new AbortController();
        const { signal: interrupt } = interruption;
        return lookShared({ flags: options, jar, owner, shared, command: quiet, interrupt, say });
      }
      // Anew each time: certificates are renewed, and the cluster may be another one.
      const job = await readJob(options);
      const specification = specify(job, options);
      const context = await reachCluster(job, quiet, specification.parallelism);
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
    supervisionMetrics(deployment.name, () => supervisor.state),
  );
  say(`supervises job ${deployment.name}; health and metrics on ${health.port}`);
  try {
    const hurry = () => {
      interruption.abort(new Error('a failover takes the job elsewhere'));
      supervisor.nudge();
    };
    await Promise.all([
      supervisor.run(),
      ...(shared && owner ? [watchFailovers(shared, owner, command.signal, hurry)] : []),
    ]);
  } finally {
    // The job goes on, and so does its lease for as long as a new process of this region needs to come up.
    await owner?.detach();
    health.close();
  }
  const { looks, changes } = supervisor.state;
  // To end is what was asked for, and the job goes on.
  return { result: { looks, changes }, exitCode: EXIT.ok };
}

/** A look may wait for a Flink that is gone: a failover that is not planned ends it. One that is planned can wait. */
async function watchFailovers(shared: SharedJob, owner: Owner, signal: AbortSignal, hurry: () => void): Promise<void> {
  let seen: string | undefined;
  while (!signal.aborted) {
    await sleep(shared.settings.renew, undefined, { signal }).catch(() => {});
    // The lease's own renewals say so when its store does not answer.
    const failover = (await readFailover(shared.leases, shared.name).catch(() => undefined))?.value;
    if (!failover || hasEnded(failover) || failover.to === shared.region.name || !owner.held) continue;
    const asked = `${failover.id} ${failover.planned}`;
    if (asked === seen) continue;
    seen = asked;
    if (failover.planned) continue;
    hurry();
  }
}
