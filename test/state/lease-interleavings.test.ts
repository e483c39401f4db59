/**
 * Fault modelled: every interleaving of an owner, its standby and the standby's replicator, where each may be paused
 * between any two of its steps for any time. Explored exhaustively on a small model that uses the real decision
 * functions. The model's clocks agree, so skew only has to cover the step of one tick.
 */
import { describe, expect, it } from 'vitest';
import type { CheckpointManifest } from '../../runtime/state/checkpoint.ts';
import { holdsUntil, nextMove, type Sighting, sight } from '../../runtime/state/lease-decision.ts';
import type { LeaseRecord } from '../../runtime/state/lease-record.ts';
import { nextReplication } from '../../runtime/state/replicator-plan.ts';
import { EMPTY_HEAD, names, type RestorePointHead, withPoint } from '../../runtime/state/restore-point.ts';
import { permission } from '../../runtime/state/restore-point-gate.ts';

/** Rules that a test takes away, to see that the exploration notices. */
interface Rules {
  readonly gate: boolean;
  readonly seal: boolean;
  readonly observeWhole: boolean;
  readonly holderStops: boolean;
  /** Whether an owner that wrongly believes to hold the lease counts as a violation by itself. */
  readonly belief: boolean;
}
const ALL_RULES: Rules = { gate: true, seal: true, observeWhole: true, holderStops: true, belief: true };

const LEASE = { ttl: 3, renew: 1, skew: 1 };
const LAST_TICK = 7;
const RENEWALS = 2;
const CHECKPOINTS = 2;

interface State {
  now: number;
  lease: { epoch: number; owner: 'us' | 'eu'; renewal: number };
  head: RestorePointHead;
  /** Committed slots: checkpoint number to the region whose computation it holds. */
  slots: Record<number, 'us' | 'eu'>;
  us: {
    renewedFrom: number;
    renewing: number | null;
    lost: boolean;
    made: number;
    committed: number;
    step: 'idle' | 'allowed' | 'asserted';
  };
  /** The standby's replicator: the checkpoint it has copied and is about to publish. */
  copied: number | null;
  eu: {
    sighting: { renewal: number; epoch: number; since: number } | null;
    step: 'watch' | 'leased' | 'sealed' | 'running';
    from: number;
    committed: number;
  };
}

const initial: State = {
  now: 0,
  lease: { epoch: 1, owner: 'us', renewal: 0 },
  head: EMPTY_HEAD,
  slots: {},
  us: { renewedFrom: 0, renewing: null, lost: false, made: 0, committed: 0, step: 'idle' },
  copied: null,
  eu: { sighting: null, step: 'watch', from: 0, committed: 0 },
};

const record = (lease: { epoch: number; owner?: string; renewal: number }) =>
  ({
    epoch: lease.epoch,
    state: 'held',
    renewal: lease.renewal,
    ttl: LEASE.ttl,
    skew: LEASE.skew,
    owner: lease.owner ?? 'us',
  }) as LeaseRecord;
const versionOf = (lease: { epoch: number; renewal: number }) => `${lease.epoch}.${lease.renewal}`;
const sightingOf = (seen: State['eu']['sighting']): Sighting | undefined =>
  seen ? { version: versionOf(seen), record: record(seen), since: seen.since } : undefined;
const manifest = (checkpoint: number) => ({ epoch: 1, checkpoint }) as CheckpointManifest;

class Violation extends Error {}

/** Exclusive creation; whatever it finds or creates must be the computation that the slot belongs to. */
function commit(state: State, slot: number, computedBy: 'us' | 'eu'): void {
  const holds = state.slots[slot];
  if (holds !== undefined && holds !== computedBy)
    throw new Violation(`slot ${slot} of ${holds} committed again by ${computedBy}`);
  state.slots[slot] = computedBy;
}

