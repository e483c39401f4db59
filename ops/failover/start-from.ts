import type { JobSpecification } from '../../runtime/remote/index.ts';
import { cancelJob, jobEnded, observeJobs } from '../job/cluster.ts';
import type { JobContext } from '../job/context.ts';
import { writeRecord } from '../job/record-store.ts';
import { hasEnded, upgradeKey } from '../job/records.ts';
import { submit } from '../job/submit.ts';
import { readUpgrade } from '../job/upgrade.ts';
import { guarded } from './guard.ts';

export interface RestoredPoint {
  /** Below this region's state root. */
  readonly directory: string;
  /** Milliseconds since 1970. */
  readonly triggeredAt: number;
  /** Milliseconds before that from which a Kafka of this region's own is read. */
  readonly overlap: number;
}

/**
 * Starts the job from a restore point, and waits for its first checkpoint. One that an earlier call started is left as it is; any
 * other one, and a change that was under way when this region last had the job, is of the past.
 * @returns its id.
 */
export async function startFrom(
  context: JobContext,
  options: { readonly specification: JobSpecification; readonly jar: string },
  point: RestoredPoint,
): Promise<string> {
  const { jar } = options;
  const specification = startingAt(options.specification, point);
  const uri = context.places.uriOf(point.directory);
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

/** Inputs since the restore point, and some before it, which the job knows by their ids. */
function startingAt(specification: JobSpecification, { triggeredAt, overlap }: RestoredPoint): JobSpecification {
  const { kafka } = specification.source;
  if (!specification.replay || !kafka) return specification;
  return { ...specification, source: { kafka: { ...kafka, startingTime: Math.max(0, triggeredAt - overlap) } } };
}
