import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { releaseName } from '../../../charts/index.ts';
import { VERSIONS } from '../../../config/index.ts';
import type { OpenDeployment } from '../../deployment/open.ts';
import { CommandError } from '../../errors.ts';
import type { FailoverLook } from '../../failover/look.ts';
import type { FailoverResult } from '../../failover/report.ts';
import type { Kubectl } from '../../install/kubectl.ts';
import { assess } from '../assess.ts';
import type { Cast } from '../cast.ts';
import { recordDrill } from '../record.ts';
import type { DrillResult } from '../result.ts';
import { SCENARIOS, type Scenario } from '../scenarios.ts';
import { observe } from './observe.ts';
import { Supervisor } from './supervisor.ts';
import { TopicWatch, type Watched, type WatchRequest } from './topic-watch.ts';
import { RegionWorkloads, releasesOf } from './workloads.ts';

const POLL_MS = 200;

export interface RegionDrillOptions {
  readonly open: OpenDeployment;
  readonly cast: Cast;
  /** Of each region's cluster. */
  readonly kubectl: { readonly primary: Kubectl; readonly standby: Kubectl };
  readonly watch: WatchRequest;
  readonly jar: string;
  /** A Flink distribution. */
  readonly distribution: string;
  /** Shell commands in place of deleting pods and of starting them again, such as a fault injection service of the cloud. */
  readonly strikeWith?: string | undefined;
  readonly reviveWith?: string | undefined;
  /** Leave the job in the standby, and the region as the drill left it. */
  readonly stay: boolean;
  readonly answers: 'all' | 'some';
  /** Milliseconds for which outputs are seen before the fault, and again after the failover and after the failback. */
  readonly observe: number;
  /** Milliseconds that each step may take. */
  readonly wait: number;
  readonly directory: string;
  readonly history: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  readonly progress: (line: string) => void;
}

/** The scenario as clusters have it: pods, rather than a process. */
const scenarioOf = (strikeWith: string | undefined): Scenario => ({
  ...SCENARIOS['kill-region'],
  happened: {
    told: strikeWith === undefined ? 'lost all its pods, by force,' : `was struck by “${strikeWith}”`,
    short: 'killed',
  },
});

/**
 * Kills the region that has the job, moves the job to the standby, and counts what comes of it in the job's own topics; then
 * starts the region again and gives the job back. Whatever happens, what it stopped is started again, but with `stay`.
 * @throws CommandError HR-DRILL-011 to -015
 */
