import { join } from 'node:path';
import type { OpenDeployment } from '../deployment/open.ts';
import { countCalls, countOutputs, type LoggedOutput } from './count.ts';
import { measure } from './measure.ts';
import { readLines, readLog } from './output-log.ts';
import type { DrillResult, Objective } from './result.ts';
import type { Cast, DrillTimes, Scenario } from './scenario.ts';
import { type LogAtFault, orchestratorTimeline } from './stage.ts';
import { readTimeline } from './timeline.ts';

export interface Staged {
  readonly open: OpenDeployment;
  readonly cast: Cast;
  readonly scenario: Scenario;
  readonly times: DrillTimes;
  readonly work: string;
  readonly outputs: string;
  readonly startedAt: number;
  readonly expected: { readonly read: number; readonly outputs: readonly LoggedOutput[] };
  readonly atFault: LogAtFault;
}

const objective = (wanted: number, measured: number): Objective => ({
  objective: wanted,
  measured,
  met: measured <= wanted,
});

/** Counts and measures what a staged drill left behind. */
export async function conclude(staged: Staged): Promise<DrillResult> {
  const { open, cast, work, outputs, startedAt, expected, atFault } = staged;
  const names = { primary: cast.primary.name, standby: cast.standby.name };
  const timeline = readTimeline([
    orchestratorTimeline(work),
    ...Object.values(names).map((name) => join(work, 'events', `${name}.jsonl`)),
  ]);
  const measures = measure(timeline, names, atFault.checkpoints, atFault.outputs);
  const counted = countOutputs(expected.outputs, await readLog(outputs));
  const { lost, repeated, unexpected, different, keysOutOfOrder } = counted;
  const exact = lost + repeated + unexpected + different + keysOutOfOrder === 0;
  const rto = objective(open.deployment.dr.rto, measures.rto);
  const rpo = objective(open.deployment.dr.rpo, measures.rpo);
  const part = (role: 'primary' | 'standby') => ({
    name: cast[role].name,
    cloud: cast[role].cloud,
    region: cast[role].region,
    part: role,
    epoch: measures.epochs[role],
    committed: measures.committed[role],
  });
  const { key, checkpoint, epoch, finished, passedOver } = measures.chosen;
  return {
    format: 1,
    scenario: staged.scenario,
    deployment: open.deployment.name,
    job: open.deployment.name,
    agent: { name: open.plan.name, planHash: open.plan.hash },
    engine: 'embedded',
    versions: { node: process.versions.node.split('.')[0] ?? '' },
    commit: 'replicated',
    times: staged.times,
    startedAt,
    durationMs: Date.now() - startedAt,
    regions: [part('primary'), part('standby')],
    leaseRegion: cast.lease.name,
    kill: {
      at: measures.killed.at - startedAt,
      progress: measures.finishedAtKill / expected.read,
      finished: measures.finishedAtKill,
    },
    restorePoint: { key, checkpoint, epoch, finished, passedOver },
    phases: measures.phases,
    rto,
    rpo,
    rpoRecords: measures.rpoRecords,
    ...(measures.woken ? { woken: { ...measures.woken, at: measures.woken.at - startedAt } } : {}),
    outputs: counted,
    calls: countCalls(...Object.values(names).map((name) => readLines(join(work, 'calls', name)))),
    exact,
    passed: exact && rto.met && rpo.met,
    timeline: timeline.map((event) => ({ ...event, at: event.at - startedAt })),
    files: { directory: work, result: join(work, 'result.json'), report: join(work, 'report.html'), outputs },
  };
}
