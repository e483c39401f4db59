import { CommandError } from '../errors.ts';
import type { Phases } from './result.ts';
import type { TimelineEvent } from './timeline.ts';

type Kind = TimelineEvent['kind'];
type Of<K extends Kind> = Extract<TimelineEvent, { kind: K }>;

export interface Measures {
  readonly killed: Of<'killed'>;
  readonly chosen: Of<'chosen'>;
  readonly phases: Phases;
  /** Kill to first new output, milliseconds. */
  readonly rto: number;
  /** Age of the restore point at the kill, milliseconds. */
  readonly rpo: number;
  /** Inputs finished by the primary that the restore point does not know. */
  readonly rpoRecords: number;
  readonly finishedAtKill: number;
  readonly epochs: { readonly primary: number; readonly standby: number };
  /** Of a region that woke up after the takeover: when, and how many outputs it committed from then on. */
  readonly woken: { readonly at: number; readonly committed: number } | undefined;
  readonly committed: { readonly primary: number; readonly standby: number };
}

/**
 * What a failover cost, from the events of all its processes.
 * @param known checkpoints whose outputs were in the log at the kill: the standby finds them there and commits none anew.
 * @throws CommandError HR-DRILL-005 when an event is missing that a finished failover has.
 */
export function measure(
  timeline: readonly TimelineEvent[],
  parts: { readonly primary: string; readonly standby: string },
  known: ReadonlySet<number>,
  outputsAtKill: number,
): Measures {
  const find = <K extends Kind>(kind: K, region: string, fits: (event: Of<K>) => boolean = () => true): Of<K> => {
    const event = timeline.find((e): e is Of<K> => e.kind === kind && e.region === region && fits(e as Of<K>));
    if (event) return event;
    throw new CommandError('HR-DRILL-005', `region ${region}`, `the timeline has no event ${kind}`, { exitCode: 1 });
  };
  const { primary, standby } = parts;
  const killed = find('killed', primary);
  const leased = find('lease-taken', standby);
  const chosen = find('chosen', standby);
  const restored = find('restored', standby);
  const isNew = (event: Of<'committed'>) => event.outputs > 0 && !known.has(event.checkpoint);
  const first = find('committed', standby, isNew);
  // Reported at most every 100 ms: what was finished after the last report adds to it only in the primary's memory.
  const finishedAtKill = Math.max(
    0,
    ...timeline.map((e) =>
      e.region === primary && (e.kind === 'progress' || e.kind === 'checkpoint') ? e.finished : 0,
    ),
  );
  const woken = timeline.find((e) => e.kind === 'woken');
  const after = timeline.filter((e) => e.region === primary && e.kind === 'committed' && e.at > (woken?.at ?? 0));
  return {
    killed,
    woken: woken && {
      at: woken.at,
      committed: after.reduce((sum, e) => sum + (e.kind === 'committed' ? e.outputs : 0), 0),
    },
    chosen,
    phases: {
      detection: leased.at - killed.at,
      decision: chosen.at - leased.at,
      restore: restored.at - chosen.at,
      firstOutput: first.at - restored.at,
    },
    rto: first.at - killed.at,
    rpo: killed.at - chosen.triggeredAt,
    rpoRecords: Math.max(0, finishedAtKill - chosen.finished),
    finishedAtKill,
    epochs: { primary: find('lease-taken', primary).epoch, standby: leased.epoch },
    committed: {
      primary: outputsAtKill,
      standby: timeline.reduce(
        (sum, e) => sum + (e.region === standby && e.kind === 'committed' && isNew(e) ? e.outputs : 0),
        0,
      ),
    },
  };
}
