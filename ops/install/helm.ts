import { CommandError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { ClusterAddress } from './kubectl.ts';
import { runTool, type ToolResult } from './tool.ts';

/** Statuses of a release, as Helm spells them. */
export type ReleaseStatus =
  | 'deployed'
  | 'failed'
  | 'superseded'
  | 'uninstalled'
  | 'uninstalling'
  | 'pending-install'
  | 'pending-upgrade'
  | 'pending-rollback'
  | 'unknown';

export interface Revision {
  readonly revision: number;
  readonly updated: string;
  readonly status: ReleaseStatus;
  readonly description: string;
}

export interface Upgrade {
  readonly release: string;
  readonly chart: string;
  /** Values files and `--set` arguments, in the order in which they win. */
  readonly values: readonly string[];
  /** Such as `10m`. */
  readonly timeout: string;
  /** Label of the release's record, by which a later run knows whether this one is still at it. */
  readonly run: string;
}

export class Helm {
  readonly #file: string;
  readonly #address: readonly string[];

  constructor(file: string, { kubeconfig, context }: ClusterAddress, namespace: string) {
    this.#file = file;
    this.#address = [
      ...(kubeconfig ? ['--kubeconfig', kubeconfig] : []),
      ...(context ? ['--kube-context', context] : []),
      '--namespace',
      namespace,
    ];
  }

  run(args: readonly string[], signal?: AbortSignal): Promise<ToolResult> {
    return runTool(this.#file, [...args, ...this.#address], signal ? { signal } : {});
  }

  async must(
    args: readonly string[],
    code: `HR-${string}`,
    { mend, exitCode = EXIT.failed }: { mend?: string; exitCode?: ExitCode } = {},
  ): Promise<string> {
    const { code: status, stdout, stderr } = await this.run(args);
    if (status === 0) return stdout;
    throw new CommandError(code, `helm ${args.slice(0, 2).join(' ')}`, lastLines(stderr || stdout), {
      exitCode,
      ...(mend ? { mend } : {}),
    });
  }

  /** Major version: 3 or 4. @throws CommandError HR-INSTALL-001 for any other. */
  async major(): Promise<number> {
    const text = await this.must(['version', '--short'], 'HR-INSTALL-001');
    const major = Number(/v(\d+)\./.exec(text)?.[1]);
    if (major === 3 || major === 4) return major;
    throw new CommandError('HR-INSTALL-001', 'helm', `version ${text.trim()} is not known to work`, {
      mend: 'install Helm 3 or 4',
    });
  }

  /** Revisions of a release, the newest last; none when it does not exist. */
  async history(release: string): Promise<Revision[]> {
    const { code, stdout, stderr } = await this.run(['history', release, '--max', '256', '--output', 'json']);
    if (code === 0) return JSON.parse(stdout) as Revision[];
    if (/not found/.test(stderr)) return [];
    throw new CommandError('HR-INSTALL-002', `helm history ${release}`, lastLines(stderr), { exitCode: 1 });
  }

  /** Manifests that a release has now; nothing when it does not exist. */
  async manifest(release: string): Promise<string | undefined> {
    const { code, stdout } = await this.run(['get', 'manifest', release]);
    return code === 0 ? stdout : undefined;
  }

  /** What an upgrade would apply, without its hooks. @throws CommandError HR-INSTALL-003 when the values are refused. */
  template(
    { release, chart, values }: Pick<Upgrade, 'release' | 'chart' | 'values'>,
    kubernetes: string,
    hooks = false,
  ) {
    return this.must(
      ['template', release, chart, ...values, '--kube-version', kubernetes, hooks ? '--skip-tests' : '--no-hooks'],
      'HR-INSTALL-003',
      {
        mend: '--set and --values go to both charts; write flink-cluster:KEY=VALUE or agents-app:KEY=VALUE to choose one',
        exitCode: EXIT.badInput,
      },
    );
  }

  /** Installs or upgrades, waits until it is up, and puts the old one back when it is not. */
  upgrade({ release, chart, values, timeout, run }: Upgrade, major: number, signal: AbortSignal): Promise<ToolResult> {
    return this.run(
      [
        'upgrade',
        '--install',
        release,
        chart,
        ...values,
        '--wait',
        '--timeout',
        timeout,
        major === 3 ? '--atomic' : '--rollback-on-failure',
        '--history-max',
        '10',
        '--labels',
        `${RUN_LABEL}=${run}`,
        '--output',
        'json',
      ],
      signal,
    );
  }
}

export const RUN_LABEL = 'headrace.dev/run';

/** The end of what Helm said, without its log prefix. */
export const lastLines = (text: string, count = 12): string =>
  text
    .trim()
    .split('\n')
    .filter((line) => !/^(WARNING|W\d{4}) ?/.test(line))
    .slice(-count)
    .join('\n')
    .replace(/^Error: /, '');
