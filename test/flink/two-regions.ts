import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { flinkDistribution } from '../../ops/dev/cache.ts';
import { Child, freePort } from '../../ops/dev/child.ts';
import { FlinkCluster, stateFileSystemJar } from '../../ops/dev/flink.ts';
import { startWorker, type WorkerProcess } from '../../ops/dev/worker.ts';
import { headrace } from '../ops/command-line.ts';
import { committedLines } from './part-lines.ts';
import { REVIEWS_AGENT, SENTENCES_FILE } from './reviews.ts';

const COMMAND = fileURLToPath(new URL('../../ops/main.ts', import.meta.url));
const UP_MS = 120_000;

export type RegionName = 'us' | 'eu';

export interface Stage {
  /** Holds everything; outputs of both regions are below `out`, which survives each of them. */
  readonly directory: string;
  readonly worker: WorkerProcess;
  readonly modelUrl: string;
  /** Flink's distribution, whose classes read checkpoints. */
  readonly distribution: string;
}

/** A deployment of two regions on this machine. @param rate inputs a second. */
export function deploymentFile(
  { directory, modelUrl }: Pick<Stage, 'directory' | 'modelUrl'>,
  options: {
    readonly name: string;
    readonly commit: 'replicated' | 'local';
    readonly rate: number;
    /** Default: manual. */
    readonly failover?: 'manual' | 'automatic';
    /** Default: active-standby. */
    readonly mode?: 'active-standby' | 'active-active';
    /** Inputs. Default: the example's. */
    readonly sentences?: string;
  },
): string {
  const { name, commit, rate, failover = 'manual', mode = 'active-standby', sentences = SENTENCES_FILE } = options;
  const role = mode === 'active-active' ? 'active' : 'standby';
  const file = join(directory, `${name}-${rate}.yaml`);
  writeFileSync(
    file,
    `version: 1
name: ${name}
agent: { entry: ${REVIEWS_AGENT}, parallelism: 2, inFlight: 100 }
regions:
  - { name: us, cloud: aws, region: us-east-1, role: active, size: small }
  - { name: eu, cloud: aws, region: eu-west-1, role: ${role}, size: small }
dr:
  mode: ${mode}
  commit: ${commit}
  failover: ${failover}
  lease: { ttl: 12s, renew: 2s, skew: 500ms }
  replication: { every: 200ms, retain: 5 }
source:
  file:
    path: ${sentences}
    format: tsv
    columns: [id, rating, text]
    derive: { review: { from: id, pattern: "^([^_]+)_" } }
    rate: ${rate}
sink: { file: { path: ./out-${name} } }
resources: { judge: { chat: openai, model: mock, secret: openai-key, url: "${modelUrl}" } }
secrets: [openai-key]
`,
  );
  return file;
}

const of = (jobOf: RegionName, here: RegionName) => (jobOf === here ? '' : `-of-${jobOf}`);

/** A region: a Flink cluster, a state root, and the commands that run there. */
export class TestRegion {
  readonly name: RegionName;
  readonly flink: FlinkCluster;
  readonly #stage: Stage;
  /** By what they are for. */
  readonly #supervisors = new Map<string, Child>();
  readonly #replicators = new Map<string, Child>();

  private constructor(name: RegionName, stage: Stage, flink: FlinkCluster) {
    this.name = name;
    this.flink = flink;
    this.#stage = stage;
  }

  static async prepare(name: RegionName, stage: Stage): Promise<TestRegion> {
    const root = join(stage.directory, 'state', name);
    mkdirSync(root, { recursive: true });
    const flink = await FlinkCluster.prepare({
      directory: join(stage.directory, `flink-${name}`),
      configuration: {
        'headrace.state.root': `file://${root}`,
        'execution.checkpointing.dir': 'state://checkpoints',
        'execution.checkpointing.savepoint-dir': 'state://savepoints',
        'execution.checkpointing.interval': '500 ms',
        'execution.checkpointing.num-retained': 3,
        'taskmanager.memory.process.size': '1200m',
        'jobmanager.memory.process.size': '1000m',
      },
      plugins: { 'headrace-state': stateFileSystemJar() },
    });
    return new TestRegion(name, stage, flink);
  }

  get root(): string {
    return join(this.#stage.directory, 'state', this.name);
  }

  /** All that both regions' commands are told: which state root is where. */
  #roots(): string[] {
    const { directory } = this.#stage;
    return (['us', 'eu'] as const).flatMap((name) => ['--root', `${name}=file://${join(directory, 'state', name)}`]);
  }

  #job(file: string): string[] {
    const { worker } = this.#stage;
    return [
      ...['--file', file, '--flink', this.flink.rest.url, '--state-root', `file://${this.root}`, '--wait', '90s'],
      ...['--workers', worker.target, '--insecure-development', ...this.#roots()],
    ];
  }

