import { randomBytes } from 'node:crypto';
import { VERSIONS } from '../../config/index.ts';
import type { JobSpecification, ListedJob } from '../../runtime/remote/index.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { failureOf, jobEnded, observeJobs } from './cluster.ts';
import { type JobContext, now, patience } from './context.ts';
import { type Decision, decide } from './decide.ts';
import { mendOf } from './explain.ts';
import { awaitHealth } from './health.ts';
import { fileDigest, identityOf, PARAMETERS } from './identity.ts';
import { patiently } from './patience.ts';
import { type Versioned, writeRecord } from './record-store.ts';
import { type Deployed, hasEnded, type Upgrade, upgradeKey, type Version } from './records.ts';
import { listSnapshots, newestSnapshot } from './snapshots.ts';
import { keepJar } from './start.ts';
import { isComplete } from './stop.ts';
import { drive, readDeployed, readUpgrade } from './upgrade.ts';

export interface SubmitOptions {
  readonly specification: JobSpecification;
  /** Path of the bridge. */
  readonly jar: string;
  /** A URI, `latest` or `none`. Default: the newest snapshot, or empty where there is none. */
  readonly restoreFrom?: string | undefined;
  /** Tries a version again that was rolled back. */
  readonly retryFailed: boolean;
}

export interface SubmitResult {
  /** `started`: nothing ran before. `finished`: the source's end was reached earlier. */
  readonly outcome: 'unchanged' | 'started' | 'upgraded' | 'finished';
  readonly jobId: string;
  readonly identity: string;
  readonly planHash: string;
  readonly startedFrom: string | null;
  /** Why the job before this one failed, where it did. */
  readonly failedBefore?: string | undefined;
}

/**
 * Sees to it that exactly this version runs.
 * @throws CommandError HR-JOB-004 after a rollback, and other HR-JOB codes.
 */
export async function submit(context: JobContext, options: SubmitOptions): Promise<SubmitResult> {
  const jar = await fileDigest(options.jar);
  const { specification } = options;
  const identity = identityOf(specification, jar);
  const version: Version = { identity, specification, jar, headrace: VERSIONS.headrace };
  for (;;) {
    const upgrade = await readUpgrade(context);
    if (upgrade && !hasEnded(upgrade.value)) {
      context.say(`goes on with a change of ${upgrade.value.startedAt}, which is ${upgrade.value.step}`);
      const ended = await drive(context, upgrade);
      if (ended.to.identity === identity) return conclude(context, ended);
      continue;
    }
    const deployed = (await readDeployed(context))?.value;
    const decision = await consider(context, options, identity, deployed, upgrade?.value);
    if (decision.kind === 'unchanged') return unchanged(context, decision.jobId, version, deployed);
    if (decision.kind === 'finished') return result('finished', decision.jobId, version, deployed?.startedFrom ?? null);
    if (decision.kind !== 'start' && decision.kind !== 'replace') throw refusal(context, decision);
    await keepJar(context, options.jar, jar);
    const begun = await begin(context, options, version, decision, deployed, upgrade);
    // Another call began first: what it does is looked at anew.
    if (begun) return conclude(context, await drive(context, begun));
  }
}

async function consider(
  context: JobContext,
  options: SubmitOptions,
  identity: string,
  deployed: Deployed | undefined,
  last: Upgrade | undefined,
): Promise<Decision> {
  const listed = await observeJobs(context, deployed?.jobId);
  const jobs = await Promise.all(listed.map((job) => withIdentity(context, job)));
  const ended = jobs.find(({ jid }) => jid === deployed?.jobId) ?? jobs[0];
  return decide({
    identity,
    bounded: options.specification.source.kafka === undefined,
    deployed,
    last,
    jobs,
    failure: ended?.state === 'FAILED' ? await failureOf(context, ended.jid) : undefined,
    restoreGiven: options.restoreFrom !== undefined,
    retryFailed: options.retryFailed,
  });
}

async function withIdentity(context: JobContext, { jid, state }: ListedJob) {
  const parameters = jobEnded(state)
    ? await context.rest.jobParameters(jid).catch(() => ({}) as Record<string, string>)
    : await patiently('reads the job', patience(context), () => context.rest.jobParameters(jid));
  return { jid, state, identity: parameters[PARAMETERS.identity] };
}

async function begin(
  context: JobContext,
  options: SubmitOptions,
  to: Version,
  decision: Extract<Decision, { kind: 'start' | 'replace' }>,
  deployed: Deployed | undefined,
  before: Versioned<Upgrade> | undefined,
): Promise<Versioned<Upgrade> | undefined> {
  const failed = decision.kind === 'start' ? decision.failed : undefined;
  if (failed) context.say(`job ${failed.jobId} has failed: ${failed.reason}`);
  const upgrade: Upgrade = {
    format: 1,
    id: randomBytes(6).toString('hex'),
    step: decision.kind === 'replace' ? 'stopping' : 'starting',
    // The same once more begins to read where it did.
    to: deployed?.identity === to.identity && options.restoreFrom === undefined ? versionOf(deployed) : to,
    from: deployed ?? null,
    stop: decision.kind === 'replace' ? decision.jobId : null,
    newJobId: randomBytes(16).toString('hex'),
    oldJobId: randomBytes(16).toString('hex'),
    savepoint: decision.kind === 'replace' ? null : await startingPoint(context, options.restoreFrom, deployed),
    ...(failed ? { lastFailure: { ...failed, at: now() } } : {}),
    startedAt: now(),
    at: now(),
  };
  return writeRecord(context.store, upgradeKey(context.name), upgrade, before);
}

