import type { FailoverLook } from '../../failover/look.ts';
import type { FailoverResult } from '../../failover/report.ts';
import type { Observed } from '../assess.ts';
import type { LoggedOutput } from '../count.ts';
import type { TimelineEvent } from '../timeline.ts';
import type { Watched } from './topic-watch.ts';

/** Outputs that become visible within so many milliseconds are one event of the timeline. */
const BUCKET_MS = 250;

/** What was seen and done in a drill of real regions. */
export interface RegionDrill {
  readonly primary: string;
  readonly standby: string;
  readonly look: FailoverLook;
  readonly failover: FailoverResult;
  readonly watched: readonly Watched[];
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** When the region was struck. */
  readonly faultAt: number;
  /** When nothing of it was there any more: until then it may have worked on. */
  readonly goneAt: number;
  /** When the region's workloads were started again. */
  readonly healedAt?: number | undefined;
  /** When the primary had the job again. */
  readonly backAt?: number | undefined;
  /** Inputs that are counted came until then. */
  readonly until: number;
  /** Whether each input has an output or a dead letter. With `some`, one without any is not lost. */
  readonly answers: 'all' | 'some';
}

type Part = Pick<Observed, 'timeline' | 'expected' | 'seen' | 'fresh'>;

/**
 * What is counted and measured of a drill of real regions. The inputs in the log say what must be in the log of outputs: as many
 * outputs of each as inputs had before the fault, whose ids and contents never differ, and none that is there twice.
 */
export function observe(drill: RegionDrill): Part {
  const { watched, until, answers } = drill;
  const inputs = new Map<string, string>();
  for (const one of watched)
    if (one.kind === 'input' && one.at <= until && !inputs.has(one.input)) inputs.set(one.input, one.key);
  const outputs = watched.filter((one) => one.kind === 'output').filter(({ input }) => inputs.has(input));
  const letters = new Set(watched.filter(({ kind }) => kind === 'dead-letter').map(({ input }) => input));
  const ids = idsByInput(outputs);
  const most = mostBefore(outputs, drill.faultAt);
  /** What an id held last: an id that comes again with other content is told by what it held first. */
  const content = new Map(outputs.map(({ id, sha256 }) => [id, sha256]));
  const expected: LoggedOutput[] = [];
  for (const [input, key] of inputs) {
    const found = [...(ids.get(input) ?? [])].slice(0, most);
    for (const id of found) expected.push({ id, key, value: content.get(id) });
    if (found.length === 0 && answers === 'all' && !letters.has(input))
      expected.push({ id: `(none of input ${input})`, key, value: null });
  }
  const { events, fresh } = commits(drill, outputs);
  return {
    timeline: [...happenings(drill, letters.size, outputs.length), ...events],
    expected: { read: inputs.size, outputs: expected },
    seen: outputs.map(({ id, key, sha256 }) => ({ id, key, value: sha256 })),
    fresh: (_, checkpoint) => fresh.get(checkpoint) ?? 0,
  };
}

type Output = Extract<Watched, { kind: 'output' }>;

function idsByInput(outputs: readonly Output[]): ReadonlyMap<string, ReadonlySet<string>> {
  const ids = new Map<string, Set<string>>();
  for (const { input, id } of outputs) ids.set(input, (ids.get(input) ?? new Set()).add(id));
  return ids;
}

/** The most outputs that an input had when nothing had happened yet; at least one. */
function mostBefore(outputs: readonly Output[], faultAt: number): number {
  const before = idsByInput(outputs.filter(({ at }) => at < faultAt));
  return Math.max(1, ...[...before.values()].map(({ size }) => size));
}

/**
 * Visible outputs as the events of the region that had the lease then, and how many of each are new. What the primary puts out
 * once it has the job again is counted, and is no part of the timeline.
 */