  /** @param jobOf in active-active the region whose own job it is. Default: this one. */
  async supervise(file: string, jobOf: RegionName = this.name): Promise<void> {
    await this.#supervisors.get(jobOf)?.stop('SIGKILL');
    const port = await freePort();
    const started = await this.#start(
      `supervisor-${this.name}${of(jobOf, this.name)}`,
      [
        ...['job', 'supervise', '--region', this.name, '--job-of', jobOf, '--every', '1s'],
        ...['--http', `127.0.0.1:${port}`, ...this.#job(file)],
      ],
      port,
    );
    this.#supervisors.set(jobOf, started);
  }

  /** Copies from a region, or the job of one from wherever it is. */
  async replicate(file: string, from: RegionName | { readonly jobOf: RegionName }): Promise<void> {
    const port = await freePort();
    const what = typeof from === 'string' ? ['--from', from] : ['--job-of', from.jobOf];
    const started = await this.#start(
      `replicator-${this.name}`,
      [
        ...['replicate', '--file', file, '--region', this.name, ...what, '--http', `127.0.0.1:${port}`],
        ...['--flink', this.#stage.distribution, ...this.#roots()],
      ],
      port,
    );
    this.#replicators.set(what.join(' '), started);
  }

  async stopReplicating(): Promise<void> {
    await Promise.all([...this.#replicators.values()].map((child) => child.stop('SIGKILL')));
    this.#replicators.clear();
  }

  /** What a supervisor or replicator of this region has said. */
  log(what: 'supervisor' | 'replicator', jobOf: RegionName = this.name): string {
    const file = join(this.#stage.directory, 'log', `${what}-${this.name}${of(jobOf, this.name)}.log`);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  async command<T>(name: 'failover' | 'failback', file: string, ...more: string[]) {
    const ended = await headrace([name, ...this.#job(file), ...more, '--json'], { cwd: this.#stage.directory });
    return { ...ended, result: (ended.stdout.startsWith('{') ? JSON.parse(ended.stdout) : {}) as T };
  }

  /** All processes of the region at once, as when it loses its power. */
  async kill(): Promise<void> {
    const { jobManager, taskManagers } = this.flink;
    const all = [...this.#supervisors.values(), ...this.#replicators.values(), jobManager, ...taskManagers];
    for (const child of all) child?.kill('SIGKILL');
    await Promise.all(all.map((child) => child?.stop('SIGKILL')));
    this.#supervisors.clear();
    this.#replicators.clear();
  }

  async running(job: string): Promise<string[]> {
    const jobs = await this.flink.rest.listJobs();
    return jobs.filter(({ name, state }) => name === job && state === 'RUNNING').map(({ jid }) => jid);
  }

  #start(name: string, args: readonly string[], port: number): Promise<Child> {
    return Child.start(
      {
        name,
        command: process.execPath,
        args: [COMMAND, ...args],
        env: { NO_COLOR: '1' },
        log: join(this.#stage.directory, 'log', `${name}.log`),
      },
      async () => (await fetch(`http://127.0.0.1:${port}/livez`).catch(() => undefined))?.ok === true,
      UP_MS,
    );
  }
}

/** Two regions with their Flink up, and a worker that both use. */
export interface Regions {
  readonly stage: Stage;
  readonly us: TestRegion;
  readonly eu: TestRegion;
  stop(): Promise<void>;
}

/** @param taskManagers of each region. Default: one. */
export async function startRegions(
  { directory, modelUrl, file }: Pick<Stage, 'directory' | 'modelUrl'> & { readonly file: string },
  taskManagers: Partial<Record<RegionName, number>> = {},
): Promise<Regions> {
  const distribution = await flinkDistribution(console.log);
  const worker = await startWorker({ file, directory, env: { OPENAI_API_KEY: 'sk-test' } });
  const started: TestRegion[] = [];
  const stop = async () => {
    await Promise.all([...started.map((region) => region.kill()), worker.child.stop('SIGKILL')]);
  };
  try {
    const stage: Stage = { directory, modelUrl, worker, distribution };
    const [us, eu] = [await TestRegion.prepare('us', stage), await TestRegion.prepare('eu', stage)];
    started.push(us, eu);
    await Promise.all(started.map(({ name, flink }) => flink.start(taskManagers[name] ?? 1)));
    return { stage, us, eu, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Committed lines of a deployment's outputs. */
export const outputs = ({ directory }: Pick<Stage, 'directory'>, name: string): string[] => {
  const out = join(directory, `out-${name}`);
  return existsSync(out) ? committedLines(out) : [];
};
