import { describe, expect, test } from 'vitest';
import { lackOf } from '../../../ops/job/cluster.ts';
import { decide, type Situation } from '../../../ops/job/decide.ts';
import { mendOf } from '../../../ops/job/explain.ts';
import { type JobLook, judge } from '../../../ops/job/health.ts';
import { identityOf } from '../../../ops/job/identity.ts';
import { isPassing } from '../../../ops/job/patience.ts';
import { bytes, span } from '../../../ops/job/quantities.ts';
import { ABANDONED_MS, superfluous } from '../../../ops/job/retention.ts';
import { newestSnapshot, snapshotsIn } from '../../../ops/job/snapshots.ts';
import { statePlaces } from '../../../ops/job/state-places.ts';
import { afterFailedStop } from '../../../ops/job/stop.ts';
import { RemoteError } from '../../../runtime/remote/index.ts';
import { specification } from './cluster-fixture.ts';

const A = 'a'.repeat(32);
const B = 'b'.repeat(32);
const PLACES = { checkpoints: 'checkpoints/reviews', savepoints: 'savepoints/reviews' };

describe('the snapshot to go on from', () => {
  const checkpoint = (job: string, n: number) => `checkpoints/reviews/${job}/chk-${n}`;
  const savepoint = (job: string, where = '') => `savepoints/reviews/${where}savepoint-${job.slice(0, 6)}-0123456789ab`;
  test.each<[string, readonly [string, number, number?][], readonly string[], string | undefined]>([
    ['none in an empty store', [], [], undefined],
    [
      'the newest checkpoint',
      [
        [checkpoint(A, 9), 10],
        [checkpoint(A, 10), 20],
      ],
      [],
      checkpoint(A, 10),
    ],
    [
      'of a later job, whatever its number',
      [
        [checkpoint(A, 99), 10],
        [checkpoint(B, 1), 20],
      ],
      [],
      checkpoint(B, 1),
    ],
    [
      'a savepoint that is newer',
      [
        [checkpoint(A, 9), 10],
        [savepoint(A), 11],
      ],
      [],
      savepoint(A),
    ],
    [
      'a checkpoint that is newer',
      [
        [checkpoint(A, 9), 12],
        [savepoint(A), 11],
      ],
      [],
      checkpoint(A, 9),
    ],
    [
      'a savepoint in a folder of its own',
      [[savepoint(A, 'upgrade-0123456789ab/'), 11]],
      [],
      savepoint(A, 'upgrade-0123456789ab/'),
    ],
    [
      'by number where times are equal',
      [
        [checkpoint(A, 9), 10],
        [checkpoint(A, 10), 10],
      ],
      [],
      checkpoint(A, 10),
    ],
    [
      'not one whose metadata is empty',
      [
        [checkpoint(A, 9), 10],
        [checkpoint(A, 10), 20, 0],
      ],
      [],
      checkpoint(A, 9),
    ],
    [
      'not one of an abandoned job',
      [
        [checkpoint(A, 9), 10],
        [checkpoint(B, 1), 20],
        [savepoint(B), 30],
      ],
      [B],
      checkpoint(A, 9),
    ],
    ['not one of the embedded engine', [['checkpoints/reviews/chk-0000000009', 10]], [], undefined],
    [
      'not one of another job',
      [
        ['checkpoints/reviews-2/a/chk-1', 10],
        [`checkpoints/other/${A}/chk-1`, 10],
      ],
      [],
      undefined,
    ],
  ])('is %s', (_, objects, abandoned, expected) => {
    const listing = objects.map(([key, modified, size = 1]) => ({ key: `${key}/_metadata`, modified, size }));
    expect(newestSnapshot(snapshotsIn(listing, PLACES), abandoned)?.key).toBe(expected);
  });

  test('is nothing without its metadata', () => {
    expect(snapshotsIn([{ key: `${checkpoint(A, 1)}/0a1b`, modified: 1, size: 9 }], PLACES)).toEqual([]);
  });
});

