import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { committedCheckpoints, readLog } from './output-log.ts';
import { RegionChild } from './region-child.ts';
import type { RegionSettings } from './region-settings.ts';
import type { Scenario } from './scenario.ts';
import { type TimelineEvent, TimelineFile } from './timeline.ts';

export interface StageOptions {
  readonly work: string;
  readonly scenario: Scenario;
  readonly primary: RegionSettings;
  readonly standby: RegionSettings;
  /** Inputs finished by the primary when the fault happens. */
  readonly faultAt: number;
  readonly signal: AbortSignal;
  readonly onFinished: (finished: number, afterFault: boolean) => void;
}

/** What the output log held at the fault. */
export interface LogAtFault {
  readonly checkpoints: ReadonlySet<number>;
  readonly outputs: number;
}

type Of<K extends TimelineEvent['kind']> = Extract<TimelineEvent, { kind: K }>;
const is =
  <K extends TimelineEvent['kind']>(kind: K) =>
  (event: TimelineEvent): event is Of<K> =>
    event.kind === kind;

/** Where the orchestrator writes its own events. */
export const orchestratorTimeline = (work: string) => join(work, 'events', 'drill.jsonl');

/** Starts both regions, lets the fault happen, and waits for the standby to finish. No process outlives the call. */
export async function stage(options: StageOptions): Promise<LogAtFault> {
  const { work, scenario, faultAt, signal } = options;
  const own = new TimelineFile(orchestratorTimeline(work), options.primary.region);
  const children: RegionChild[] = [];
  let afterFault = false;
  const start = (settings: RegionSettings) => {
    const child = new RegionChild(settings, join(work, 'settings', `${settings.region}.json`), (event) => {
      if (event.kind === 'progress') options.onFinished(event.finished, afterFault);
    });
    children.push(child);
    return child;
  };
  try {
    const primary = start(options.primary);
    const standby = start(options.standby);
    await Promise.all([primary, standby].map((child) => child.until(is('ready'), signal)));
    primary.go();
    // The standby must not be the first to ask for a lease that nobody has had yet.
    await primary.until(is('lease-taken'), signal);
    standby.go();
    await standby.until(is('restore-point'), signal);
    const reached = (e: TimelineEvent): e is Of<'progress'> => e.kind === 'progress' && e.finished >= faultAt;
    await primary.until(reached, signal);
    own.write({ kind: 'killed', pid: primary.pid });
    await strike(scenario, primary, options, signal);
    afterFault = true;
    const log = {
      checkpoints: committedCheckpoints(options.primary.outputs),
      outputs: (await readLog(options.primary.outputs)).length,
    };
    if (scenario.fault.kind === 'freeze') {
      await standby.until(is('restored'), signal);
      own.write({ kind: 'woken', pid: primary.pid });
      primary.pause('SIGCONT');
      await primary.until(is('lease-lost'), signal);
    }
    await standby.until(is('finished'), signal);
    await standby.ended();
    return log;
  } finally {
    // By process id, whatever happened above.
    await Promise.all(children.map((child) => child.kill('SIGKILL')));
    own.close();
  }
}

async function strike({ fault }: Scenario, primary: RegionChild, { work }: StageOptions, signal: AbortSignal) {
  if (fault.kind === 'kill') {
    await primary.kill(fault.signal);
    // A region that is gone takes its store along: the standby must live on what it has copied.
    for (const kept of ['state', 'journal']) {
      renameSync(join(work, kept, primary.region), join(work, kept, `${primary.region}.lost`));
    }
  } else {
    primary.pause(fault.signal);
    // The signal stops the process some instants later; what it writes until then is not the standby's.
    await sleep(20, undefined, { signal });
  }
}
