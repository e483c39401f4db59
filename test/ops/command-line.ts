import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  /** Signal to send once the output shows a text. */
  readonly signalAt?: { readonly text: string; readonly signal: NodeJS.Signals };
  /** Variables on top of this process's own. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the real command as a process of its own. */
export function headrace(args: readonly string[], { cwd, signalAt, env }: RunOptions): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'ops/main.ts'), ...args], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', ...env },
    });
    let stdout = '';
    let stderr = '';
    let sent = false;
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
      if (signalAt && !sent && stdout.includes(signalAt.text)) {
        sent = true;
        child.kill(signalAt.signal);
      }
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
  });
}

/** A directory with a copy of the example, removed after the test. @param change of its deployment file. */
export function exampleCopy(change: (file: string) => string = (file) => file): string {
  const directory = mkdtempSync(join(tmpdir(), 'headrace-ops-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (const name of ['agent.ts', 'headrace.yaml', 'amazon-review-sentences.tsv'])
    cpSync(join(ROOT, 'examples/review-analysis', name), join(directory, name));
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  edit(directory, 'agent.ts', (text) => text.replace('../../runtime/api/index.ts', join(ROOT, 'runtime/api/index.ts')));
  edit(directory, 'headrace.yaml', (text) => change(text.replace('../../out/ratings', './out')));
  return directory;
}

export function edit(directory: string, name: string, change: (text: string) => string): void {
  const path = join(directory, name);
  const before = readFileSync(path, 'utf8');
  const after = change(before);
  rmSync(path);
  writeFileSync(path, after);
}

/** Content of every file below a directory, by relative path; packages are passed over. */
export function tree(directory: string): Map<string, string> {
  const files = new Map<string, string>();
  const walk = (current: string) => {
    for (const entry of readdirSync(current, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(current, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile()) files.set(relative(directory, path), readFileSync(path, 'utf8'));
    }
  };
  walk(directory);
  return files;
}

/** The example's agent with a tool that leaves a mark in the file `sent`, called for each input. @param dryRun of the tool, as text. */
export const withTool = (dryRun: string) => (agent: string) =>
  agent
    .replace(/^import \{ z/, "import { appendFileSync } from 'node:fs';\nimport { z")
    .replace('defineEvent, InputEvent', 'defineEvent, InputEvent, tool')
    .replace(
      'judge: chatModel()',
      `judge: chatModel(), mail: tool({ description: 'sends', args: z.object({}), run: () => appendFileSync('sent', 'x') ?? 'sent', ${dryRun} })`,
    )
    .replace('const { score } =', "await ctx.tool('mail', {});\n    const { score } =");