describe('where the state is', () => {
  test.each([
    ['state://checkpoints/reviews', 's3://b/p', 'checkpoints/reviews', 'state://checkpoints/reviews'],
    ['state://checkpoints', 's3://b/p', 'checkpoints/reviews', 'state://checkpoints/reviews'],
    ['s3://b/p/checkpoints', 's3://b/p', 'checkpoints/reviews', 's3://b/p/checkpoints/reviews'],
    [
      'file:/var/state/checkpoints/',
      'file:///var/state',
      'checkpoints/reviews',
      'file:///var/state/checkpoints/reviews',
    ],
  ])('for %s below %s it is %s', (dir, root, key, uri) => {
    const configuration = {
      'execution.checkpointing.dir': dir,
      'execution.checkpointing.savepoint-dir': dir.replace('checkpoints', 'savepoints'),
    };
    const places = statePlaces(root, 'reviews', configuration);
    expect(places.checkpoints).toBe(key);
    expect(places.savepoints).toBe('savepoints/reviews');
    expect(places.uriOf(key)).toBe(uri);
    expect(places.keyOf(`${uri}/x/`)).toBe(`${key}/x`);
    expect(places.keyOf('gs://elsewhere/x')).toBeUndefined();
  });

  test.each([undefined, 's3://another/checkpoints'])('a cluster whose directory is %s is refused', (dir) => {
    const configuration = dir === undefined ? {} : { 'execution.checkpointing.dir': dir };
    expect(() => statePlaces('s3://b/p', 'reviews', configuration)).toThrow(
      expect.objectContaining({ code: 'HR-JOB-010', exitCode: 2 }),
    );
  });
});

describe('what to do', () => {
  const deployed = { jobId: A, identity: 'old', abandoned: [] } as unknown as NonNullable<Situation['deployed']>;
  const rolledBack = { step: 'rolled-back', reason: 'r', at: 't', to: { identity: 'new' } } as unknown as NonNullable<
    Situation['last']
  >;
  const job = (state: 'RUNNING' | 'FAILED' | 'FINISHED' | 'CANCELED' | 'RESTARTING', identity?: string, jid = A) => ({
    jid,
    state,
    identity,
  });
  const failed = { ...deployed, identity: 'new', lastFailure: { jobId: B, reason: 'x', at: 't' } };
  test.each<[string, Partial<Situation>, string]>([
    ['nothing was ever there', {}, 'start'],
    ['the version runs', { jobs: [job('RUNNING', 'new')] }, 'unchanged'],
    ['the version restarts', { jobs: [job('RESTARTING', 'new')] }, 'unchanged'],
    [
      'a record alone says that it runs',
      { jobs: [job('RUNNING')], deployed: { ...deployed, identity: 'new' } },
      'unchanged',
    ],
    ['another runs', { jobs: [job('RUNNING', 'old')], deployed }, 'replace'],
    ['one of unknown origin runs', { jobs: [job('RUNNING', undefined, B)], deployed }, 'replace'],
    ['two run', { jobs: [job('RUNNING', 'new'), job('RUNNING', 'old', B)] }, 'several'],
    ['it was canceled', { jobs: [job('CANCELED', 'new')], deployed }, 'start'],
    ['it failed', { jobs: [job('FAILED', 'new')], failure: 'x' }, 'start'],
    [
      'it failed the same way before',
      { jobs: [job('FAILED', 'new')], deployed: failed, failure: 'x' },
      'keeps-failing',
    ],
    ['it failed in another way', { jobs: [job('FAILED', 'new')], deployed: failed, failure: 'y' }, 'start'],
    [
      'it failed as before, and a start is asked for',
      { jobs: [job('FAILED', 'new')], deployed: failed, failure: 'x', restoreGiven: true },
      'start',
    ],
    [
      'another version failed as before',
      { jobs: [job('FAILED', 'old')], deployed: { ...failed, identity: 'old' }, failure: 'x' },
      'start',
    ],
    ['a file was read to its end', { jobs: [job('FINISHED', 'new')], bounded: true }, 'finished'],
    ['a stream was stopped', { jobs: [job('FINISHED', 'new')], bounded: false }, 'start'],
    ['another version read the file', { jobs: [job('FINISHED', 'old')], bounded: true }, 'start'],
    ['it was rolled back', { jobs: [job('RUNNING', 'old')], last: rolledBack }, 'rolled-back-before'],
    ['it was rolled back and the old one is gone', { jobs: [], last: rolledBack }, 'rolled-back-before'],
    [
      'it was rolled back, and is wanted again',
      { jobs: [job('RUNNING', 'old')], last: rolledBack, retryFailed: true },
      'replace',
    ],
    [
      'another one was rolled back',
      { jobs: [job('RUNNING', 'old')], last: { ...rolledBack, to: { ...rolledBack.to, identity: 'else' } } },
      'replace',
    ],
  ])('when %s', (_, situation, kind) => {
    expect(
      decide({
        identity: 'new',
        bounded: false,
        deployed: undefined,
        last: undefined,
        jobs: [],
        failure: undefined,
        restoreGiven: false,
        retryFailed: false,
        ...situation,
      }).kind,
    ).toBe(kind);
  });
});

