import type { HeldLease } from '../../runtime/state/lease.ts';
import type { JobContext } from '../job/context.ts';
import { type NamedJob, reachCluster, readJob, specify } from '../job/open-job.ts';
import { type SubmitResult, submit } from '../job/submit.ts';
import type { StandsBy } from '../job/supervise.ts';
import type { CommandContext } from '../terminal/command.ts';
import { runFailover } from './failover.ts';
import { guarded } from './guard.ts';
import { giveUp, handOver } from './hand-over.ts';
import type { Owner } from './owner.ts';
import type { SharedJob } from './places.ts';
import type { SuperviseFlags } from './supervise-flags.ts';

/** A region whose Flink does not answer must not hold a failover up. */
const GIVE_UP_MS = 10_000;

export interface SharedLookOptions {
  readonly flags: SuperviseFlags;
  /** Path of the bridge. */
  readonly jar: string;
  readonly owner: Owner;
  readonly shared: SharedJob;
  readonly command: CommandContext;
  /** Ends this look: something else is to be done. */
  readonly interrupt: AbortSignal;
  readonly say: (line: string) => void;
}

/** One look of a supervisor at a job that regions share: does what this region is to do now. */
export async function lookShared(options: SharedLookOptions): Promise<SubmitResult | StandsBy> {
  const { flags, jar, owner, shared, command, interrupt, say } = options;
  // Anew each time: certificates are renewed, and the cluster may be another one.
  const job = await readJob(flags);
  // Before the lease is asked for: its store may be what does not answer.
  if (await owner.mustStandDown()) await owner.standDown(job.rest);
  const { duty, failover } = await owner.duty();
  const reach = async (slots: number, held?: HeldLease): Promise<JobContext> => {
    const signal = AbortSignal.any([command.signal, interrupt, ...(held ? [held.signal] : [])]);
    const context = await reachCluster(job, { ...command, signal }, slots);
    return { ...context, say, ...(held ? { nextEpoch: () => held.advance() } : {}) };
  };
  switch (duty.kind) {
    case 'stand-by':
      if (duty.cancels) await owner.standDown(job.rest);
      return standsBy(duty.why);
    case 'give-up':
      await surrender(options, { ...job, wait: Math.min(job.wait, GIVE_UP_MS) });
      return standsBy('a failover takes the job elsewhere');
    case 'take-over': {
      const specification = specify(job, flags);
      const to = shared.region.name;
      await runFailover({
        ...{
          shared,
          owner,
          specification,
          jar,
          planned: false,
          jobOf: (held) => reach(specification.parallelism, held),
        },
        planHash: job.open.plan.hash,
        wait: job.wait,
        signal: command.signal,
        say: (line) => say(`takes over: ${line}`),
      });
      return standsBy(`region ${to} has taken over`);
    }
    case 'acquire':
    case 'adopt':
      // With the lease in hand the duty is another one.
      return (await owner.take(duty.kind))
        ? lookShared(options)
        : standsBy('another process was faster to take the lease');
    default: {
      const { held } = owner;
      if (!held) return standsBy('the lease is lost');
      if (duty.kind === 'hand-over' && failover) {
        await handOver(await reach(0, held), shared.leases, failover);
        await owner.release();
        return standsBy(`region ${failover.value.to} takes the job over`);
      }
      const specification = specify(job, flags);
      const context = await reach(specification.parallelism, held);
      held.assertHeld();
      return submit(context, {
        specification: guarded(specification, context),
        jar,
        retryFailed: flags.retryFailed,
      });
    }
  }
}

/** The job ends first, then the lease; where it cannot be ended, the lease runs out, and by then its permit has. */
async function surrender({ owner, command, say }: SharedLookOptions, job: NamedJob): Promise<void> {
  try {
    await giveUp({ ...(await reachCluster(job, command, 0)), say });
  } catch (error) {
    say(`the job here could not be canceled: ${error instanceof Error ? error.message : String(error)}`);
    return owner.detach(true);
  }
  await owner.release();
}

const standsBy = (why: string): StandsBy => ({ outcome: 'stands-by', why });
