import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { releaseName } from '../../../charts/index.ts';
import type { OpenDeployment } from '../../deployment/open.ts';
import { CommandError } from '../../errors.ts';
import { EXIT } from '../../exit-codes.ts';
import type { FailoverLook } from '../../failover/look.ts';
import type { FailoverResult } from '../../failover/report.ts';
import type { Kubectl } from '../../install/kubectl.ts';
import type { Cast } from '../cast.ts';
import type { DrillResult } from '../result.ts';
import { assertBusy, assertInOrder, assertMeant, assertMoved } from './checks.ts';
import { conclude } from './conclude.ts';
import { Supervisor } from './supervisor.ts';
import type { Watching } from './topic-watch.ts';
import { answered, observeFor, type Patience, within } from './waits.ts';
import { RegionWorkloads, releasesOf } from './workloads.ts';

export interface RegionDrillOptions extends Patience {
  readonly open: OpenDeployment;
  readonly cast: Cast;
  /** Of each region's cluster. */
  readonly kubectl: { readonly primary: Kubectl; readonly standby: Kubectl };
  /** Watches the job's topics from now on. @param log file that what is seen is written to. */
  readonly startWatch: (log: string) => Promise<Watching>;
  /** The topics, for messages. */
  readonly topics: string;
  /** The region that may be killed although its tools do what they are for. */
  readonly meant?: string | undefined;
  /** Shell commands in place of deleting pods and of starting them again, such as a fault injection service of the cloud. */
  readonly strikeWith?: string | undefined;
  readonly reviveWith?: string | undefined;
  /** Leave the job in the standby, and the region as the drill left it. */
  readonly stay: boolean;
  readonly answers: 'all' | 'some';
  readonly directory: string;
  readonly history: string;
  readonly say: (line: string) => void;
  readonly progress: (line: string) => void;
}

/**
 * Kills the region that has the job, moves the job to the standby, and counts what comes of it in the job's own topics; then
 * starts the region again and, with `dr.failback`, gives the job back. What was struck is started again whatever happens, but
 * with `stay`, and but for a process that is killed: the next drill says so, and `--revive` does it.
 * @throws CommandError HR-DRILL-011 to -016
 */
export async function runRegionDrill(options: RegionDrillOptions): Promise<DrillResult> {
  const { open, cast, kubectl, answers, observe, say, progress, stay, signal } = options;
  const { deployment } = open;
  const names = { primary: cast.primary.name, standby: cast.standby.name };
  const workloads = new RegionWorkloads(kubectl.primary, releasesOf(deployment.name));
  const agents = releaseName(deployment.name, 'agents-app');
  const standby = new Supervisor(kubectl.standby, agents);
  const left = await workloads.left();
  if (left.length > 0)
    throw new CommandError('HR-DRILL-015', `region ${names.primary}`, `an earlier drill stopped ${left.join(', ')}`, {
      exitCode: EXIT.failed,
      mend: 'the same command with --revive starts them again',
    });
  const look = await standby.ask<FailoverLook>(['failover', '--to', names.standby, '--dry-run'], signal);
  assertMeant(names.primary, [look.tools], options.meant);
  assertInOrder(look, names);
  const directory = resolve(options.directory);
  mkdirSync(directory, { recursive: true });
  const log = join(directory, 'records.jsonl');
  const watch = await options.startWatch(log);
  const startedAt = Date.now();
  let struck = false;
  try {
    progress(`watches the stream for ${observe / 1000} s`);
    await observeFor(watch, observe, signal);
    assertBusy(watch.seen, options.topics, observe);
    struck = true;
    if (options.strikeWith === undefined) await workloads.prepare();
    say(`kills region ${names.primary}`);
    const faultAt = Date.now();
    await strike(options, workloads);
    const goneAt = Date.now();
    progress(`region ${names.standby} takes over`);
    const failover = await standby.ask<FailoverResult>(['failover', '--to', names.standby], signal);
    assertMoved(failover, names);
    const takenAt = failover.timeline?.leased ?? goneAt;
    await within(options, watch, 'an output of the new region', () =>
      watch.seen.some(({ kind, at }) => kind === 'output' && at >= takenAt),
    );
    progress(`region ${names.standby} works; watches it for ${observe / 1000} s`);
    await observeFor(watch, observe, signal);
    let healedAt: number | undefined;
    let backAt: number | undefined;
    if (!stay) {
      progress('starts the region again');
      await revive(options, workloads);
      await within(options, watch, `all pods of region ${names.primary}`, () => workloads.isReady().catch(() => false));
      struck = false;
      healedAt = Date.now();
      backAt = await giveBack(options, new Supervisor(kubectl.primary, agents));
      await observeFor(watch, observe, signal);
    }
    const until = Date.now();
    progress('waits for the outputs of all inputs so far');
    await answered(options, watch, answers, until);
    const counted = { startedAt, faultAt, goneAt, healedAt, backAt, until, answers, watched: watch.seen };
    return conclude({ ...options, directory, log }, { ...names, ...counted, look, failover });
  } finally {
    await watch.stop();
    if (struck && !stay) {
      say(`starts region ${names.primary} again`);
      // Also after a Ctrl-C, which is for the drill.
      await revive({ ...options, signal: new AbortController().signal }, workloads);
    }
  }
}

async function strike({ strikeWith, signal }: RegionDrillOptions, workloads: RegionWorkloads): Promise<void> {
  if (strikeWith === undefined) await workloads.kill();
  else await shell(strikeWith, signal);
}

/** Undoes what struck: pods that were deleted come back; what a command did, a command undoes. */
async function revive(
  { strikeWith, reviveWith, signal }: RegionDrillOptions,
  workloads: RegionWorkloads,
): Promise<void> {
  if (reviveWith !== undefined) await shell(reviveWith, signal);
  if (strikeWith === undefined) await workloads.revive();
}

/** @returns when the primary had the job again; undefined where it cannot copy it back. */
async function giveBack({ open, cast, say, signal }: RegionDrillOptions, supervisor: Supervisor) {
  const { name } = cast.primary;
  if (!open.deployment.dr.failback) {
    say(`region ${name} runs again and stands by: without dr.failback, roles and an installation give it the job back`);
    return undefined;
  }
  say(`region ${name} runs again; gives it the job back`);
  const back = await supervisor.ask<FailoverResult>(['failback'], signal);
  return back.timeline?.leased ?? Date.now();
}

async function shell(command: string, signal: AbortSignal): Promise<void> {
  const child = spawn('sh', ['-c', command], { stdio: ['ignore', 'inherit', 'inherit'], signal });
  const code = await new Promise<number | null>((done, failed) => child.once('error', failed).once('close', done));
  if (code !== 0) throw new CommandError('HR-DRILL-012', command, `ended with code ${code}`, { exitCode: EXIT.failed });
}
