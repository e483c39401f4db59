import { join } from 'node:path';
import { noteProcesses } from '../dev/leftovers.ts';
import { CommandError } from '../errors.ts';
import { ModelService } from './model-service.ts';
import { committedCheckpoints, committedIds } from './output-log.ts';
import { RegionChild } from './region-child.ts';
import type { RegionSettings } from './region-settings.ts';
import type { Outcome, Scenario } from './scenarios.ts';
import { aftermath, prepare, strike, type Victims } from './strike.ts';
import { is, type TimelineEvent, TimelineFile } from './timeline.ts';

export interface StageOptions {
  readonly work: string;
  readonly scenario: Scenario;
  readonly primary: RegionSettings;
  readonly standby: RegionSettings;
  readonly stores: Victims['stores'];
  readonly ownDirectories: boolean;
  /** Inputs finished by the primary when the fault happens. */
  readonly faultAt: number;
  readonly signal: AbortSignal;
  readonly onFinished: (finished: number, afterFault: boolean) => void;
}

/** What the output log held at the fault. */
export interface LogAtFault {
  readonly checkpoints: ReadonlySet<number>;
  readonly ids: ReadonlySet<string>;
}

export interface Staged {
  readonly atFault: LogAtFault;
  readonly outcome: Outcome;
}

/** Where the orchestrator writes its own events. */
export const orchestratorTimeline = (work: string) => join(work, 'events', 'drill.jsonl');

/**
 * Starts both regions, lets the fault happen, and waits for what comes of it. No process outlives the call; those of a call
 * that was killed itself are noted in the work directory.
 */
export async function stage(options: StageOptions): Promise<Staged> {
  const { work, scenario, signal } = options;
  const own = new TimelineFile(orchestratorTimeline(work), options.primary.region);
  const children: RegionChild[] = [];
  const service = scenario.fault.kind === 'expired-certificate' ? await ModelService.start(work) : undefined;
  let afterFault = false;
  const start = async (settings: RegionSettings) => {
    const reached = service ? { ...settings, service: service.addressFor(settings.region) } : settings;
    const child = new RegionChild(reached, join(work, 'settings', `${settings.name}.json`), (event) => {
      if (event.kind === 'progress') options.onFinished(event.finished, afterFault);
    });
    children.push(child);
    noteProcesses(
      work,
      children.map(({ pid }) => pid),
    );
    await child.until(is('ready'), signal);
    return child;
  };
  try {
    await prepare(scenario, options.primary, options.stores.lease);
    const [primary, first] = await Promise.all([start(options.primary), start(options.standby)]);
    let standby = first;
    const startStandby = async () => {
      standby = await start(options.standby);
      standby.send({ order: 'cut', stores: ['primary'] });
      standby.send({ order: 'go' });
      return standby;
    };
    const victims: Victims = {
      ...options,
      settings: options.primary,
      primary,
      standby,
      startSecond: async () => {
        const name = `${options.primary.region}-second`;
        (await start({ ...options.primary, name, timeline: join(work, 'events', `${name}.jsonl`) })).send({
          order: 'go',
        });
      },
      startStandby: async () => void (await startStandby()),
      service,
      write: (happening, at) => own.write(happening, at),
    };
    const early = scenario.fault.kind === 'stale-lease';
    if (early) await strike(scenario, victims);
    primary.send({ order: 'go' });
    // The standby must not be the first to ask for a lease that nobody has had yet.
    await primary.until(is('lease-taken'), signal);
    standby.send({ order: 'go' });
    if (!early) {
      await untilRipe(options, primary, standby);
      await strike(scenario, victims);
    }
    afterFault = true;
    const { outputs } = options.primary;
    const atFault = { checkpoints: committedCheckpoints(outputs), ids: await committedIds([outputs]) };
    await aftermath(scenario, victims);
    const last = await ending(primary, standby, startStandby, signal);
    await Promise.all(children.filter((child) => child !== last.by).map((child) => child.kill('SIGKILL')));
    if (last.outcome === 'refusal') return { atFault, outcome: last.outcome };
    last.by.send({ order: 'end' });
    await last.by.ended();
    return { atFault, outcome: last.outcome };
  } finally {
    // By process id, whatever happened above.
    await Promise.all(children.map((child) => child.kill('SIGKILL')));
    service?.close();
    own.close();
  }
}

/**
 * Resolves when there is enough to lose.
 * @throws CommandError HR-DRILL-010 when the machine was too busy for the active region to keep its lease until then.
 */
async function untilRipe(options: StageOptions, primary: RegionChild, standby: RegionChild): Promise<void> {
  const ended = await ripe(options, primary, standby).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  if (!primary.saw('lease-lost') && !standby.saw('lease-taken')) {
    if (ended) throw ended.error;
    return;
  }
  const { ttl } = options.primary.times.lease;
  throw new CommandError('HR-DRILL-010', `region ${primary.region}`, `lost its lease of ${ttl} ms before the fault`, {
    exitCode: 1,
    mend: 'this machine is too busy for a drill: try it again when less runs on it',
  });
}

/** Resolves when there is enough to lose: a restore point, two where the newest will be spoiled, and the share of the stream. */
async function ripe(
  { scenario: { fault }, primary: { rate }, faultAt, signal }: StageOptions,
  primary: RegionChild,
  standby: RegionChild,
): Promise<void> {
  const first = await standby.until(is('restore-point'), signal);
  if (fault.kind === 'kill' && fault.damage) {
    const another = (e: TimelineEvent): e is TimelineEvent =>
      e.kind === 'restore-point' && e.checkpoint > first.checkpoint;
    await standby.until(another, signal);
  }
  // A certificate is presented before it expires.
  const from = fault.kind === 'expired-certificate' ? faultAt - (rate * fault.left) / 1000 : faultAt;
  const reached = (e: TimelineEvent): e is TimelineEvent => e.kind === 'progress' && e.finished >= from;
  await primary.until(reached, signal);
}

/** Starts of a standby's process in a drill, at most: it may lose its lease on a machine that is busy. */
const STARTS = 4;

/**
 * Waits until a region has finished the stream, or the standby has refused to. A standby that loses the lease again is started
 * again, as a supervisor would.
 */
async function ending(
  primary: RegionChild,
  standby: RegionChild,
  startStandby: () => Promise<RegionChild>,
  signal: AbortSignal,
): Promise<{ readonly outcome: Outcome; readonly by: RegionChild }> {
  const kept = primary.until(is('finished'), signal).then(() => ({ outcome: 'no-failover', by: primary }) as const);
  const over = (e: TimelineEvent): e is Extract<TimelineEvent, { kind: 'finished' | 'failed' }> =>
    e.kind === 'finished' || (e.kind === 'failed' && (e.code === 'HR-STATE-006' || e.code === 'HR-STATE-005'));
  const taken = async () => {
    for (let by = standby, starts = 1; ; by = await startStandby(), starts++) {
      const last = await by.until(over, signal);
      if (last.kind === 'finished') return { outcome: 'failover', by } as const;
      if (last.code === 'HR-STATE-006') return { outcome: 'refusal', by } as const;
      if (starts === STARTS) await by.until(is('finished'), signal);
    }
  };
  const standbys = taken();
  // A primary that fails or is gone leaves the standby to wait for; the other way round nothing is left.
  return Promise.race([standbys, kept.catch(() => standbys)]);
}
