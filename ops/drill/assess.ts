import type { StateDigest } from '../../runtime/local/index.ts';
import { countCalls, countOutputs, type LoggedOutput, type OutputCount } from './count.ts';
import { firstFailedCall, type Measures, measureFailover, measureStay } from './measure.ts';
import type { DrillResult, Failover, Objective } from './result.ts';
import type { Outcome, Scenario } from './scenarios.ts';
import { is, type TimelineEvent } from './timeline.ts';

type Given =
  | 'scenario'
  | 'deployment'
  | 'job'
  | 'agent'
  | 'engine'
  | 'compared'
  | 'versions'
  | 'commit'
  | 'times'
  | 'startedAt'
  | 'leaseRegion'
  | 'outcome'
  | 'files';

/**
 * What was seen of a drill, wherever its regions ran: processes of one machine, clusters, clouds. Times are milliseconds since
 * 1970, on one clock.
 */
export interface Observed extends Pick<DrillResult, Given> {
  readonly endedAt: number;
  /** In any order. It has one event `fault`, of the active region. */
  readonly timeline: readonly TimelineEvent[];
  readonly regions: readonly Omit<DrillResult['regions'][number], 'epoch' | 'committed'>[];
  readonly objectives: { readonly rto: number; readonly rpo: number };
  /** Inputs and outputs of the undisturbed computation, in its order. */
  readonly expected: { readonly read: number; readonly outputs: readonly LoggedOutput[] };
  /** What the log holds, or the logs one after another. */
  readonly seen: readonly LoggedOutput[];
  /** How many outputs of a region's checkpoint nobody had made visible before. */
  readonly fresh: (region: string, checkpoint: number) => number;
  /** Idempotency keys of the calls of models, by region. */
  readonly calls: readonly (readonly string[])[];
  /** Keyed state of the undisturbed computation and of the region that finished. */
  readonly state?: { readonly expected: StateDigest; readonly found: StateDigest | undefined } | undefined;
}

const objective = (wanted: number, measured: number): Objective => ({
  objective: wanted,
  measured,
  met: measured <= wanted,
});

/** Counts, measures and judges a drill. Pure. @throws CommandError HR-DRILL-005 when the timeline lacks what its outcome has. */
export function assess(observed: Observed): DrillResult {
  const {
    outcome,
    commit,
    startedAt,
    regions,
    objectives,
    expected,
    seen,
    fresh,
    calls,
    endedAt,
    state: states,
    ...about
  } = observed;
  const timeline = [...observed.timeline].sort((a, b) => a.at - b.at);
  const nameOf = (part: 'primary' | 'standby') => regions.find((region) => region.part === part)?.name ?? '';
  const parts = { primary: nameOf('primary'), standby: nameOf('standby'), fresh };
  const measured: Measures & { failover?: Failover } =
    outcome === 'failover' ? measureFailover(timeline, parts) : measureStay(timeline, parts);
  const refusal = timeline.filter(is('failed')).find(({ region }) => region === parts.standby);
  const outputs = countOutputs(expected.outputs, seen);
  const state = states && { ...states, equal: states.found?.sha256 === states.expected.sha256 };
  const rto = outcome === 'refusal' ? undefined : objective(objectives.rto, measured.rto);
  const rpo = outcome === 'refusal' || measured.rpo === undefined ? undefined : objective(objectives.rpo, measured.rpo);
  const { expected: wanted } = observed.scenario;
  const noticed = firstFailedCall(timeline, parts.primary, measured.faultAt, wanted.noticed ?? '');
  const surprises = surprisesOf(
    observed.scenario,
    outcome,
    commit === 'local' ? 0 : (measured.failover?.late ?? 0),
    measured.failover,
  );
  if (wanted.noticed !== undefined && !noticed) {
    surprises.push(`the active region said nothing of ${wanted.noticed}`);
  }
  const exact = isExact(outputs, { outcome, commit }) && (outcome === 'refusal' || state?.equal !== false);
  const end = timeline.findLast(is('finished'));
  const byStandby = new Set(
    timeline.flatMap((e) => (e.kind === 'committed' && e.region === parts.standby ? e.checkpoint : [])),
  );
  const inStandby = [...byStandby].reduce((sum, checkpoint) => sum + fresh(parts.standby, checkpoint), 0);
  return {
    format: 1,
    ...about,
    outcome,
    commit,
    startedAt,
    durationMs: endedAt - startedAt,
    regions: regions.map((region) => {
      const epoch = measured.epochs[region.part];
      const committed = region.part === 'standby' ? inStandby : outputs.seen - outputs.repeated - inStandby;
      return { ...region, ...(epoch === undefined ? {} : { epoch }), committed };
    }),
    fault: {
      at: measured.faultAt - startedAt,
      ...(measured.healedAt === undefined ? {} : { healedAt: measured.healedAt - startedAt }),
      progress: expected.read === 0 ? 0 : measured.finishedAtFault / expected.read,
      finished: measured.finishedAtFault,
    },
    ...(noticed ? { noticed: { after: noticed.at - measured.faultAt, message: noticed.message } } : {}),
    ...(measured.failover ? { failover: measured.failover } : {}),
    ...(outcome === 'refusal' && refusal ? { refusal: { at: refusal.at - startedAt, message: refusal.message } } : {}),
    ...(rto ? { rto } : {}),
    ...(rpo ? { rpo } : {}),
    outputs,
    calls: countCalls(...calls),
    retries: end?.retries ?? 0,
    deadLetters: end?.deadLetters ?? 0,
    ...(state ? { state } : {}),
    exact,
    surprises,
    passed: exact && surprises.length === 0 && rto?.met !== false && rpo?.met !== false,
    timeline: timeline.map((event) => ({
      ...event,
      at: event.at - startedAt,
      ...(event.kind === 'committed' ? { fresh: fresh(event.region, event.checkpoint) } : {}),
    })),
  };
}

function isExact(
  outputs: OutputCount,
  { outcome, commit }: { outcome: Outcome; commit: DrillResult['commit'] },
): boolean {
  const { lost, repeated, unexpected, different, keysOutOfOrder } = outputs;
  // What a refusal leaves undone is not lost: it waits for a person. With `local` a repeat is told by its id.
  const missing = outcome === 'refusal' ? 0 : lost;
  return missing + unexpected + different + keysOutOfOrder + (commit === 'local' ? 0 : repeated) === 0;
}

const OUTCOMES: Record<Outcome, string> = {
  failover: 'the standby took over',
  'no-failover': 'the active region kept the job',
  refusal: 'the standby refused to take over',
};

function surprisesOf({ expected }: Scenario, outcome: Outcome, late: number, failover: Failover | undefined): string[] {
  const surprises: string[] = [];
  if (outcome !== expected.outcome) {
    surprises.push(`${OUTCOMES[outcome]}; expected: ${OUTCOMES[expected.outcome]}`);
  }
  const passedOver = failover?.restorePoint.passedOver.length ?? 0;
  if (failover && passedOver < (expected.passedOver ?? 0)) {
    surprises.push(`${passedOver} restore points were passed over; expected: ${expected.passedOver ?? 0}`);
  }
  if (late > 0) surprises.push(`the old owner committed ${late} outputs after the takeover`);
  return surprises;
}