const versionOf = ({ identity, specification, jar, headrace }: Deployed): Version => ({
  identity,
  specification,
  jar,
  headrace,
});

/** @returns URI of what to start from; null: empty. @throws CommandError HR-JOB-008 for a snapshot that is not there. */
async function startingPoint(
  context: JobContext,
  asked: string | undefined,
  deployed: Deployed | undefined,
): Promise<string | null> {
  const { places, store } = context;
  if (asked === 'none') return null;
  if (asked !== undefined && asked !== 'latest') {
    const key = places.keyOf(asked) ?? (asked.includes('://') ? undefined : asked.replace(/\/+$/, ''));
    if (key !== undefined && (await isComplete(context, key))) return places.uriOf(key);
    throw new CommandError('HR-JOB-008', '--restore-from', `${asked} has no _metadata below ${store.uri}`, {
      mend: 'name a complete savepoint or checkpoint of this state root, or say latest or none',
    });
  }
  const snapshots = await listSnapshots(store, places);
  // Beside a shared job's own snapshots lie copies from other regions, which only a failover goes on from.
  const own =
    context.nextEpoch && deployed ? snapshots.filter(({ jobId }) => deployed.jobId.startsWith(jobId)) : snapshots;
  const newest = newestSnapshot(own, deployed?.abandoned ?? []);
  if (newest) return places.uriOf(newest.key);
  const earlier = deployed?.startedFrom ?? undefined;
  const key = earlier === undefined ? undefined : places.keyOf(earlier);
  if (earlier !== undefined && key !== undefined && (await isComplete(context, key))) return earlier;
  if (asked === 'latest') {
    throw new CommandError('HR-JOB-008', '--restore-from', `there is no snapshot below ${store.uri}`, {
      mend: 'say none to start empty',
    });
  }
  context.say(`there is no snapshot below ${store.uri}: the job starts empty`);
  return null;
}

/** A job of this version runs: it is looked at, and left alone. */
async function unchanged(
  context: JobContext,
  jobId: string,
  version: Version,
  deployed: Deployed | undefined,
): Promise<SubmitResult> {
  const health = await awaitHealth(context, jobId);
  if (health.kind === 'broken') throw notUp(context, health.reason, jobId);
  return result(
    health.kind === 'finished' ? 'finished' : 'unchanged',
    jobId,
    version,
    deployed?.jobId === jobId ? deployed.startedFrom : null,
  );
}

function conclude(context: JobContext, upgrade: Upgrade): SubmitResult {
  const reason = upgrade.reason ?? 'no reason given';
  const mend = mendOf(reason);
  switch (upgrade.step) {
    case 'done':
      return {
        ...result(upgrade.from ? 'upgraded' : 'started', upgrade.newJobId, upgrade.to, upgrade.savepoint),
        ...(upgrade.lastFailure ? { failedBefore: upgrade.lastFailure.reason } : {}),
        ...(upgrade.from?.identity === upgrade.to.identity ? { outcome: 'started' } : {}),
      };
    case 'rolled-back': {
      const again = upgrade.newVersionCheckpoints
        ? `; it completed ${upgrade.newVersionCheckpoints} checkpoints, whose outputs are made again with the same ids`
        : '';
      throw new CommandError(
        'HR-JOB-004',
        `job ${context.name}`,
        `the new version did not come up: ${reason}${again}; the version before runs again as job ${upgrade.oldJobId}`,
        {
          exitCode: EXIT.failed,
          mend: `${mend ? `${mend}; ` : ''}the same version is not tried again unless --retry-failed is given`,
        },
      );
    }
    case 'aborted':
      throw new CommandError(
        'HR-JOB-015',
        `job ${upgrade.stop}`,
        `it took no savepoint, so it goes on as it was: ${reason}`,
        { exitCode: EXIT.failed, ...(mend ? { mend } : { mend: 'headrace status shows its checkpoints' }) },
      );
    default:
      throw notUp(context, reason, upgrade.newJobId);
  }
}

function notUp(context: JobContext, reason: string, jobId: string): CommandError {
  return new CommandError('HR-JOB-005', `job ${context.name}`, `job ${jobId} did not come up: ${reason}`, {
    exitCode: EXIT.failed,
    mend: mendOf(reason) ?? 'Flink goes on trying; mend the reason, and run the same command again',
  });
}

function refusal(context: JobContext, decision: Decision): CommandError {
  const place = `job ${context.name}`;
  switch (decision.kind) {
    case 'several':
      return new CommandError(
        'HR-JOB-016',
        place,
        `${decision.jobIds.length} jobs of this name run: ${decision.jobIds.join(', ')}`,
        {
          exitCode: EXIT.failed,
          mend: 'cancel the one that should not run, in Flink',
        },
      );
    case 'keeps-failing':
      return new CommandError(
        'HR-JOB-007',
        `job ${decision.jobId}`,
        `it failed once more for the same reason: ${decision.reason}`,
        {
          exitCode: EXIT.failed,
          mend: `${mendOf(decision.reason) ?? 'mend the reason'}; then start it with --restore-from latest`,
        },
      );
    default: {
      const { reason, at } = decision as Extract<Decision, { kind: 'rolled-back-before' }>;
      return new CommandError('HR-JOB-009', place, `this version was rolled back at ${at}: ${reason}`, {
        exitCode: EXIT.failed,
        mend: `${mendOf(reason) ?? 'change it'}, or give --retry-failed to try the same version again`,
      });
    }
  }
}

const result = (
  outcome: SubmitResult['outcome'],
  jobId: string,
  { identity, specification }: Version,
  startedFrom: string | null,
): SubmitResult => ({ outcome, jobId, identity, planHash: specification.plan.hash, startedFrom });
