// What a failover waits for: the old region's stop, the copy of its last snapshot, and the lease.
import { systemClock } from '../../runtime/state/clock.ts';
import type { HeldLease } from '../../runtime/state/lease.ts';
import { listRestorePoints } from '../../runtime/state/restore-point-catalog.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { Versioned } from '../job/record-store.ts';
import type { FailoverOptions } from './failover-options.ts';
import { type Failover, readFailover } from './record.ts';

const POLL_MS = 200;
/** Renewals for which a process of this region must be silent before its lease is gone on with. */
const SILENT_RENEWALS = 2;

/** Waits for the old region's supervisor, which stops the job and gives the lease back. */
export async function stopped(options: FailoverOptions, asked: Versioned<Failover>): Promise<Versioned<Failover>> {
  const { shared, wait, signal, say } = options;
  const until = Date.now() + wait;
  say(`waits for region ${asked.value.from} to stop the job with a savepoint`);
  for (;;) {
    const seen = await readFailover(shared.leases, shared.name);
    if (!seen || seen.value.id !== asked.value.id)
      throw new CommandError('HR-FAILOVER-003', `job ${shared.name}`, 'the failover was cancelled', {
        exitCode: EXIT.failed,
      });
    if (seen.value.step !== 'requested') return seen;
    if (Date.now() >= until) {
      throw new CommandError(
        'HR-FAILOVER-005',
        `region ${asked.value.from}`,
        `its supervisor has not stopped the job: ${seen.value.trouble ?? 'it does not answer'}`,
        {
          exitCode: EXIT.failed,
          mend: 'call again without --planned to go on from the newest restore point, or with --cancel',
        },
      );
    }
    await systemClock.sleep(POLL_MS, signal);
  }
}

/** Waits until the old region's last snapshot is a restore point here. */
export async function copied(options: FailoverOptions, directory: string): Promise<void> {
  const { shared, wait, signal, say, copy } = options;
  const until = Date.now() + wait;
  say(`waits for the copy of ${directory}`);
  let trouble = 'does headrace replicate run here?';
  for (;;) {
    const points = await listRestorePoints(shared.store, shared.name);
    if (points.some(({ point }) => point?.flink?.directory === directory)) return;
    try {
      await copy?.(directory);
    } catch (error) {
      trouble = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() >= until) {
      throw new CommandError('HR-FAILOVER-005', shared.store.uri, `${directory} has not been copied: ${trouble}`, {
        exitCode: EXIT.failed,
        mend: 'the same command goes on; with --cancel the old region does',
      });
    }
    await systemClock.sleep(POLL_MS, signal);
  }
}

/** The lease for this region: held already, gone on with after an interrupted call, or taken once it is free. */
export async function hold({ shared, owner, wait, signal, say }: FailoverOptions): Promise<HeldLease> {
  if (owner.held) return owner.held;
  const until = Date.now() + wait;
  for (let look = 1; ; look++) {
    const record = await owner.lease.look();
    const mine = record?.owner === shared.region.name && record.state === 'held';
    const silent = (owner.lease.still ?? 0) >= SILENT_RENEWALS * shared.settings.renew;
    const held = mine ? silent && (await owner.take('adopt')) : await owner.take('acquire');
    if (held) return held;
    if (look === 1) say(`waits for the lease: region ${record?.owner} has it, and gives it back or loses it`);
    if (Date.now() >= until) {
      throw new CommandError(
        'HR-FAILOVER-005',
        `${shared.leases.uri}`,
        `the lease is not free: ${record?.owner} renews it`,
        {
          exitCode: EXIT.failed,
          mend: `its supervisor is another version, or another process of this region is at work; the same command goes on`,
        },
      );
    }
    await systemClock.sleep(Math.min(POLL_MS, shared.settings.renew), signal);
  }
}
