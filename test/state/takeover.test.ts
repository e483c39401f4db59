/**
 * Faults modelled: outputs that wait for a standby which is slow or gone, a zombie that asks after a takeover, a copied
 * checkpoint that never became a restore point, a takeover that finds nothing to restore.
 */
import { describe, expect, it } from 'vitest';
import { metadataKey } from '../../runtime/state/checkpoint.ts';
import { Lease } from '../../runtime/state/lease.ts';
import { decodeLease, leaseKey } from '../../runtime/state/lease-record.ts';
import { Replicator } from '../../runtime/state/replicator.ts';
import { publishRestorePoint, sealRestorePoints } from '../../runtime/state/restore-point-catalog.ts';
import { replicatedGate } from '../../runtime/state/restore-point-gate.ts';
import { newestOwn, takeOver } from '../../runtime/state/takeover.ts';
import { MemoryStore } from './memory-store.ts';
import { JOB, PLAN, writeCheckpoint } from './samples.ts';
import { VirtualClock } from './virtual-clock.ts';

const never = new AbortController().signal;

describe('the replicated commit gate', () => {
  it('opens once a restore point that includes the checkpoint is in every standby', async () => {
    const [eu, asia] = [new MemoryStore('eu'), new MemoryStore('asia')];
    const clock = new VirtualClock();
    const gate = replicatedGate({ standbys: [eu, asia], job: JOB, epoch: 1, clock });
    let open = false;
    const waiting = gate.ready(4, never).then(() => {
      open = true;
    });
    await clock.advance(500);
    await publishRestorePoint(eu, JOB, { epoch: 1, checkpoint: 5 }, 3);
    await clock.advance(5_000);
    expect(open).toBe(false);
    await publishRestorePoint(asia, JOB, { epoch: 1, checkpoint: 3 }, 3);
    await clock.advance(5_000);
    expect(open).toBe(false);
    await publishRestorePoint(asia, JOB, { epoch: 1, checkpoint: 4 }, 3);
    await clock.advance(5_000);
    await waiting;
    expect(open).toBe(true);
  });

  it('stays shut for good once a later epoch took over, even for a checkpoint that was copied', async () => {
    const eu = new MemoryStore('eu');
    await publishRestorePoint(eu, JOB, { epoch: 1, checkpoint: 4 }, 3);
    await sealRestorePoints(eu, JOB, 2);
    const gate = replicatedGate({ standbys: [eu], job: JOB, epoch: 1 });
    await expect(gate.ready(4, never)).rejects.toMatchObject({ code: 'HR-STATE-005' });
  });

  it('is not opened by a restore point of an earlier epoch', async () => {
    const eu = new MemoryStore('eu');
    const clock = new VirtualClock();
    await publishRestorePoint(eu, JOB, { epoch: 1, checkpoint: 9 }, 3);
    let open = false;
    const stop = new AbortController();
    const waiting = replicatedGate({ standbys: [eu], job: JOB, epoch: 2, clock })
      .ready(4, stop.signal)
      .then(() => {
        open = true;
      })
      .catch(() => {});
    await clock.advance(5_000);
    stop.abort();
    await waiting;
    expect(open).toBe(false);
  });

  it('waits out a standby that cannot be reached, and ends with its signal', async () => {
    const eu = new MemoryStore('eu');
    const clock = new VirtualClock();
    const failures: unknown[] = [];
    eu.before = () => {
      throw new Error('no route');
    };
    const stop = new AbortController();
    const gate = replicatedGate({
      standbys: [eu],
      job: JOB,
      epoch: 1,
      clock,
      onFailure: (error) => failures.push(error),
    });
    const waiting = gate.ready(1, stop.signal);
    const outcome = waiting.catch((error: unknown) => error);
    for (let i = 0; i < 6; i++) await clock.advance(500);
    stop.abort(new Error('stopped'));
    expect(await outcome).toMatchObject({ message: 'stopped' });
    expect(failures.length).toBeGreaterThan(2);
  });
});

