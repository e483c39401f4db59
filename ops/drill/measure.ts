import { CommandError } from '../errors.ts';
import type { Failover, Phases } from './result.ts';
import type { TimelineEvent } from './timeline.ts';

type Kind = TimelineEvent['kind'];
type Of<K extends Kind> = Extract<TimelineEvent, { kind: K }>;

/** Which region plays which part, and how many outputs of each of their checkpoints were not in the log before. */
export interface Parts {
  readonly primary: string;
  readonly standby: string;
  readonly fresh: (region: string, checkpoint: number) => number;
}

/** Times in milliseconds on the timeline's own clock. */
export interface Measures {
  readonly faultAt: number;
  readonly healedAt: number | undefined;
  readonly finishedAtFault: number;
  readonly rto: number;
  /** Undefined without a restore point to measure. */
  readonly rpo: number | undefined;
  readonly epochs: { readonly primary: number | undefined; readonly standby: number | undefined };
}

/**
 * What a failover cost, from the events of all its processes.
 * @throws CommandError HR-DRILL-005 when an event is missing that a finished failover has.
 */
export function measureFailover(timeline: readonly TimelineEvent[], parts: Parts): Measures & { failover: Failover } {
  const { primary, standby } = parts;
  const fault = find(timeline, 'fault', primary);
  const leased = find(timeline, 'lease-taken', standby);
  const sealed = find(timeline, 'sealed', standby);
  const chosen = find(timeline, 'chosen', standby);
  const restored = find(timeline, 'restored', standby);
  const first = find(timeline, 'committed', standby, (e) => parts.fresh(standby, e.checkpoint) > 0);
  // An owner that does not notice the fault works on until the takeover closes its epoch: only then something is lost.
  const lostAt = chosen.triggeredAt > fault.at ? sealed.at : fault.at;
  const phases: Phases = {
    detection: leased.at - fault.at,
    decision: chosen.at - leased.at,
    restore: restored.at - chosen.at,
    firstOutput: first.at - restored.at,
  };
  // Those up to the newest restore point are in slots that the new owner neither fills nor counts again.
  const { at: _, region: __, kind: ___, triggeredAt: ____, ...restorePoint } = chosen;
  const committable = Math.max(chosen.checkpoint, ...chosen.passedOver.map(({ key }) => checkpointOf(key)));
  const late = timeline.filter(
    (e): e is Of<'committed'> =>
      e.kind === 'committed' && e.region === primary && e.at > sealed.at && e.checkpoint > committable,
  );
  return {
    ...common(timeline, parts),
    rto: first.at - fault.at,
    rpo: lostAt - chosen.triggeredAt,
    failover: {
      phases,
      restorePoint,
      rpoRecords: Math.max(0, finishedBy(timeline, primary, lostAt) - chosen.finished),
      late: late.reduce((sum, { outputs }) => sum + outputs, 0),
    },
  };
}

/** What a fault cost that the active region outlived, or that no region took over. */
export function measureStay(timeline: readonly TimelineEvent[], parts: Parts): Measures {
  const fault = find(timeline, 'fault', parts.primary);
  return {
    ...common(timeline, parts),
    rto: longestSilence(timeline, parts, fault.at),
    rpo: greatestAge(timeline, parts.standby, fault.at),
  };
}

function common(timeline: readonly TimelineEvent[], { primary, standby }: Parts) {
  const first = <K extends Kind>(kind: K, region: string) =>
    timeline.find((e): e is Of<K> => e.kind === kind && e.region === region);
  return {
    faultAt: find(timeline, 'fault', primary).at,
    healedAt: first('healed', primary)?.at,
    finishedAtFault: finishedBy(timeline, primary, find(timeline, 'fault', primary).at),
    epochs: { primary: first('lease-taken', primary)?.epoch, standby: first('lease-taken', standby)?.epoch },
  };
}

function find<K extends Kind>(
  timeline: readonly TimelineEvent[],
  kind: K,
  region: string,
  fits: (event: Of<K>) => boolean = () => true,
): Of<K> {
  const event = timeline.find((e): e is Of<K> => e.kind === kind && e.region === region && fits(e as Of<K>));
  if (event) return event;
  throw new CommandError('HR-DRILL-005', `region ${region}`, `the timeline has no event ${kind}`, { exitCode: 1 });
}

/** The first that a region said, from `from` on, of a call that failed, with some words in it. */
export function firstFailedCall(
  timeline: readonly TimelineEvent[],
  region: string,
  from: number,
  words: string,
): Of<'call-failed'> | undefined {
  return timeline.find(
    (e): e is Of<'call-failed'> =>
      e.kind === 'call-failed' && e.region === region && e.at >= from && e.message.includes(words),
  );
}

/** Inputs that a region had finished by `at`, as far as it said: it reports at most every 100 ms. */
function finishedBy(timeline: readonly TimelineEvent[], region: string, at: number): number {
  let finished = 0;
  for (const e of timeline) {
    if (e.region !== region || e.at > at) continue;
    if (e.kind === 'progress' || e.kind === 'checkpoint') finished = Math.max(finished, e.finished);
  }
  return finished;
}

/** Longest time from `from` on in which no output came, up to the last one. */
function longestSilence(timeline: readonly TimelineEvent[], { fresh }: Parts, from: number): number {
  let [longest, last] = [0, from];
  for (const e of timeline) {
    if (e.kind !== 'committed' || e.at < from || fresh(e.region, e.checkpoint) === 0) continue;
    longest = Math.max(longest, e.at - last);
    last = e.at;
  }
  return longest;
}

/** Greatest age that the newest restore point reached from `from` on, by its trigger time, until the next one came. */
function greatestAge(timeline: readonly TimelineEvent[], standby: string, from: number): number | undefined {
  let greatest: number | undefined;
  let newest: Of<'restore-point'> | undefined;
  for (const e of timeline) {
    if (e.kind !== 'restore-point' || e.region !== standby) continue;
    if (newest && e.at >= from) greatest = Math.max(greatest ?? 0, e.at - newest.triggeredAt);
    newest = e;
  }
  return greatest;
}

/** `…/0000000007-1.json` is checkpoint 7 of epoch 1. */
const checkpointOf = (key: string) => Number(/(\d+)-\d+\.json$/.exec(key)?.[1] ?? 0);