describe('whether a job came up', () => {
  const look: JobLook = {
    state: 'RUNNING',
    vertices: ['RUNNING', 'RUNNING'],
    restarts: 0,
    runningSince: 100,
    completed: 1,
    checkpointAt: 110,
    now: 200,
  };
  test.each<[string, Partial<JobLook>, string]>([
    ['all vertices run, and a checkpoint is complete', {}, 'healthy'],
    ['a vertex is not up', { vertices: ['RUNNING', 'INITIALIZING'] }, 'waits'],
    ['there is no checkpoint', { checkpointAt: undefined, completed: 0 }, 'waits'],
    ['the checkpoint is of before a restart', { checkpointAt: 90 }, 'waits'],
    ['it restarts', { state: 'RESTARTING', restarts: 2 }, 'waits'],
    ['it restarts again and again', { state: 'RESTARTING', restarts: 4, completed: 0 }, 'broken'],
    ['it restarted often, and comes on', { restarts: 4, completed: 3 }, 'healthy'],
    ['it failed', { state: 'FAILED' }, 'broken'],
    ['it was canceled', { state: 'CANCELED' }, 'broken'],
    ['the source is at its end', { state: 'FINISHED' }, 'finished'],
  ])('%s', (_, changes, kind) => {
    expect(judge({ ...look, ...changes }, 50, 50).kind).toBe(kind);
  });

  test('it must stay up for a while, however often checkpoints come', () => {
    expect(judge({ ...look, checkpointAt: 199 }, 0, 50)).toMatchObject({ kind: 'waits', lacks: 'time' });
    expect(judge({ ...look, checkpointAt: 199 }, 50, 50).kind).toBe('healthy');
  });
});

test.each([
  ['RUNNING', 0, false, true, 'again'],
  ['RUNNING', 3, false, true, 'give-up'],
  ['RUNNING', 3, false, false, 'cancel'],
  ['RESTARTING', 0, false, false, 'again'],
  ['RESTARTING', 0, true, true, 'cancel'],
  ['RUNNING', 0, true, true, 'give-up'],
  ['FINISHED', 1, false, true, 'look'],
  [undefined, 1, false, true, 'look'],
] as const)(
  'a stop that failed while the job is %s, after %i refusals, time over %s, sound %s: %s',
  (state, refusals, over, sound, expected) => {
    expect(afterFailedStop(state, { refusals, over, sound })).toBe(expected);
  },
);

