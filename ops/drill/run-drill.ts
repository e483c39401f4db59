import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { RegionModel } from '../../config/index.ts';
import type { ObjectStore } from '../../runtime/state/object-store.ts';
import { type OpenDeployment, openOneJob } from '../deployment/open.ts';
import { CommandError } from '../errors.ts';
import { openPlace } from '../replicate/places.ts';
import { castOf, drillTimes } from './cast.ts';
import { conclude, type Drilled } from './conclude.ts';
import { recordDrill } from './record.ts';
import { drillJob } from './region-job.ts';
import type { RegionSettings } from './region-settings.ts';
import type { DrillResult } from './result.ts';
import { allows, type Commit, SCENARIOS, type Scenario, type ScenarioName } from './scenarios.ts';
import { stage } from './stage.ts';
import { undisturbed } from './undisturbed.ts';
import {
  abandonDirectory,
  claimDirectory,
  clearDirectory,
  endLeftoversBeside,
  releaseDirectory,
} from './work-directory.ts';

/** Later than this the stream may be over before the fault: nothing would be left to take over. */
const LATEST_FAULT = 0.95;

export interface DrillOptions {
  /** The deployment file. */
  readonly file: string;
  /** Default: none. */
  readonly profile?: string | undefined;
  /** Default: kill-region. */
  readonly scenario?: ScenarioName | Scenario;
  /** Default: the file's `dr.commit`. */
  readonly commit?: Commit | undefined;
  /** Share of the stream that is finished at the fault, from 0 to 0.95; never before the first restore point. Default: 0.45. */
  readonly killAt?: number;
  /** Milliseconds over which the source is spread, times the scenario's pace. Default: 8000. */
  readonly stream?: number;
  /** Where everything is written; empty, absent, or left by a drill that was killed. Default: .headrace/drill/<time>. */
  readonly workDirectory?: string;
  /**
   * URIs of state roots by region; the drill works in a place of its own below each, and removes it when it passed.
   * Default: directories below the work directory.
   */
  readonly roots?: ReadonlyMap<string, string>;
  /** File of JSON lines that the drill is added to and compared with. Default: history.jsonl beside the work directory. */
  readonly history?: string;
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
 * Runs a stream in one region as a process, lets the fault happen, waits for what comes of it, and counts what the output
 * log holds. Writes result.json and report.html into the work directory, and a line into the history. Killed at any point, a
 * second call with the same work directory begins again and finishes.
 * @throws CommandError HR-DRILL-001 to -010, HR-CLI-003, and what the deployment file, the agent or the engine raise.
 */
export async function runDrill(options: DrillOptions): Promise<DrillResult> {
  const { killAt = 0.45 } = options;
  if (!(killAt >= 0 && killAt <= LATEST_FAULT)) {
    throw new CommandError('HR-DRILL-009', 'killAt', `a share of the stream from 0 to ${LATEST_FAULT}, not ${killAt}`, {
      mend: 'leave it out for 0.45',
    });
  }
  const { scenario: asked = 'kill-region' } = options;
  const scenario: Scenario = typeof asked === 'string' ? SCENARIOS[asked] : asked;
  const open = await openOneJob(options.file, { profile: options.profile });
  const commit = options.commit ?? open.deployment.dr.commit;
  const { cast, job: reference } = await rehearse(open, { scenario, commit });
  const times = drillTimes(open.deployment, options.stream, scenario.pace);
  const startedAt = Date.now();
  const work = resolve(options.workDirectory ?? join('.headrace', 'drill', stamp(startedAt)));
  const rootOf = ({ name }: RegionModel) => {
    const uri = options.roots?.get(name);
    return {
      region: name,
      uri:
        uri === undefined
          ? pathToFileURL(join(work, 'state', name)).href
          : `${uri.replace(/\/$/, '')}/drills/${stamp(startedAt)}-${process.pid}/${name}`,
    };
  };
  const roots = { primary: rootOf(cast.primary), standby: rootOf(cast.standby), lease: rootOf(cast.lease) };
  const store = (part: keyof typeof roots) => openPlace({ region: cast[part], uri: roots[part].uri });
  const stores = { primary: await store('primary'), standby: await store('standby'), lease: await store('lease') };
  endLeftoversBeside(work);
  claimDirectory(work);
  try {
    const drill = { open, cast, scenario, commit, times, reference, startedAt, work, roots, stores, options };
    const result = await again(
      () => act(drill),
      () => clear(drill),
    );
    recordDrill(result, options.history ?? join(dirname(work), 'history.jsonl'));
    releaseDirectory(work);
    return result;
  } catch (error) {
    abandonDirectory(work);
    throw error;
  }
}

/** Tries of a drill on a machine that is too busy for it to come as far as its fault. */
const TRIES = 3;

async function again(drill: () => Promise<DrillResult>, clear: () => Promise<void>): Promise<DrillResult> {
  for (let tries = 1; ; tries++) {
    try {
      return await drill();
    } catch (error) {
      // Nothing was struck yet, so nothing was shown: what the try left goes.
      if (!(error instanceof CommandError) || error.code !== 'HR-DRILL-010' || tries === TRIES) throw error;
      await clear();
    }
  }
}

interface Act extends Omit<Drilled, 'atFault' | 'outcome' | 'expected' | 'settings'> {
  readonly commit: Commit;
  readonly reference: Awaited<ReturnType<typeof drillJob>>;
  readonly roots: RegionSettings['roots'];
  readonly stores: Readonly<Record<'primary' | 'standby' | 'lease', ObjectStore>>;
  readonly options: DrillOptions;
}

async function act({ reference, roots, options, commit, ...about }: Act): Promise<DrillResult> {
  const { open, cast, scenario, times, work, stores } = about;
  const { killAt = 0.45, signal = new AbortController().signal, onProgress = () => {} } = options;
  onProgress({ phase: 'reference', finished: 0, total: 0 });
  const expected = await undisturbed(reference, join(work, 'reference'), signal);
  const settingsOf = (part: 'primary' | 'standby'): RegionSettings => ({
    file: resolve(options.file),
    profile: options.profile,
    part,
    region: cast[part].name,
    name: cast[part].name,
    job: open.deployment.name,
    commit,
    roots,
    journal: join(work, 'journal', cast[part].name),
    outputs: join(work, 'outputs', ...(commit === 'local' ? [cast[part].name] : [])),
    timeline: join(work, 'events', `${cast[part].name}.jsonl`),
    calls: join(work, 'calls', cast[part].name),
    rate: Math.max(1, expected.read / (times.stream / 1000)),
    retain: {
      checkpoints: open.deployment.state.checkpoint.retain,
      restorePoints: open.deployment.dr.replication.retain,
    },
    times,
  });
  const settings = { primary: settingsOf('primary'), standby: settingsOf('standby') };
  const staged = await stage({
    work,
    scenario,
    ...settings,
    stores,
    ownDirectories: !options.roots?.has(cast.primary.name),
    faultAt: expected.read * killAt,
    signal,
    onFinished: (finished, afterFault) =>
      onProgress({ phase: afterFault ? 'standby' : 'primary', finished, total: expected.read }),
  });
  onProgress({ phase: 'counting', finished: expected.read, total: expected.read });
  const result = await conclude({ ...about, expected, settings, ...staged });
  if (result.passed) await emptyRoots({ cast, stores, options });
  return result;
}

/** Removes what a drill wrote to state roots that it was given. */
async function emptyRoots({ cast, stores, options }: Pick<Act, 'cast' | 'stores' | 'options'>): Promise<void> {
  for (const part of ['primary', 'standby', 'lease'] as const) {
    if (options.roots?.has(cast[part].name)) await empty(stores[part]);
  }
}

async function clear(drill: Act): Promise<void> {
  clearDirectory(drill.work);
  await emptyRoots(drill);
}

/**
 * What a drill of a deployment needs; everything that can be wrong with it shows here, before anything is written.
 * @throws CommandError HR-DRILL-001 to -008 or HR-CLI-003, or what the source raises.
 */
export async function rehearse(
  open: OpenDeployment,
  { scenario, commit }: { scenario: Scenario; commit: Commit } = {
    scenario: SCENARIOS['kill-region'],
    commit: open.deployment.dr.commit,
  },
) {
  if (!allows(scenario, commit)) {
    throw new CommandError('HR-DRILL-008', 'dr.commit', `${scenario.name} shows nothing with ${commit}`, {
      mend: `choose --commit ${scenario.commits?.join(' or ')}`,
    });
  }
  const cast = castOf(open.deployment);
  const job = await drillJob(open);
  await job.source.check?.();
  return { cast, job };
}

async function empty(store: ObjectStore): Promise<void> {
  const keys: string[] = [];
  for await (const { key } of store.list('')) keys.push(key);
  for (const key of keys) await store.delete(key);
}

/** A name that sorts by time and suits every file system. */
export const stamp = (at: number) => new Date(at).toISOString().slice(0, 19).replaceAll(':', '-');
