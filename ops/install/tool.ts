import { spawn } from 'node:child_process';
import { accessSync, closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { CommandError } from '../errors.ts';

const VARIABLE = { kubectl: 'HEADRACE_KUBECTL', helm: 'HEADRACE_HELM' } as const;
const FROM = {
  kubectl: 'https://kubernetes.io/docs/tasks/tools',
  helm: 'https://helm.sh/docs/intro/install',
} as const;
export type ToolName = keyof typeof VARIABLE;

/**
 * Path of a tool: what its variable says (`HEADRACE_KUBECTL`, `HEADRACE_HELM`), otherwise the first on PATH.
 * @throws CommandError HR-INSTALL-001
 */
export function findTool(name: ToolName, env: NodeJS.ProcessEnv = process.env): string {
  const named = env[VARIABLE[name]];
  const candidates = named ? [named] : (env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name));
  const found = candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found) return found;
  throw new CommandError(
    'HR-INSTALL-001',
    named ? VARIABLE[name] : name,
    named ? `${named} is no executable file` : `${name} is not on PATH`,
    { mend: `install ${name} (${FROM[name]}), or name its file in ${VARIABLE[name]}` },
  );
}

export interface ToolResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ToolRun {
  readonly input?: string;
  /** Aborted: the tool is told to end (SIGTERM), and is waited for, so that what it leaves is known. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a tool to its end. Its process is a group of its own, so that a Ctrl-C reaches it through this command alone, and
 * its output goes to files, so that it goes on when this process is killed.
 */
export async function runTool(
  file: string,
  args: readonly string[],
  { input, signal }: ToolRun = {},
): Promise<ToolResult> {
  const directory = mkdtempSync(join(tmpdir(), 'headrace-tool-'));
  const path = (name: string) => join(directory, name);
  const [out, err] = [openSync(path('stdout'), 'w'), openSync(path('stderr'), 'w')];
  try {
    const code = await new Promise<number>((resolve, reject) => {
      const child = spawn(file, args, { stdio: ['pipe', out, err], detached: true });
      const end = () => child.kill('SIGTERM');
      signal?.addEventListener('abort', end, { once: true });
      if (signal?.aborted) end();
      child.on('error', reject);
      child.on('exit', (status) => {
        signal?.removeEventListener('abort', end);
        resolve(status ?? 1);
      });
      // A tool that does not read its input is no failure.
      child.stdin?.on('error', () => {});
      child.stdin?.end(input ?? '');
    });
    return { code, stdout: readFileSync(path('stdout'), 'utf8'), stderr: readFileSync(path('stderr'), 'utf8') };
  } finally {
    closeSync(out);
    closeSync(err);
    rmSync(directory, { recursive: true, force: true });
  }
}
