import { join } from 'node:path';
import { stateDigest } from '../../runtime/local/index.ts';
import type { ObjectStore } from '../../runtime/state/object-store.ts';
import type { OpenDeployment } from '../deployment/open.ts';
import { assess } from './assess.ts';
import type { Cast, DrillTimes } from './cast.ts';
import { newOutputs, readLines, readLog } from './output-log.ts';
import type { RegionSettings } from './region-settings.ts';
import type { DrillResult } from './result.ts';
import type { Scenario } from './scenarios.ts';
import { orchestratorTimeline, type Staged } from './stage.ts';
import { readTimeline, type TimelineEvent } from './timeline.ts';
import type { Undisturbed } from './undisturbed.ts';

/** What a drill of two processes on this machine left behind. */
export interface Drilled extends Staged {
  readonly open: OpenDeployment;
  readonly cast: Cast;
  readonly scenario: Scenario;
  readonly times: DrillTimes;
  readonly work: string;
  readonly startedAt: number;
  readonly expected: Undisturbed;
  readonly settings: Readonly<Record<'primary' | 'standby', RegionSettings>>;
  readonly stores: Readonly<Record<'primary' | 'standby', ObjectStore>>;
}

/** Gathers what a drill's processes wrote down, and judges it. */
export async function conclude(drilled: Drilled): Promise<DrillResult> {
  const { open, cast, work, expected, settings, outcome, stores, startedAt } = drilled;
  const { deployment } = open;
  const names = { primary: cast.primary.name, standby: cast.standby.name };
  const logs = [...new Set([settings.primary.outputs, settings.standby.outputs])];
  const timeline = readTimeline([
    orchestratorTimeline(work),
    ...[...Object.values(names), `${names.primary}-second`].map((name) => join(work, 'events', `${name}.jsonl`)),
  ]);
  const fresh = await freshOutputs(drilled, timeline);
  const seen = (await Promise.all(logs.map(readLog))).flat();
  const part = (role: 'primary' | 'standby') => ({
    name: cast[role].name,
    cloud: cast[role].cloud,
    region: cast[role].region,
    part: role,
    root: settings[role].roots[role].uri,
  });
  const finisher = outcome === 'failover' ? stores.standby : stores.primary;
  return assess({
    scenario: drilled.scenario,
    deployment: deployment.name,
    job: deployment.name,
    agent: { name: open.plan.name, planHash: open.plan.hash },
    engine: 'embedded',
    versions: { 'Node.js': process.versions.node },
    commit: settings.primary.commit,
    times: drilled.times,
    startedAt,
    endedAt: Date.now(),
    regions: [part('primary'), part('standby')],
    leaseRegion: cast.lease.name,
    outcome,
    objectives: deployment.dr,
    timeline,
    expected,
    seen,
    fresh,
    calls: Object.values(names).map((name) => readLines(join(work, 'calls', name))),
    state:
      outcome === 'refusal'
        ? undefined
        : { expected: expected.state, found: await stateDigest(finisher, deployment.name) },
    files: {
      directory: work,
      result: join(work, 'result.json'),
      report: join(work, 'report.html'),
      outputs: logs,
    },
  });
}

/** Who made what visible first: the active region all that it committed, the standby what was not there at the fault. */
async function freshOutputs({ settings, atFault }: Drilled, timeline: readonly TimelineEvent[]) {
  const { primary, standby } = settings;
  const first = await newOutputs(primary.outputs, new Set());
  const later = await newOutputs(standby.outputs, atFault.ids);
  // One log has one slot a checkpoint: who finds it filled reports a commit as well.
  const shared = primary.outputs === standby.outputs;
  for (const e of timeline) {
    if (shared && e.kind === 'committed' && e.region === primary.region) later.delete(e.checkpoint);
  }
  return (region: string, checkpoint: number) => (region === standby.region ? later : first).get(checkpoint) ?? 0;
}
