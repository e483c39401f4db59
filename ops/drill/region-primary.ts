import { runLocal } from '../../runtime/local/index.ts';
import { commitLocally } from '../../runtime/state/ownership.ts';
import { replicatedGate } from '../../runtime/state/restore-point-gate.ts';
import { DeafOwnership } from './deaf-ownership.ts';
import type { FinishedPart, RegionContext } from './region-context.ts';

/** Takes the lease and runs the job to its end. A job that fails gives its lease back: another region may do better. */
export async function asPrimary(context: RegionContext): Promise<FinishedPart> {
  const { settings, stores, lease, job, say } = context;
  const held = await lease.acquire(context.signal);
  say({ kind: 'lease-taken', epoch: held.epoch });
  const ownership = new DeafOwnership(held);
  context.onOrder = ({ order }) => {
    if (order !== 'deaf') return `${order}: not for an active region`;
    ownership.deaf = true;
    return 'the lease is no longer looked at';
  };
  const gate =
    settings.commit === 'local'
      ? commitLocally
      : replicatedGate({ standbys: [stores.standby], job: settings.job, epoch: held.epoch });
  try {
    return { ...(await runLocal({ ...job, ownership, gate })), release: () => held.release() };
  } catch (error) {
    await held.release().catch(() => {});
    throw error;
  }
}
