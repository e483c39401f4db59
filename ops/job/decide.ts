import type { ListedJob } from '../../runtime/remote/index.ts';
import type { Deployed, Upgrade } from './records.ts';

/** What is known when a version should run and no change is under way. */
export interface Situation {
  /** Of the version that should run. */
  readonly identity: string;
  /** Whether the source has an end: a job that finished then is done. */
  readonly bounded: boolean;
  readonly deployed: Deployed | undefined;
  /** The last change, which has ended. */
  readonly last: Upgrade | undefined;
  /** Jobs of the deployment's name, newest first, each with the identity that it shows. */
  readonly jobs: readonly (Pick<ListedJob, 'jid' | 'state'> & { readonly identity: string | undefined })[];
  /** Innermost reason of the newest job's failure, where it is FAILED. */
  readonly failure: string | undefined;
  /** Where to start was said by the caller. */
  readonly restoreGiven: boolean;
  /** A version that was rolled back may be tried again. */
  readonly retryFailed: boolean;
}

export type Decision =
  | { readonly kind: 'unchanged'; readonly jobId: string }
  | { readonly kind: 'finished'; readonly jobId: string }
  | { readonly kind: 'start'; readonly failed?: { readonly jobId: string; readonly reason: string } | undefined }
  | { readonly kind: 'replace'; readonly jobId: string }
  | { readonly kind: 'several'; readonly jobIds: readonly string[] }
  | { readonly kind: 'keeps-failing'; readonly jobId: string; readonly reason: string }
  | { readonly kind: 'rolled-back-before'; readonly reason: string; readonly at: string };

const ENDED: readonly string[] = ['FAILED', 'CANCELED', 'FINISHED'];

/** What to do so that exactly the asked version runs. */
export function decide(situation: Situation): Decision {
  const { identity, deployed, last, jobs } = situation;
  const running = jobs.filter(({ state }) => !ENDED.includes(state));
  if (running.length > 1) return { kind: 'several', jobIds: running.map(({ jid }) => jid) };
  const rejected = last?.step === 'rolled-back' && last.to.identity === identity && !situation.retryFailed;
  const [job] = running;
  if (job) {
    const shown = job.identity ?? (deployed?.jobId === job.jid ? deployed.identity : undefined);
    if (shown === identity) return { kind: 'unchanged', jobId: job.jid };
    if (rejected) return { kind: 'rolled-back-before', reason: last.reason ?? '', at: last.at };
    return { kind: 'replace', jobId: job.jid };
  }
  if (rejected) return { kind: 'rolled-back-before', reason: last.reason ?? '', at: last.at };
  const ended = jobs.find(({ jid }) => jid === deployed?.jobId) ?? jobs[0];
  const same = ended !== undefined && (ended.identity ?? deployed?.identity) === identity;
  if (ended?.state === 'FINISHED' && same && situation.bounded && !situation.restoreGiven)
    return { kind: 'finished', jobId: ended.jid };
  if (ended?.state !== 'FAILED') return { kind: 'start' };
  const reason = situation.failure ?? 'no reason given';
  if (same && !situation.restoreGiven && deployed?.lastFailure?.reason === reason)
    return { kind: 'keeps-failing', jobId: ended.jid, reason };
  return { kind: 'start', failed: { jobId: ended.jid, reason } };
}