describe('a takeover', () => {
  async function standby() {
    const [us, eu, leases] = [new MemoryStore('us'), new MemoryStore('eu'), new MemoryStore('asia')];
    const replicator = new Replicator({ job: JOB, region: 'eu', from: us, to: eu, every: 10, retain: 3, grace: 0 });
    const lease = new Lease({
      store: leases,
      job: JOB,
      region: 'eu',
      holder: 'eu-1',
      settings: { ttl: 60_000, renew: 10_000, skew: 100 },
    });
    const order: string[] = [];
    const go = (planHash = PLAN) =>
      takeOver({
        lease,
        store: eu,
        job: JOB,
        planHash,
        signal: never,
        stopReplicator: async () => void order.push('replicator stopped'),
        onStep: ({ kind }) => order.push(kind),
      });
    return { us, eu, leases, replicator, order, go };
  }

  it('takes the lease, stops the replicator, closes older epochs, and only then chooses', async () => {
    const { us, replicator, order, go } = await standby();
    await writeCheckpoint(us, 1);
    await replicator.once();
    const taken = await go();
    expect(order).toEqual(['lease', 'replicator stopped', 'sealed', 'chosen']);
    expect(taken.point.checkpoint).toBe(1);
    expect(taken.lease.epoch).toBe(1);
    await taken.lease.release();
  });

  it('makes the chosen checkpoint the newest of its store: later copies are no longer checkpoints', async () => {
    const { us, eu, replicator, go } = await standby();
    await writeCheckpoint(us, 1);
    await replicator.once();
    await writeCheckpoint(eu, 2);
    const taken = await go();
    expect(eu.objects.has(metadataKey(JOB, 2))).toBe(false);
    expect(eu.objects.has(metadataKey(JOB, 1))).toBe(true);
    await taken.lease.release();
  });

  it('says up to which checkpoint an earlier owner may have committed, also where that one is passed over', async () => {
    const { us, eu, replicator, go } = await standby();
    for (const n of [1, 2]) {
      await writeCheckpoint(us, n);
      await replicator.once();
    }
    await eu.delete(metadataKey(JOB, 2));
    const taken = await go();
    expect([taken.point.checkpoint, taken.committable, taken.passedOver.length]).toEqual([1, 2, 1]);
    await taken.lease.release();
  });

  it('finds what the region itself went on with before its process died, and nothing that it copied', async () => {
    const { us, eu, replicator } = await standby();
    await writeCheckpoint(us, 1);
    await replicator.once();
    await writeCheckpoint(eu, 2);
    expect(await newestOwn(eu, JOB, 'eu')).toBeUndefined();
    for (const n of [3, 2]) {
      const own = { ...(await writeCheckpoint(eu, n, { epoch: 2 })), region: 'eu' };
      await eu.put(metadataKey(JOB, n), Buffer.from(JSON.stringify(own)));
    }
    expect((await newestOwn(eu, JOB, 'eu'))?.checkpoint).toBe(3);
    // A later owner's restore point: what the region did before is over.
    await publishRestorePoint(eu, JOB, { epoch: 3, checkpoint: 4 }, 3);
    expect(await newestOwn(eu, JOB, 'eu')).toBeUndefined();
  });

  it('gives the lease back when there is nothing to restore, or only another plan’s', async () => {
    const { us, leases, replicator, go } = await standby();
    await expect(go()).rejects.toMatchObject({ code: 'HR-STATE-006' });
    expect(decodeLease('', leases.objects.get(leaseKey(JOB))?.data as Uint8Array).state).toBe('released');
    await writeCheckpoint(us, 1, { epoch: 1 });
    await replicator.once();
    await expect(go('plan-b')).rejects.toMatchObject({ code: 'HR-STATE-007' });
    expect(decodeLease('', leases.objects.get(leaseKey(JOB))?.data as Uint8Array).state).toBe('released');
  });
});
