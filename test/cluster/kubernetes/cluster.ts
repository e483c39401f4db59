import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cacheDirectory } from '../../../ops/dev/cache.ts';

const run = promisify(execFile);
const KUBE = fileURLToPath(new URL('./kube', import.meta.url));
const DIRECTORY = join(cacheDirectory(), 'kube');
const OUTPUT = 64 << 20;

// biome-ignore lint/suspicious/noExplicitAny: objects of the API, as it gives them.
export type KubernetesObject = any;

/** Address of this machine that every cluster reaches, on the bridge between them. */
export const HOST = '10.210.0.1';

/** A Kubernetes of one node on this machine, in namespaces of its own. */
export class Cluster {
  readonly name: string;
  readonly kubeconfig: string;
  /** Address of the node. */
  readonly node: string;

  private constructor(name: string, number: number) {
    this.name = name;
    this.kubeconfig = join(DIRECTORY, name, 'admin.conf');
    this.node = `10.210.0.1${number}`;
  }

  /** Builds what is missing (minutes, once a machine) and starts a cluster. @param number 1 to 9, one a cluster. */
  static async start(name: string, number: number, say: (text: string) => void): Promise<Cluster> {
    say(`starting Kubernetes cluster ${name}; the first time its programs are built from source`);
    await kube('build');
    await kube('up', name, String(number));
    return new Cluster(name, number);
  }

  /** Ends it and leaves nothing behind. */
  async stop(): Promise<void> {
    await kube('down', this.name);
  }

  /** The same, as a command of the shell: every process of the node is gone at once. */
  get stopCommand(): string {
    return `KUBE_DIR='${DIRECTORY}' '${KUBE}' down ${this.name}`;
  }

  /** Makes an image known to the node. @param tar a docker archive. */
  async load(tar: string): Promise<void> {
    await kube('load', this.name, tar);
  }

  /** Runs a program in the node's namespaces: it sees the processes of pods, by their process ids there. */
  async onNode(...command: string[]): Promise<string> {
    return (await kube('exec', this.name, ...command)).stdout;
  }

  async kubectl(...args: string[]): Promise<string> {
    const { stdout } = await run('kubectl', ['--kubeconfig', this.kubeconfig, ...args], { maxBuffer: OUTPUT });
    return stdout;
  }

  /** As `kubectl`, with an object as JSON on standard input. */
  apply(namespace: string | undefined, ...objects: object[]): Promise<string> {
    return this.applyText(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }), namespace);
  }

  applyText(text: string, namespace?: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const args = ['--kubeconfig', this.kubeconfig, ...(namespace ? ['-n', namespace] : []), 'apply', '-f', '-'];
      const child = spawn('kubectl', args, { stdio: ['pipe', 'pipe', 'pipe'] });
      let [out, err] = ['', ''];
      child.stdout.on('data', (chunk) => {
        out += chunk;
      });
      child.stderr.on('data', (chunk) => {
        err += chunk;
      });
      child.on('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`kubectl apply: ${err}`))));
      child.stdin.end(text);
    });
  }

  async get(namespace: string, ...what: string[]): Promise<KubernetesObject> {
    return JSON.parse(await this.kubectl('-n', namespace, 'get', ...what, '-o', 'json')) as KubernetesObject;
  }

  async pods(namespace: string, selector: string): Promise<KubernetesObject[]> {
    return (await this.get(namespace, 'pods', '-l', selector)).items;
  }

  /** Runs a command in a pod's container. @returns what it printed and its exit code. */
  async exec(
    namespace: string,
    pod: string,
    command: readonly string[],
  ): Promise<{ readonly code: number; readonly out: string }> {
    try {
      const out = await this.kubectl('-n', namespace, 'exec', pod, '--', ...command);
      return { code: 0, out };
    } catch (error) {
      const { code, stdout, stderr } = error as { code?: number; stdout?: string; stderr?: string };
      return { code: typeof code === 'number' ? code : 1, out: `${stdout ?? ''}${stderr ?? ''}` };
    }
  }

  /** Process ids, on the node, of processes whose command line has a text and that run in a pod. */
  async processes(podUid: string, text: string): Promise<number[]> {
    const script = `for p in /proc/[0-9]*; do grep -qs '${podUid}' $p/cgroup && tr '\\0' ' ' <$p/cmdline | grep -qs -- '${text}' && basename $p; done; true`;
    return (await this.onNode('sh', '-c', script)).split('\n').filter(Boolean).map(Number);
  }
}

async function kube(...args: string[]): Promise<{ stdout: string }> {
  return run(KUBE, args, { env: { ...process.env, KUBE_DIR: DIRECTORY }, maxBuffer: OUTPUT });
}

/** Waits until a question is answered. @throws Error with the last answer after the time. */
export async function until<T>(
  what: string,
  seconds: number,
  ask: () => Promise<T | undefined | false>,
  everyMs = 500,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`${what}: not after ${seconds} s; the last answer was ${String(last)}`);
    await sleep(everyMs);
  }
}