function commits({ primary, standby, failover, startedAt, backAt }: RegionDrill, outputs: readonly Output[]) {
  const takenAt = failover.timeline?.leased ?? Number.POSITIVE_INFINITY;
  const owner = (at: number) => (at < takenAt ? primary : standby);
  const events: TimelineEvent[] = [];
  const fresh = new Map<number, number>();
  const known = new Set<string>();
  const buckets = Map.groupBy(
    outputs.filter(({ at }) => backAt === undefined || at < backAt),
    ({ at }) => `${owner(at)} ${Math.floor((at - startedAt) / BUCKET_MS)}`,
  );
  let number = 0;
  for (const bucket of buckets.values()) {
    const at = bucket[0]?.at ?? startedAt;
    number += 1;
    const before = known.size;
    for (const { id } of bucket) known.add(id);
    // Real checkpoints of the primary cannot be told here; numbers below those of the standby are none that a takeover found.
    const checkpoint = owner(at) === primary ? -number : number;
    fresh.set(checkpoint, known.size - before);
    events.push({
      at,
      region: owner(at),
      kind: 'committed',
      checkpoint,
      outputs: bucket.length,
      fresh: known.size - before,
    });
  }
  return { events, fresh };
}

/** What happened beside outputs. Inputs count as finished by their records' time: what a region had not finished by then is done again all the same. */
function happenings(drill: RegionDrill, deadLetters: number, outputs: number): TimelineEvent[] {
  const { primary, standby, look, failover, startedAt, faultAt, goneAt, healedAt, watched } = drill;
  const inputs = watched.filter(({ kind }) => kind === 'input');
  const readBy = (time: number) => inputs.filter((one) => one.time <= time).length;
  const visible = watched.filter(({ kind, at }) => kind === 'output' && at <= faultAt).length;
  const { restorePoint: point, timeline, epoch } = failover;
  const leased = timeline?.leased ?? faultAt;
  const first = watched.find(({ kind, at }) => kind === 'output' && at >= leased)?.at ?? Number.POSITIVE_INFINITY;
  const events: TimelineEvent[] = [
    { at: startedAt, region: primary, kind: 'started' },
    { at: startedAt, region: primary, kind: 'lease-taken', epoch: look.lease?.epoch ?? 0 },
    { at: startedAt, region: standby, kind: 'ready' },
    { at: faultAt, region: primary, kind: 'progress', finished: readBy(faultAt), committed: visible },
    { at: faultAt, region: primary, kind: 'fault', what: 'every pod was deleted by force' },
    { at: leased, region: standby, kind: 'lease-taken', epoch: epoch ?? 0 },
    { at: goneAt, region: primary, kind: 'progress', finished: readBy(goneAt), committed: visible },
    // What it finished while it died is lost by the time that it was gone, not by the time of the takeover.
    { at: Math.min(goneAt, leased), region: standby, kind: 'sealed', epoch: epoch ?? 0 },
  ];
  if (look.restorePoint) {
    const { checkpoint, epoch: of, triggeredAt } = look.restorePoint;
    const about = { checkpoint, epoch: of, triggeredAt, finished: readBy(triggeredAt), bytes: 0 };
    events.push({ at: startedAt, region: standby, kind: 'restore-point', ...about });
  }
  if (point) {
    const { key, checkpoint, epoch: of, triggeredAt, passedOver } = point;
    const finishedThen = readBy(triggeredAt);
    events.push(
      {
        at: leased,
        region: standby,
        kind: 'chosen',
        key,
        checkpoint,
        epoch: of,
        triggeredAt,
        finished: finishedThen,
        passedOver,
      },
      {
        // It is known to be up from its first checkpoint on; an output may be seen right before that.
        at: Math.max(leased, Math.min(timeline?.up ?? leased, first)),
        region: standby,
        kind: 'restored',
        checkpoint,
        finished: finishedThen,
        pending: 0,
      },
    );
  }
  if (healedAt !== undefined)
    events.push({ at: healedAt, region: primary, kind: 'healed', what: 'its pods run again' });
  const last = watched.at(-1)?.at ?? faultAt;
  const ended = { outputs, modelCalls: 0, retries: 0, deadLetters };
  events.push({ at: Math.max(last, leased), region: standby, kind: 'finished', ...ended });
  return events;
}
