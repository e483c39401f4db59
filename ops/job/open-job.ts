import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DeploymentModel,
  deploymentOfJob,
  homes,
  isActiveActive,
  nearest,
  parseDuration,
  type RegionModel,
} from '../../config/index.ts';
import { FlinkRest, type JobSpecification } from '../../runtime/remote/index.ts';
import type { ObjectStore } from '../../runtime/state/object-store.ts';
import { openObjectStore } from '../../runtime/state/open-store.ts';
import { type OpenDeployment, openDeployment } from '../deployment/open.ts';
import { CommandError } from '../errors.ts';
import { flinkJob, needsKafka } from '../run/flink-job.ts';
import type { CommandContext } from '../terminal/command.ts';
import { awaitCluster } from './cluster.ts';
import type { JobContext } from './context.ts';
import { statePlaces } from './state-places.ts';

/** Flags that every command of a job has. */
export interface ClusterFlags {
  readonly file: string;
  readonly profile?: string | undefined;
  readonly region?: string | undefined;
  /** In active-active the region whose own job is meant. Default: `region`. */
  readonly jobOf?: string | undefined;
  readonly flink?: string | undefined;
  readonly flinkTls?: string | undefined;
  readonly stateRoot?: string | undefined;
  readonly wait: string;
}

/** Flags that say what a job runs with. */
export interface JobFlags {
  readonly workers?: string | undefined;
  readonly workerTls?: string | undefined;
  readonly kafka?: string | undefined;
  readonly insecureDevelopment: boolean;
}

const POLL_MS = 500;
const SETTLE_MS = 5_000;
const REQUEST_MS = 30_000;

/** A deployment's job as the file and the flags say it; nothing was asked of a cluster yet. */
export interface NamedJob {
  /** As it is for this job. */
  readonly open: OpenDeployment;
  /** Where it is to run. */
  readonly region: RegionModel;
  readonly rest: FlinkRest;
  readonly store: ObjectStore;
  /** Milliseconds. */
  readonly wait: number;
}

/** Reads the file, and says which cluster and which state root are meant. @throws CommandError HR-JOB-003 for flags. */
export async function readJob(flags: ClusterFlags): Promise<NamedJob> {
  const whole = await openDeployment(flags.file, { profile: flags.profile });
  const open = { ...whole, deployment: jobOf(whole.deployment, flags.jobOf ?? regionOf(whole, flags.region).name) };
  const region = regionOf(open, flags.region);
  const url = required(
    '--flink',
    'HEADRACE_FLINK',
    flags.flink,
    "say where Flink's REST interface is, such as https://flink:8081",
  );
  if (!/^https?:\/\/[^\s/]+/.test(url)) throw badFlag('--flink', url, 'write http://host:port or https://host:port');
  const wait = parseDuration(flags.wait);
  if (wait === undefined) throw badFlag('--wait', flags.wait, 'write a duration such as 5m');
  const rest = new FlinkRest({
    url,
    ...(flags.flinkTls === undefined ? {} : { tls: tlsFiles(flags.flinkTls) }),
    timeout: REQUEST_MS,
  });
  return { open, region, rest, wait, store: await openObjectStore(flags.stateRoot ?? region.stateRoot.uri) };
}

/**
 * Waits for the cluster and asks it where it keeps its state.
 * @param slots that it must have. @throws CommandError HR-JOB-001 for a cluster that is not ready in time.
 */
export async function reachCluster(
  { open, rest, store, wait }: NamedJob,
  { terminal, signal }: CommandContext,
  slots = 0,
): Promise<JobContext> {
  const progress = (text: string) => terminal.progress(text);
  const configuration = await awaitCluster(rest, slots, {
    until: Date.now() + wait,
    pollMs: POLL_MS,
    signal,
    progress,
  });
  const name = open.deployment.name;
  return {
    name,
    rest,
    store,
    places: statePlaces(store.uri, name, configuration),
    wait,
    pollMs: POLL_MS,
    settle: SETTLE_MS,
    signal,
    say: (line) => terminal.line(line),
    progress,
  };
}