export async function runRegionDrill(options: RegionDrillOptions): Promise<DrillResult> {
  const { open, cast, kubectl, say, progress, stay, signal } = options;
  const { deployment } = open;
  const workloads = new RegionWorkloads(kubectl.primary, releasesOf(deployment.name));
  const agents = releaseName(deployment.name, 'agents-app');
  const supervisor = {
    primary: new Supervisor(kubectl.primary, agents),
    standby: new Supervisor(kubectl.standby, agents),
  };
  const names = { primary: cast.primary.name, standby: cast.standby.name };
  const left = await workloads.left();
  if (left.length > 0)
    throw new CommandError('HR-DRILL-015', `region ${names.primary}`, `an earlier drill stopped ${left.join(', ')}`, {
      exitCode: 1,
      mend: 'the same command with --revive starts them again',
    });
  const look = await supervisor.standby.ask<FailoverLook>(['failover', '--to', names.standby, '--dry-run'], signal);
  checkLook(look, names);
  const directory = resolve(options.directory);
  mkdirSync(directory, { recursive: true });
  const log = join(directory, 'records.jsonl');
  const watch = await TopicWatch.start(
    { jar: options.jar, distribution: options.distribution, file: log },
    options.watch,
  );
  const counted = {
    startedAt: Date.now(),
    healedAt: undefined as number | undefined,
    backAt: undefined as number | undefined,
  };
  let struck = false;
  try {
    progress(`watches the stream for ${options.observe / 1000} s`);
    await observeFor(watch, options.observe, signal);
    assertBusy(watch.seen, options);
    say(`kills region ${names.primary}`);
    const faultAt = Date.now();
    struck = true;
    if (options.strikeWith !== undefined) await shell(options.strikeWith, signal);
    else await workloads.kill();
    const goneAt = Date.now();
    progress(`region ${names.standby} takes over`);
    const failover = await supervisor.standby.ask<FailoverResult>(['failover', '--to', names.standby], signal);
    checkFailover(failover, names);
    await within(
      options,
      'an output of the new region',
      () => watch.seen.some(({ kind, at }) => kind === 'output' && at >= (failover.timeline?.leased ?? faultAt)),
      watch,
    );
    progress(`region ${names.standby} works; watches it for ${options.observe / 1000} s`);
    await observeFor(watch, options.observe, signal);
    if (!stay) {
      await revive(options, workloads, watch);
      counted.healedAt = Date.now();
      struck = false;
      if (deployment.dr.failback) {
        say(`region ${names.primary} runs again; gives it the job back`);
        const back = await supervisor.primary.ask<FailoverResult>(['failback'], signal);
        counted.backAt = back.timeline?.leased ?? Date.now();
      } else
        say(
          `region ${names.primary} runs again and stands by: without dr.failback it gets the job back by roles and an installation`,
        );
      await observeFor(watch, options.observe, signal);
    }
    const until = Date.now();
    progress('waits for the outputs of all inputs so far');
    await answered(options, watch, until);
    const drill = {
      ...names,
      ...counted,
      look,
      failover,
      watched: watch.seen,
      faultAt,
      goneAt,
      until,
      answers: options.answers,
    };
    return conclude(options, observe({ ...drill, primary: names.primary, standby: names.standby }), {
      directory,
      log,
      startedAt: counted.startedAt,
    });
  } finally {
    await watch.stop();
    if (struck && !stay && options.strikeWith === undefined) {
      say(`starts region ${names.primary} again`);
      await workloads.revive();
    }
  }
}

interface Names {
  readonly primary: string;
  readonly standby: string;
}

/** A drill starts from a deployment in good order: a failover that would not work by itself is no drill. */
function checkLook({ lease, underWay, restorePoint }: FailoverLook, { primary, standby }: Names): void {
  const wrong =
    lease?.owner !== primary || lease.state !== 'held'
      ? `the lease is ${lease ? `${lease.owner}'s, ${lease.state}` : 'nobody’s'}; the file says that ${primary} has the job`
      : underWay
        ? `a failover is under way: it is ${underWay}`
        : restorePoint
          ? undefined
          : `region ${standby} has no restore point`;
  if (wrong === undefined) return;
  throw new CommandError('HR-DRILL-015', `region ${primary}`, wrong, {
    exitCode: 1,
    mend: 'headrace status shows the job, headrace failover --dry-run the lease; headrace failback gives the job back',
  });
}

function checkFailover({ outcome, from }: FailoverResult, { primary, standby }: Names): void {
  if (outcome === 'moved' && from === primary) return;
  throw new CommandError('HR-DRILL-012', `failover --to ${standby}`, `it ended as ${outcome}, from ${from}`, {
    exitCode: 1,
  });
}

/** A stream that stands still measures nothing. */
function assertBusy(seen: readonly Watched[], { watch, observe: ms }: RegionDrillOptions): void {
  const outputs = seen.filter(({ kind }) => kind === 'output').length;
  const inputs = seen.filter(({ kind }) => kind === 'input').length;
  if (inputs > 0 && outputs > 0) return;
  throw new CommandError(
    'HR-DRILL-016',
    `topics ${watch.source.topic}, ${watch.sink.topic}`,
    `${inputs} inputs and ${outputs} outputs came within ${ms / 1000} s: nothing could be measured, and nothing was killed`,
    { exitCode: 1, mend: 'drill while inputs come, or watch for longer with --observe' },
  );
}

async function observeFor(watch: TopicWatch, ms: number, signal: AbortSignal): Promise<void> {
  const until = Date.now() + ms;
  while (Date.now() < until) {
    watch.check();
    await sleep(Math.min(POLL_MS, Math.max(1, until - Date.now())), undefined, { signal });
  }
}

