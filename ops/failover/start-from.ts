import type { JobSpecification } from '../../runtime/remote/index.ts';
import { cancelJob, jobEnded, observeJobs } from '../job/cluster.ts';
import type { JobContext } from '../job/context.ts';
import { writeRecord } from '../job/record-store.ts';
import { hasEnded, upgradeKey } from '../job/records.ts';
import { submit } from '../job/submit.ts';
import { readUpgrade } from '../job/upgrade.ts';
import { guarded } from './guard.ts';

/**
 * Starts the job from a restore point, and waits for its first checkpoint. One that an earlier call started is left as it is; any
 * other one, and a change that was under way when this region last had the job, is of the past.
 * @returns its id.
 */
export async function startFrom(
  context: JobContext,
  { specification, jar }: { readonly specification: JobSpecification; readonly jar: string },
  directory: string,
): Promise<string> {
  const uri = context.places.uriOf(directory);
  const change = await readUpgrade(context);
  const ours = change?.value.savepoint === uri;
  if (change && !ours && !hasEnded(change.value)) {
    const reason = `a failover goes on from ${uri}`;
    await writeRecord(
      context.store,
      upgradeKey(context.name),
      { ...change.value, step: 'aborted' as const, reason },
      change,
    );
  }
  for (const { jid, state } of await observeJobs(context)) {
    if (jobEnded(state) || (ours && change.value.newJobId === jid)) continue;
    context.say(`cancels job ${jid}, which is not from this restore point`);
    await cancelJob(context, jid);
  }
  const { jobId } = await submit(
    // A job that completes a checkpoint is up; to keep it up is the supervisor's.
    { ...context, settle: 0 },
    { specification: guarded(specification, context), jar, restoreFrom: ours ? undefined : uri, retryFailed: true },
  );
  return jobId;
}