function successors(state: State, rules: Rules): [string, State][] {
  const next: [string, State][] = [];
  const step = (name: string, change: (s: State) => void) => {
    const copy = JSON.parse(JSON.stringify(state)) as State;
    change(copy);
    next.push([name, copy]);
  };
  const { us, eu, lease } = state;
  const held = !us.lost && (!rules.holderStops || state.now < holdsUntil(us.renewedFrom, LEASE));

  if (state.now < LAST_TICK)
    step('tick', (s) => {
      s.now += 1;
    });

  // The owner. A store operation is two steps: its start, and its effect at any later time.
  if (us.renewing === null && held && lease.renewal < RENEWALS)
    step('us starts a renewal', (s) => {
      s.us.renewing = s.now;
    });
  if (us.renewing !== null) {
    step('us renewal takes effect', (s) => {
      if (s.lease.owner === 'us') {
        s.lease.renewal += 1;
        s.us.renewedFrom = s.us.renewing as number;
      } else if (rules.holderStops) s.us.lost = true;
      s.us.renewing = null;
    });
  }
  if (held && us.made < CHECKPOINTS)
    step('us completes a checkpoint', (s) => {
      s.us.made += 1;
    });
  const slot = us.committed + 1;
  if (us.step === 'idle' && slot <= us.made && (!rules.gate || permission(state.head, 1, slot) === 'commit')) {
    step('us passes the gate', (s) => {
      s.us.step = 'allowed';
    });
  }
  if (us.step === 'allowed' && held)
    step('us asserts its lease', (s) => {
      if (rules.belief && lease.owner !== 'us') throw new Violation('us believes to hold a lease that was taken');
      s.us.step = 'asserted';
    });
  if (us.step === 'asserted')
    step(`us commits ${slot}`, (s) => {
      commit(s, slot, 'us');
      s.us.committed = slot;
      s.us.step = 'idle';
    });

  // The standby's replicator, a process of its own: it may be paused across a whole takeover.
  if (state.copied === null) {
    const offered = Array.from({ length: us.made }, (_, i) => manifest(i + 1));
    const move = nextReplication(offered, state.head);
    if (move.kind === 'copy')
      step('replicator copies', (s) => {
        s.copied = move.checkpoint.checkpoint;
      });
  } else {
    const point = manifest(state.copied);
    step('replicator publishes', (s) => {
      s.head = withPoint(s.head, point, 10);
      s.copied = null;
    });
  }

  // The standby.
  if (eu.step === 'watch') {
    const sighting = sight(sightingOf(eu.sighting), { version: versionOf(lease), record: record(lease) }, state.now);
    const since = sighting?.since ?? 0;
    if (since !== eu.sighting?.since || lease.renewal !== eu.sighting.renewal) {
      step('eu looks', (s) => {
        s.eu.sighting = { renewal: s.lease.renewal, epoch: s.lease.epoch, since };
      });
    }
    const observed = sightingOf(eu.sighting);
    const settings = rules.observeWhole ? LEASE : { ...LEASE, ttl: 0, skew: 0 };
    const seen =
      observed && (rules.observeWhole ? observed : { ...observed, record: { ...observed.record, ttl: 1, skew: 0 } });
    if (seen && nextMove(seen, state.now, settings).kind === 'take' && seen.version === versionOf(lease)) {
      step('eu takes the lease', (s) => {
        s.lease = { epoch: 2, owner: 'eu', renewal: 0 };
        s.eu.step = 'leased';
      });
    }
  }
  if (eu.step === 'leased')
    step('eu seals', (s) => {
      if (rules.seal) s.head = { ...s.head, epoch: 2 };
      s.eu.step = 'sealed';
    });
  if (eu.step === 'sealed')
    step('eu restores', (s) => {
      const newest = s.head.points[0];
      if (newest && !names(s.head, newest)) throw new Violation('restored what is no restore point');
      s.eu.from = newest?.checkpoint ?? 0;
      s.eu.step = 'running';
      for (let n = 1; n <= s.eu.from; n++) commit(s, n, 'us');
      s.eu.committed = s.eu.from;
    });
  if (eu.step === 'running' && eu.committed < CHECKPOINTS) {
    step('eu commits its own', (s) => {
      s.eu.committed += 1;
      commit(s, s.eu.committed, 'eu');
    });
  }
  return next;
}

/** Visits every reachable state. @returns how many there are, and the first violation with the steps that lead to it. */
function explore(rules: Rules): { states: number; violation?: string; path?: string[]; takeovers: number } {
  const seen = new Map<string, { from: string | null; by: string }>();
  const start = JSON.stringify(initial);
  seen.set(start, { from: null, by: '' });
  const queue = [start];
  let takeovers = 0;
  const path = (key: string | null, last: string) => {
    const steps = [last];
    for (let at = key; at !== null; at = seen.get(at)?.from ?? null) steps.unshift(seen.get(at)?.by ?? '');
    return steps.filter(Boolean);
  };
  for (let i = 0; i < queue.length; i++) {
    const key = queue[i] as string;
    const state = JSON.parse(key) as State;
    if (state.eu.step === 'running') takeovers += 1;
    let following: [string, State][];
    try {
      following = successors(state, rules);
    } catch (error) {
      if (error instanceof Violation)
        return { states: seen.size, violation: error.message, path: path(key, error.message), takeovers };
      throw error;
    }
    for (const [by, after] of following) {
      const found = JSON.stringify(after);
      if (!seen.has(found)) {
        seen.set(found, { from: key, by });
        queue.push(found);
      }
    }
  }
  return { states: seen.size, takeovers };
}

describe('two regions and a replicator, in every interleaving', () => {
  it('never commit the same slot twice, and never both believe to own the job', () => {
    const result = explore(ALL_RULES);
    expect(result.path ?? []).toEqual([]);
    expect(result.states).toBeGreaterThan(1_000);
    expect(result.takeovers).toBeGreaterThan(100);
  }, 120_000);

  it('would be caught if outputs did not wait for the restore point', () => {
    expect(explore({ ...ALL_RULES, gate: false }).violation).toMatch(/^slot \d of (us|eu) committed again by (us|eu)$/);
  });

  it('commit no slot twice even when the clock of the old owner stands still', () => {
    expect(explore({ ...ALL_RULES, holderStops: false, belief: false }).path ?? []).toEqual([]);
  }, 60_000);

  it('would be caught in that if a takeover did not close the old epoch to a paused replicator', () => {
    const { violation, path } = explore({ ...ALL_RULES, holderStops: false, belief: false, seal: false });
    expect(violation).toMatch(/committed again/);
    expect(path).toContain('eu takes the lease');
  }, 60_000);

  it('would be caught if the standby took the lease before its time', () => {
    expect(explore({ ...ALL_RULES, observeWhole: false }).violation).toBe('us believes to hold a lease that was taken');
  });

  it('would be caught if the holder did not stop by its own clock', () => {
    expect(explore({ ...ALL_RULES, holderStops: false }).violation).toBe('us believes to hold a lease that was taken');
  });
});
