import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { renderManifests } from '../../../charts/index.ts';
import { openDeployment } from '../../../ops/deployment/open.ts';
import { chartInputs } from '../../../ops/synth/inputs.ts';
import { type Ended, exampleCopy, headrace, type RunOptions } from '../command-line.ts';

export interface FakeRevision {
  revision: number;
  updated: string;
  status: string;
  description: string;
  manifest: string;
  run: string;
}

/** What the scripted kubectl and helm know and do. */
export interface FakeCluster {
  server: string;
  version: string;
  helm: string;
  /** What kubectl says instead of a version. */
  unreachable?: string;
  /** Labels of the namespace, once it is there. */
  namespace?: Record<string, string>;
  /** Paths of APIs that are not served. */
  missing: string[];
  /** `verb resource` that this identity may not. */
  denied: string[];
  /** Manager with which an apply conflicts. */
  conflict?: string;
  releases: Record<string, FakeRevision[]>;
  /** By chart: how long an upgrade takes, and why it fails. */
  upgrades: Record<string, { seconds?: number; fails?: string }>;
  /** What `kubectl get` lists. */
  objects: object[];
  logs: string;
  /** Volumes and ConfigMaps, by `kind/name`. */
  data: string[];
}

const REGISTRY = 'images: { registry: registry.example.com/team }\n';
/** Outputs of all that a region in AWS waits for. */
export const OUTPUTS = {
  'reviews-us': {
    kafka_bootstrap: 'b-1.example.net:9098',
    registry: 'registry.example.com/team',
    cluster_endpoint: 'https://us.example.net',
  },
};

export class FakeWorld {
  readonly cwd: string;
  readonly directory: string;

  private constructor(cwd: string, directory: string) {
    this.cwd = cwd;
    this.directory = directory;
  }

  /** The example, its own kubectl and helm, and a cluster with nothing in it. */
  static async make(cluster: Partial<FakeCluster> = {}): Promise<FakeWorld> {
    const directory = mkdtempSync(join(tmpdir(), 'headrace-fake-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const world = new FakeWorld(
      exampleCopy((file) => `${file.replace(/^images:.*\n/m, '')}${REGISTRY}`),
      directory,
    );
    for (const tool of ['kubectl', 'helm']) {
      const path = join(directory, tool);
      writeFileSync(path, `#!/bin/sh\nexec "${process.execPath}" "${SCRIPT}" "${directory}" ${tool} "$@"\n`);
      chmodSync(path, 0o755);
    }
    writeFileSync(join(directory, 'calls.log'), '');
    writeFileSync(join(world.cwd, 'outputs.json'), JSON.stringify(OUTPUTS));
    await world.render(join(world.cwd, 'outputs.json'));
    const empty: FakeCluster = {
      server: 'https://us.example.net',
      version: 'v1.34.2',
      helm: 'v3.22.0+gabc',
      missing: [],
      denied: [],
      releases: {},
      upgrades: {},
      objects: [],
      logs: '',
      data: [],
    };
    world.write({ ...empty, ...cluster });
    return world;
  }

  /** What the scripted helm renders: the same objects as the charts. */
  async render(outputs?: string): Promise<void> {
    const open = await openDeployment(join(this.cwd, 'headrace.yaml'));
    const [us] = chartInputs(open, outputs);
    if (!us) throw new Error('no region');
    for (const [path, text] of renderManifests(us))
      if (!path.startsWith('platform/')) writeFileSync(join(this.directory, path), text);
  }

  /** Changes what the scripted helm renders. */
  edit(chart: string, change: (text: string) => string): void {
    const path = join(this.directory, `${chart}.yaml`);
    writeFileSync(path, change(readFileSync(path, 'utf8')));
  }

  read = (): FakeCluster => JSON.parse(readFileSync(join(this.directory, 'cluster.json'), 'utf8')) as FakeCluster;
  write = (cluster: FakeCluster) => writeFileSync(join(this.directory, 'cluster.json'), JSON.stringify(cluster));
  change(edit: (cluster: FakeCluster) => void): void {
    const cluster = this.read();
    edit(cluster);
    this.write(cluster);
  }

  /** Every call of a tool, in order. */
  calls(tool?: string): string[] {
    const lines = readFileSync(join(this.directory, 'calls.log'), 'utf8').trim().split('\n').filter(Boolean);
    return lines
      .map((line) => (JSON.parse(line) as string[]).join(' '))
      .filter((line) => !tool || line.startsWith(tool));
  }

  /** Calls that change a cluster. */
  changes(): string[] {
    return this.calls().filter((call) => / (upgrade|rollback|uninstall|apply|delete) /.test(`${call} `));
  }

  /** Runs headrace with these tools. */
  async headrace(
    args: readonly string[],
    signalAt?: RunOptions['signalAt'],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Ended> {
    return headrace(args, {
      cwd: this.cwd,
      env: { HEADRACE_KUBECTL: join(this.directory, 'kubectl'), HEADRACE_HELM: join(this.directory, 'helm'), ...env },
      ...(signalAt ? { signalAt } : {}),
    });
  }

  install(...more: string[]): Promise<Ended> {
    return this.headrace(['install', '--region', 'us', '--outputs', 'outputs.json', ...more]);
  }
}

const SCRIPT = fileURLToPath(new URL('./fake-tools.ts', import.meta.url));
