import { CommandError } from '../errors.ts';
import { runTool, type ToolResult, type ToolRun } from './tool.ts';

/** Where a cluster is found: flags of kubectl and helm. */
export interface ClusterAddress {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/** The user's own kubectl, so that every way to sign in that works there works here. */
export class Kubectl {
  readonly #file: string;
  readonly #address: readonly string[];
  readonly namespace: string;

  constructor(file: string, { kubeconfig, context }: ClusterAddress, namespace: string) {
    this.#file = file;
    this.namespace = namespace;
    this.#address = [
      ...(kubeconfig ? ['--kubeconfig', kubeconfig] : []),
      ...(context ? ['--context', context] : []),
      '--namespace',
      namespace,
      '--request-timeout',
      '20s',
    ];
  }

  /** Runs a command and gives back what came of it, whatever that is. */
  run(args: readonly string[], options: ToolRun = {}): Promise<ToolResult> {
    return runTool(this.#file, [...this.#address, ...args], options);
  }

  /** @throws CommandError HR-INSTALL-002 with what kubectl said. */
  async must(args: readonly string[], options: ToolRun = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, options);
    options.signal?.throwIfAborted();
    if (code === 0) return stdout;
    throw new CommandError('HR-INSTALL-002', `kubectl ${args.slice(0, 3).join(' ')}`, (stderr || stdout).trim(), {
      exitCode: 1,
    });
  }

  /** @throws CommandError HR-INSTALL-002 */
  async json<T>(args: readonly string[], options: ToolRun = {}): Promise<T> {
    return JSON.parse(await this.must([...args, '--output', 'json'], options)) as T;
  }

  /** A document of the API server, or nothing where it has none or cannot be read. */
  async raw<T>(path: string): Promise<T | undefined> {
    const { code, stdout } = await this.run(['get', '--raw', path]);
    return code === 0 ? (JSON.parse(stdout) as T) : undefined;
  }
}