async function within(
  { wait, signal }: RegionDrillOptions,
  what: string,
  ready: () => boolean | Promise<boolean>,
  watch: TopicWatch,
): Promise<void> {
  const deadline = Date.now() + wait;
  while (!(await ready())) {
    watch.check();
    if (Date.now() > deadline)
      throw new CommandError('HR-DRILL-012', what, `it did not come within ${wait / 1000} s`, {
        exitCode: 1,
        mend: 'headrace status and the logs of the region say more; --wait gives it longer',
      });
    await sleep(POLL_MS, undefined, { signal });
  }
}

/** Waits until every input has come to its end, or as long as may be: what is missing then is lost. */
async function answered(
  { wait, answers, signal, observe: quiet }: RegionDrillOptions,
  watch: TopicWatch,
  until: number,
): Promise<void> {
  const deadline = Date.now() + wait;
  for (let from = 0, ended = new Set<string>(), waiting = new Set<string>(); Date.now() < deadline; ) {
    watch.check();
    for (; from < watch.seen.length; from++) {
      const one = watch.seen[from] as Watched;
      if (one.kind !== 'input') ended.add(one.input);
      else if (one.at <= until) waiting.add(one.input);
    }
    for (const input of waiting) if (ended.has(input)) waiting.delete(input);
    const last = watch.seen.findLast(({ kind }) => kind !== 'input')?.at ?? 0;
    if (waiting.size === 0 || (answers === 'some' && Date.now() - last > quiet)) break;
    await sleep(POLL_MS, undefined, { signal });
  }
  // What comes twice would come now.
  await observeFor(watch, Math.min(quiet, 5_000), signal);
}

async function revive(options: RegionDrillOptions, workloads: RegionWorkloads, watch: TopicWatch): Promise<void> {
  options.progress('starts the region again');
  if (options.reviveWith !== undefined) await shell(options.reviveWith, options.signal);
  else if (options.strikeWith === undefined) await workloads.revive();
  await within(
    options,
    `all pods of region ${options.cast.primary.name}`,
    () => workloads.isReady().catch(() => false),
    watch,
  );
}

async function shell(command: string, signal: AbortSignal): Promise<void> {
  const child = spawn('sh', ['-c', command], { stdio: ['ignore', 'inherit', 'inherit'], signal });
  const code = await new Promise<number | null>((done, failed) => child.once('error', failed).once('close', done));
  if (code !== 0) throw new CommandError('HR-DRILL-012', command, `ended with code ${code}`, { exitCode: 1 });
}

function conclude(
  { open, cast, history, strikeWith }: RegionDrillOptions,
  observed: ReturnType<typeof observe>,
  { directory, log, startedAt }: { readonly directory: string; readonly log: string; readonly startedAt: number },
): DrillResult {
  const { deployment, plan } = open;
  const { state, dr, agent } = deployment;
  const part = (role: 'primary' | 'standby') => ({
    name: cast[role].name,
    cloud: cast[role].cloud,
    region: cast[role].region,
    part: role,
    root: cast[role].stateRoot.uri,
  });
  const endedAt = Date.now();
  const { renew } = dr.lease;
  const result = assess({
    ...observed,
    scenario: scenarioOf(strikeWith),
    deployment: deployment.name,
    job: deployment.name,
    agent: { name: plan.name, planHash: plan.hash },
    engine: 'flink',
    compared: 'inputs',
    versions: { Flink: VERSIONS.flink },
    commit: dr.commit,
    times: {
      checkpoint: state.checkpoint.interval,
      replication: dr.replication.every,
      lease: { ...dr.lease, poll: renew },
      stream: endedAt - startedAt,
      patience: 0,
      backoff: agent.retry.initialBackoff,
    },
    startedAt,
    endedAt,
    regions: [part('primary'), part('standby')],
    leaseRegion: cast.lease.name,
    outcome: 'failover',
    files: {
      directory,
      result: join(directory, 'result.json'),
      report: join(directory, 'report.html'),
      outputs: [log],
    },
    objectives: { rto: dr.rto, rpo: dr.rpo },
    calls: [],
  });
  recordDrill(result, history);
  return result;
}
