import { runLocal } from '../../runtime/local/index.ts';
import type { HeldLease } from '../../runtime/state/lease.ts';
import { commitLocally } from '../../runtime/state/ownership.ts';
import { Replicator, type ReplicatorEvent } from '../../runtime/state/replicator.ts';
import { sealRestorePoints } from '../../runtime/state/restore-point-catalog.ts';
import { abandonedWith } from '../../runtime/state/stores/abandoned.ts';
import { newestCommittable, newestOwn, prepareTakeover, type TakeoverStep } from '../../runtime/state/takeover.ts';
import type { FinishedPart, RegionContext } from './region-context.ts';
import type { Happening } from './timeline.ts';

/** Replicates until the lease is free, then goes on with the job. */
export async function asStandby(context: RegionContext): Promise<FinishedPart> {
  const { lease, job } = context;
  const replication = new Replication(context);
  context.onOrder = async (order) => {
    if (order.order !== 'replication') return `${order.order}: not for a standby`;
    if (order.on) replication.start();
    else await replication.stop();
    return order.on ? 'replication goes on' : 'replication stands still';
  };
  let held: HeldLease | undefined;
  try {
    const owned = await lease.acquire(context.signal);
    held = owned;
    const closed = await goOn(context, owned, () => replication.stop());
    // No standby is left that could have a restore point: waiting for one would stop the stream for good.
    const result = await runLocal({ ...job, ownership: owned, gate: commitLocally, closed });
    return { ...result, release: () => owned.release() };
  } catch (error) {
    await replication.stop();
    await held?.release().catch(() => {});
    throw error;
  }
}

/**
 * Makes what the job goes on from the newest checkpoint: this region's own work where an earlier process of it had taken
 * over, else the newest whole restore point. @returns checkpoints that the earlier owner may have committed beyond it.
 */
async function goOn(context: RegionContext, held: HeldLease, stopReplicator: () => Promise<void>) {
  const { settings, stores, planHash, say } = context;
  const { job, region, commit } = settings;
  const own = await newestOwn(stores.standby, job, region);
  let after = 0;
  let last: number;
  if (own) {
    say({ kind: 'lease-taken', epoch: held.epoch });
    await stopReplicator();
    last = newestCommittable(await sealRestorePoints(stores.standby, job, held.epoch));
    say({ kind: 'resumed', checkpoint: own.checkpoint, epoch: own.epoch });
  } else {
    const onStep = (step: TakeoverStep) => say(fromStep(step));
    const taken = await prepareTakeover(held, { store: stores.standby, job, planHash, stopReplicator, onStep });
    after = taken.point.checkpoint;
    last = taken.committable;
  }
  // With `local` each region has a log of its own, in which nobody has committed anything yet.
  return commit === 'replicated' && last > after ? { after, last } : undefined;
}

/** The standby's replicator, which can be stopped and started again. */
class Replication {
  readonly #context: RegionContext;
  #stop = new AbortController();
  #working: Promise<void> = Promise.resolve();

  constructor(context: RegionContext) {
    this.#context = context;
    this.start();
  }

  start(): void {
    const { settings, stores, say } = this.#context;
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const replicator = new Replicator({
      job: settings.job,
      region: settings.region,
      from: abandonedWith(stores.primary, signal),
      to: stores.standby,
      every: settings.times.replication,
      retain: settings.retain.restorePoints,
      onEvent: (event) => {
        const happening = fromReplicator(event);
        if (happening) say(happening);
      },
    });
    this.#working = replicator.run(signal);
  }

  /** Resolves once nothing is written any more. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#working;
  }
}

function fromReplicator(event: ReplicatorEvent): Happening | undefined {
  if (event.kind === 'failed') return { kind: 'replication-failed', message: String(event.error) };
  if (event.kind !== 'restore-point') return undefined;
  const { checkpoint, epoch, triggeredAt, records } = event.point;
  const finished = records?.finished ?? 0;
  return { kind: 'restore-point', checkpoint, epoch, triggeredAt, finished, bytes: event.bytes };
}

function fromStep(step: TakeoverStep): Happening {
  if (step.kind === 'lease') return { kind: 'lease-taken', epoch: step.epoch };
  if (step.kind === 'sealed') return step;
  const { key, passedOver, point } = step;
  const { checkpoint, epoch, triggeredAt, records } = point;
  return { kind: 'chosen', key, checkpoint, epoch, triggeredAt, finished: records?.finished ?? 0, passedOver };
}