test.each([
  [{ taskmanagers: 0, 'slots-total': 0 }, false, 'task managers'],
  [{ taskmanagers: 1, 'slots-total': 1 }, false, 'slots'],
  [{ taskmanagers: 1, 'slots-total': 1 }, true, undefined],
  [{ taskmanagers: 2, 'slots-total': 4 }, false, undefined],
])('a cluster of %o, elastic %s, lacks %s', (overview, elastic, what) => {
  expect(lackOf(overview, 2, elastic)?.what).toBe(what);
});

test.each([
  [undefined, 'Flink cannot be reached: connection refused', true],
  [undefined, 'Flink cannot be reached: self-signed certificate in certificate chain', false],
  [503, 'no leader', true],
  [500, 'Flink answered 500: java.net.UnknownHostException: jobmanager-1', true],
  [500, 'Flink answered 500: java.lang.NullPointerException', false],
  [404, 'not found', false],
])('status %s with "%s" passes: %s', (status, message, passes) => {
  expect(isPassing(new RemoteError('HR-REMOTE-001', 'x', message, status === undefined ? {} : { status }))).toBe(
    passes,
  );
});

describe('retention', () => {
  const one = (name: string, at: number, complete = true) => ({ key: `s/${name}`, at, complete });
  const now = 10 * ABANDONED_MS;
  test.each([
    ['keeps the newest', [one('a', now - 3), one('b', now - 2), one('c', now - 1)], [], ['s/a']],
    ['keeps what a record refers to', [one('a', now - 3), one('b', now - 2), one('c', now - 1)], ['s/a'], []],
    [
      'keeps what holds a file of a restore point',
      [one('a', now - 3), one('b', now - 2), one('c', now - 1)],
      ['s/a/_metadata'],
      [],
    ],
    [
      'is not confused by a name that begins alike',
      [one('a', now - 3), one('b', now - 2), one('c', now - 1)],
      ['s/ab/_metadata'],
      ['s/a'],
    ],
    ['leaves one that is being written', [one('a', now - 3, false)], [], []],
    ['clears one that nobody writes any more', [one('a', now - 2 * ABANDONED_MS, false), one('b', 1)], [], ['s/a']],
  ])('%s', (_, directories, referenced, expected) => {
    expect(superfluous(directories, 2, referenced, now)).toEqual(expected);
  });
});

test.each([
  [
    'org.apache.kafka.common.errors.UnknownTopicOrPartitionException: This server does not host this topic-partition.',
    /create the topic/,
  ],
  ['org.apache.kafka.common.errors.TopicAuthorizationException: Not authorized to access topics: [x]', /grant/],
  [
    'java.lang.IllegalStateException: Failed to rollback to checkpoint/savepoint x. Cannot map checkpoint/savepoint state for operator y to the new program, because the operator is not available',
    /--restore-from none/,
  ],
  [
    'org.apache.flink.runtime.jobmanager.scheduler.NoResourceAvailableException: Could not acquire the minimum required resources.',
    /TaskManagers or slots/,
  ],
  ['HR-FLINK-010 job specification /rehearsal: is not known', /one version/],
])('%s is explained', (reason, mend) => {
  expect(mendOf(reason)).toMatch(mend);
});

test('the identity is that of what runs: not of the lease, and of the bridge as well', () => {
  const identity = identityOf(specification(), '1'.repeat(64));
  expect(identityOf(specification({ epoch: 7 }), '1'.repeat(64))).toBe(identity);
  expect(identityOf(specification(), '2'.repeat(64))).not.toBe(identity);
  expect(identityOf(specification({ parallelism: 3 }), '1'.repeat(64))).not.toBe(identity);
});

test('quantities are written for people', () => {
  expect([bytes(0), bytes(1536), bytes(5 << 20)]).toEqual(['0 B', '1.5 KiB', '5.0 MiB']);
  expect([span(1500), span(90_000), span(600_000), span(7_200_000), span(864e5 * 3)]).toEqual([
    '1.5 s',
    '90 s',
    '10 min',
    '2.0 h',
    '3.0 d',
  ]);
});