/** The job that the file and the flags describe. @throws CommandError HR-JOB-002 HR-JOB-003 */
export function specify({ open, region }: NamedJob, flags: JobFlags): JobSpecification {
  checkPlan(open);
  const workers = list(
    '--workers',
    required('--workers', 'HEADRACE_WORKERS', flags.workers, 'name the workers, such as workers.NAMESPACE.svc:7443'),
  );
  const kafka = flags.kafka ? list('--kafka', flags.kafka) : undefined;
  if (needsKafka(open) && kafka === undefined)
    required('--kafka', 'HEADRACE_KAFKA', undefined, 'name the brokers that bootstrap: managed means, as host:port,…');
  if (flags.workerTls === undefined && !flags.insecureDevelopment) {
    throw new CommandError(
      'HR-JOB-003',
      '--worker-tls',
      'runs carry memory and records, which cross the network by mutual TLS alone',
      {
        mend: 'name the directory of ca.crt, tls.crt and tls.key in TaskManagers; for work on one machine say --insecure-development',
      },
    );
  }
  return flinkJob(open, {
    workers: {
      targets: workers,
      tls: flags.workerTls === undefined ? null : { directory: flags.workerTls, serverName: null },
    },
    kafka: kafka?.join(','),
    region: region.name,
    development: flags.insecureDevelopment,
  });
}

/** The chart says which plan its workers have: another one here would be refused by them. */
function checkPlan({ plan }: OpenDeployment): void {
  const expected = process.env['HEADRACE_PLAN_HASH'];
  if (!expected || expected === plan.hash) return;
  throw new CommandError(
    'HR-JOB-002',
    'HEADRACE_PLAN_HASH',
    `the chart was made for agent plan ${expected.slice(0, 12)}, and the agent here has plan ${plan.hash.slice(0, 12)}`,
    { mend: 'build the image from the same sources as the chart: headrace synth, then install both' },
  );
}

/**
 * The deployment as it is for the job of a region; where all regions have one, it is that of all of them.
 * @throws CommandError HR-JOB-003 for a region without a job of its own.
 */
export function jobOf(deployment: DeploymentModel, name: string): DeploymentModel {
  if (!isActiveActive(deployment)) return deployment;
  const home = homes(deployment).find((one) => one.name === name);
  if (home) return deploymentOfJob(deployment, home);
  const names = homes(deployment).map((one) => one.name);
  const meant = nearest(name, names);
  throw badFlag(
    '--job-of',
    name,
    meant ? `did you mean ${meant}?` : `name the region whose job is meant: ${names.join(', ')}`,
  );
}

function regionOf({ deployment }: OpenDeployment, asked: string | undefined) {
  const names = deployment.regions.map(({ name }) => name);
  const name = required(
    '--region',
    'HEADRACE_REGION',
    asked ?? (names.length === 1 ? names[0] : undefined),
    `name one of ${names.join(', ')}`,
  );
  const region = deployment.regions.find((one) => one.name === name);
  if (region) return region;
  const meant = nearest(name, names);
  throw badFlag('--region', name, meant ? `did you mean ${meant}?` : `name one of ${names.join(', ')}`);
}

/** @throws CommandError HR-JOB-003 for a directory without them. */
function tlsFiles(directory: string) {
  const files = { ca: 'ca.crt', cert: 'tls.crt', key: 'tls.key' };
  const missing = Object.values(files).filter((name) => !existsSync(join(directory, name)));
  if (missing.length === 0)
    return { ca: join(directory, files.ca), cert: join(directory, files.cert), key: join(directory, files.key) };
  throw badFlag('--flink-tls', directory, `it must hold ca.crt, tls.crt and tls.key; missing: ${missing.join(', ')}`);
}

function list(flag: string, text: string): string[] {
  const all = text.split(',').map((one) => one.trim());
  const wrong = all.find((one) => !/^(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}$/.test(one));
  if (wrong === undefined) return all;
  throw badFlag(flag, wrong, 'write host:port, and commas between several');
}

function required(flag: string, variable: string, value: string | undefined, mend: string): string {
  if (value !== undefined && value !== '') return value;
  throw new CommandError('HR-JOB-003', flag, `it is missing, and ${variable} is not set`, { mend });
}

const badFlag = (flag: string, text: string, mend: string) =>
  new CommandError('HR-JOB-003', flag, `"${text}" is no value of it`, { mend });
