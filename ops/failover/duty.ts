import type { LeaseRecord } from '../../runtime/state/lease-record.ts';
import { type Failover, hasEnded } from './record.ts';

/** What a supervisor sees before it does anything. */
export interface DutySituation {
  readonly region: string;
  readonly role: 'active' | 'standby';
  /** Whether this process holds the lease. */
  readonly holding: boolean;
  /** As it is in the store; undefined before the first acquisition. */
  readonly lease: Pick<LeaseRecord, 'owner' | 'state'> | undefined;
  /** The lease's process shows no sign of life: its record has stood still for a while. */
  readonly abandoned: boolean;
  /** Its time is over: it may be taken. */
  readonly expired: boolean;
  readonly failover: Pick<Failover, 'to' | 'from' | 'planned' | 'step'> | undefined;
  /** `dr.failover: automatic` */
  readonly automatic: boolean;
}

export type Duty =
  /** Keep the job running. */
  | { readonly kind: 'supervise' }
  | { readonly kind: 'acquire' | 'adopt' }
  /** Stop the job with a savepoint, and give the lease back. */
  | { readonly kind: 'hand-over' }
  /** Stop the job at once, and give the lease back. */
  | { readonly kind: 'give-up' }
  | { readonly kind: 'take-over' }
  /** @property cancels a job that runs here all the same is ended: another region's may run. */
  | { readonly kind: 'stand-by'; readonly why: string; readonly cancels: boolean };

/** Whether a region's supervisor works, waits or hands over. Nobody but a failover moves the lease to another region. */
export function dutyOf(situation: DutySituation): Duty {
  const { region, role, holding, lease, failover, automatic, abandoned, expired } = situation;
  const mine = lease?.owner === region;
  if (failover && !hasEnded(failover)) {
    // It starts the job itself.
    if (failover.to === region) return waits(`headrace failover moves the job here: it is ${failover.step}`);
    const asked = failover.step === 'requested' && failover.from === region;
    if (asked && failover.planned) {
      if (holding) return { kind: 'hand-over' };
      if (mine) return take(lease, abandoned);
    }
    if (holding) return { kind: 'give-up' };
    return standBy(`headrace failover moves the job to ${failover.to}: it is ${failover.step}`);
  }
  if (holding) return { kind: 'supervise' };
  if (!lease) return role === 'active' ? { kind: 'acquire' } : standBy('no region has had the job yet');
  if (mine) return take(lease, abandoned);
  if (automatic && expired) return { kind: 'take-over' };
  return standBy(`region ${lease.owner} has the job`);
}

function take({ state }: Pick<LeaseRecord, 'state'>, abandoned: boolean): Duty {
  if (state === 'released') return { kind: 'acquire' };
  return abandoned ? { kind: 'adopt' } : waits('another process of this region has the lease, or had it a moment ago');
}

const standBy = (why: string): Duty => ({ kind: 'stand-by', why, cancels: true });
const waits = (why: string): Duty => ({ kind: 'stand-by', why, cancels: false });
