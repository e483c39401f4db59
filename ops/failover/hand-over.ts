import type { ObjectStore } from '../../runtime/state/object-store.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { cancelJob, jobEnded, observeJobs } from '../job/cluster.ts';
import type { JobContext } from '../job/context.ts';
import type { Versioned } from '../job/record-store.ts';
import { listSnapshots, newestSnapshot } from '../job/snapshots.ts';
import { savepointIn, stopWithSavepoint } from '../job/stop.ts';
import { readDeployed } from '../job/upgrade.ts';
import { type Failover, writeFailover } from './record.ts';

/**
 * The old region's part in a planned failover: its job ends with a savepoint, which lies where replicators look. Done
 * twice, it is the same savepoint.
 * @throws CommandError HR-FAILOVER-006 when the job takes no savepoint: it goes on, and is asked again.
 */
export async function handOver(context: JobContext, leases: ObjectStore, asked: Versioned<Failover>): Promise<void> {
  const { places, store } = context;
  const directory = `${places.checkpoints}/handover-${asked.value.id}`;
  const running = (await observeJobs(context)).find(({ state }) => !jobEnded(state));
  if (running) {
    context.say(`stops job ${running.jid} with a savepoint for region ${asked.value.to}`);
    const stopped = await stopWithSavepoint(context, running.jid, directory);
    if (stopped.kind === 'refused') throw await refused(leases, asked, `it took no savepoint: ${stopped.reason}`);
  }
  const made = await savepointIn(context, directory);
  const deployed = (await readDeployed(context))?.value;
  // A job that was down or restarted all the time: its newest checkpoint is all there is.
  const snapshots = (await listSnapshots(store, places)).filter(({ key }) => key.startsWith(`${places.checkpoints}/`));
  const last = made === undefined ? newestSnapshot(snapshots, deployed?.abandoned ?? [])?.key : places.keyOf(made);
  if (last === undefined) throw await refused(leases, asked, 'the job has no savepoint and no checkpoint');
  context.say(`hands over to region ${asked.value.to}: ${places.uriOf(last)}`);
  const { trouble: _, ...rest } = asked.value;
  const stopped = { directory: last, savepoint: made !== undefined, at: Date.now() };
  // Written by another process of this region: that one goes on.
  await writeFailover(leases, { ...rest, step: 'stopped', stopped }, asked);
}

/** The old region's part in a failover that is not planned, where it lives: its job ends at once. */
export async function giveUp(context: JobContext): Promise<void> {
  for (const { jid, state } of await observeJobs(context)) {
    if (jobEnded(state)) continue;
    context.say(`cancels job ${jid}: a failover takes it elsewhere`);
    await cancelJob(context, jid);
  }
}

async function refused(leases: ObjectStore, asked: Versioned<Failover>, trouble: string): Promise<CommandError> {
  if (asked.value.trouble !== trouble) await writeFailover(leases, { ...asked.value, trouble }, asked);
  return new CommandError('HR-FAILOVER-006', `job ${asked.value.job}`, trouble, {
    exitCode: EXIT.failed,
    mend: 'mend it, or end the failover with headrace failover --cancel',
  });
}
