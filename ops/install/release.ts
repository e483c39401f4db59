import { EXIT } from '../exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { changesBetween, isChange } from './changes.ts';
import type { ComponentProgress } from './components.ts';
import type { Explanation } from './explain.ts';
import { type Helm, lastLines, type ReleaseStatus } from './helm.ts';
import type { Kubectl } from './kubectl.ts';
import { mendLock, runId } from './lock.ts';
import type { PreparedChart } from './render.ts';
import type { ToolResult } from './tool.ts';
import { Watch } from './watch.ts';

export interface ReleaseResult {
  readonly chart: string;
  readonly release: string;
  readonly status: ReleaseStatus | 'absent';
  /** 0 when there is none. */
  readonly revision: number;
  /** Whether its objects differ from those of the revision before. */
  readonly changed: boolean;
  readonly seconds: number;
  readonly components: readonly ComponentProgress[];
}

export interface ReleaseOutcome {
  readonly result: ReleaseResult;
  /** What Helm said when it failed. */
  readonly failure?: string;
  readonly explanations: readonly Explanation[];
}

export interface ReleaseContext {
  readonly helm: Helm;
  readonly kubectl: Kubectl;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  readonly helmMajor: number;
  /** How long a chart may take to come up, in milliseconds. */
  readonly waitMs: number;
}

/** Why a release is not waited for any longer. */
export class GivenUp extends Error {}

/** Installs or upgrades one chart and waits for it; a failed one is put back by Helm. */
export async function installRelease(prepared: PreparedChart, context: ReleaseContext): Promise<ReleaseOutcome> {
  const { helm, kubectl, terminal, signal } = context;
  const { chart, release, folder, values, manifest } = prepared;
  const mended = await mendLock(helm, kubectl, release);
  if (mended) terminal.line(`  ${mended}`);
  const changed = isChange(changesBetween(await helm.manifest(release), manifest));
  const begun = Date.now();
  const watch = new Watch(kubectl, release, terminal);
  const tell = () =>
    terminal.line(
      signal.reason instanceof GivenUp
        ? `  ${signal.reason.message}: Helm takes ${release} away again`
        : `  interrupted: Helm puts ${release} back; a second Ctrl-C does not wait for it`,
    );
  signal.addEventListener('abort', tell, { once: true });
  let run: Pick<ToolResult, 'code' | 'stdout' | 'stderr'>;
  try {
    run = signal.aborted
      ? { code: EXIT.interrupted, stdout: '', stderr: 'interrupted before it began' }
      : await helm.upgrade(
          { release, chart: folder, values, timeout: `${Math.ceil(context.waitMs / 1000)}s`, run: runId() },
          context.helmMajor,
          signal,
        );
  } finally {
    signal.removeEventListener('abort', tell);
  }
  await watch.stop(run.code === 0);
  const last = (await helm.history(release)).at(-1);
  const result: ReleaseResult = {
    chart,
    release,
    status: last?.status ?? 'absent',
    revision: last?.revision ?? 0,
    changed,
    seconds: Math.round((Date.now() - begun) / 100) / 10,
    components: watch.components,
  };
  if (run.code === 0) return { result, explanations: [] };
  return { result, failure: lastLines(run.stderr || run.stdout), explanations: watch.explanations };
}

/** What a failed or interrupted run leaves of a release, in words. */
export function stateText({ release, status, revision }: ReleaseResult): string {
  switch (status) {
    case 'absent':
    case 'uninstalled':
      return `${release} is not installed: what was made is taken away again, but for volumes`;
    case 'deployed':
      return `${release} is at revision ${revision}, which works as before`;
    case 'failed':
      return `${release} is at revision ${revision}, which failed: Helm could not put the one before back`;
    default:
      return `${release} is ${status} at revision ${revision}`;
  }
}
