import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runLocal } from '../../runtime/local/index.ts';
import { FileStore } from '../../runtime/state/file-store.ts';
import { type OpenDeployment, openDeployment } from '../deployment/open.ts';
import { CommandError } from '../errors.ts';
import { drillReport } from '../report/drill-report.ts';
import { conclude } from './conclude.ts';
import type { LoggedOutput } from './count.ts';
import { readLog } from './output-log.ts';
import { drillJob } from './region-job.ts';
import type { RegionSettings } from './region-settings.ts';
import type { DrillResult } from './result.ts';
import { castOf, drillTimes, SCENARIOS, type Scenario, type ScenarioName } from './scenario.ts';
import { stage } from './stage.ts';

/** Later than this the stream may be over before the fault: nothing would be left to take over. */
const LATEST_FAULT = 0.95;

export interface DrillOptions {
  /** The deployment file. */
  readonly file: string;
  /** Default: none. */
  readonly profile?: string | undefined;
  /** Default: kill-region. */
  readonly scenario?: ScenarioName;
  /** Share of the stream that is finished at the kill, from 0 to 0.95; never before the first restore point. Default: 0.45. */
  readonly killAt?: number;
  /** Where everything is written; must be empty or absent. Default: .headrace/drill/<time>. */
  readonly workDirectory?: string;
  /** Aborting it stops all processes of the drill. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: DrillProgress) => void;
}

export interface DrillProgress {
  readonly phase: 'reference' | 'primary' | 'standby' | 'counting';
  /** Inputs finished, of `total`. */
  readonly finished: number;
  readonly total: number;
}

/**
 * Runs a stream in one region as a process, lets the fault happen, has the standby take over, and counts what the output
 * log holds. Writes result.json and report.html into the work directory.
 * @throws CommandError HR-DRILL-001 to -009, HR-CLI-003, and what the deployment file, the agent or the engine raise.
 */
export async function runDrill(options: DrillOptions): Promise<DrillResult> {
  const { killAt = 0.45, signal = new AbortController().signal, onProgress = () => {} } = options;
  if (!(killAt >= 0 && killAt <= LATEST_FAULT)) {
    throw new CommandError('HR-DRILL-009', 'killAt', `a share of the stream from 0 to ${LATEST_FAULT}, not ${killAt}`, {
      mend: 'leave it out for 0.45',
    });
  }
  const scenario: Scenario = SCENARIOS[options.scenario ?? 'kill-region'];
  const open = await openDeployment(options.file, { profile: options.profile });
  const { cast, times, job: reference } = await rehearse(open);
  const startedAt = Date.now();
  const work = resolve(options.workDirectory ?? join('.headrace', 'drill', stamp(startedAt)));
  const outputs = join(work, 'outputs');
  if (existsSync(work) && readdirSync(work).length > 0) {
    throw new CommandError('HR-DRILL-006', work, 'a drill has already written here', {
      mend: 'name another directory',
    });
  }
  for (const directory of ['', 'events', 'calls', 'settings']) mkdirSync(join(work, directory), { recursive: true });

  onProgress({ phase: 'reference', finished: 0, total: 0 });
  const expected = await undisturbed(reference, join(work, 'reference'), signal);
  const settingsOf = (part: 'primary' | 'standby'): RegionSettings => ({
    file: resolve(options.file),
    profile: options.profile,
    part,
    region: cast[part].name,
    job: open.deployment.name,
    stores: {
      primary: join(work, 'state', cast.primary.name),
      standby: join(work, 'state', cast.standby.name),
      lease: join(work, 'state', cast.lease.name),
    },
    journal: join(work, 'journal', cast[part].name),
    outputs,
    timeline: join(work, 'events', `${cast[part].name}.jsonl`),
    calls: join(work, 'calls', cast[part].name),
    rate: Math.max(1, expected.read / (times.stream / 1000)),
    retain: {
      checkpoints: open.deployment.state.checkpoint.retain,
      restorePoints: open.deployment.dr.replication.retain,
    },
    times,
  });

  const atFault = await stage({
    work,
    scenario,
    primary: settingsOf('primary'),
    standby: settingsOf('standby'),
    faultAt: expected.read * killAt,
    signal,
    onFinished: (finished, afterFault) =>
      onProgress({ phase: afterFault ? 'standby' : 'primary', finished, total: expected.read }),
  });
  onProgress({ phase: 'counting', finished: expected.read, total: expected.read });
  const result = await conclude({ open, cast, scenario, times, work, outputs, startedAt, expected, atFault });
  writeFileSync(result.files.result, `${JSON.stringify(result, null, 2)}\n`);
  writeFileSync(result.files.report, drillReport(result));
  return result;
}

/**
 * What a drill of a deployment needs; everything that can be wrong with it shows here, before anything is written.
 * @throws CommandError HR-DRILL-001 to -008 or HR-CLI-003, or what the source raises.
 */
export async function rehearse(open: OpenDeployment) {
  const cast = castOf(open.deployment);
  const times = drillTimes(open.deployment);
  const job = await drillJob(open);
  await job.source.check?.();
  return { cast, times, job };
}

/** The same stream in one go, without a fault and without a limit to its rate: what the log should hold. */
async function undisturbed(
  job: Awaited<ReturnType<typeof drillJob>>,
  directory: string,
  signal: AbortSignal,
): Promise<{ read: number; outputs: LoggedOutput[] }> {
  const sink = join(directory, 'outputs');
  const { read, state } = await runLocal({
    ...job,
    sink,
    store: new FileStore(join(directory, 'state')),
    journal: join(directory, 'journal'),
    signal,
  });
  if (state === 'stopped') signal.throwIfAborted();
  return { read, outputs: await readLog(sink) };
}

/** A name that sorts by time and suits every file system. */
const stamp = (at: number) => new Date(at).toISOString().slice(0, 19).replaceAll(':', '-');
