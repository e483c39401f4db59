import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { VERSIONS } from '../../config/index.ts';
import { CommandError } from '../errors.ts';

/** A line of Terraform's output with `-json`, as far as it is read here (Terraform, "Machine-readable UI"). */
export interface TerraformEvent {
  readonly type: string;
  readonly '@message'?: string;
  readonly hook?: {
    readonly resource?: { readonly addr?: string };
    readonly action?: string;
    readonly elapsed_seconds?: number;
  };
  readonly change?: { readonly resource?: { readonly addr?: string }; readonly action?: string };
  readonly changes?: {
    readonly add: number;
    readonly change: number;
    readonly remove: number;
    readonly operation: string;
  };
  /** Of a plan: what becomes of each output. */
  readonly outputs?: Readonly<Record<string, { readonly action?: string }>>;
  readonly diagnostic?: {
    readonly severity: 'error' | 'warning';
    readonly summary: string;
    readonly detail?: string;
    readonly address?: string;
  };
}

export interface TerraformRun {
  readonly code: number;
  /** Standard output, where it was not read line by line. */
  readonly stdout: string;
  readonly stderr: string;
}

/** Terraform in the folder of one stack. */
export interface Terraform {
  run(args: readonly string[], onEvent?: (event: TerraformEvent) => void): Promise<TerraformRun>;
}

/** Terraform in HEADRACE_TOOLS or on PATH; undefined where it is missing. */
export function terraformCommand(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return [env['HEADRACE_TOOLS'], ...(env['PATH'] ?? '').split(delimiter)]
    .flatMap((folder) => (folder ? [join(folder, 'terraform')] : []))
    .find((file) => existsSync(file));
}

/** @throws CommandError HR-DEPLOY-001 when Terraform is missing or older than what the stacks were tested with. */
export async function requireTerraform(): Promise<string> {
  const mend = `install Terraform ${VERSIONS.terraform} or newer, then put it on PATH or into HEADRACE_TOOLS`;
  const command = terraformCommand();
  if (!command) throw new CommandError('HR-DEPLOY-001', 'terraform', 'Terraform is not there', { mend });
  const { stdout } = await call(command, ['version', '-json'], process.cwd(), process.env);
  const version = (JSON.parse(stdout.slice(stdout.indexOf('{'))) as { terraform_version: string }).terraform_version;
  if (older(version, VERSIONS.terraform)) {
    throw new CommandError('HR-DEPLOY-001', command, `Terraform ${version} is too old`, { mend });
  }
  return command;
}

const older = (version: string, than: string) => {
  const numbers = (text: string) => text.split(/[.-]/).slice(0, 3).map(Number);
  const [a, b] = [numbers(version), numbers(than)];
  const i = a.findIndex((part, at) => part !== b[at]);
  return i >= 0 && (a[i] ?? 0) < (b[i] ?? 0);
};

/**
 * @param data folder for providers and backend settings: outside of the stack's own, which each synthesis replaces.
 * @param signal interrupts Terraform as Ctrl-C would: it finishes what it is doing and saves its state.
 */
export function terraformIn(command: string, folder: string, data: string, signal: AbortSignal): Terraform {
  const env = { ...process.env, TF_DATA_DIR: data, TF_IN_AUTOMATION: '1', TF_INPUT: '0', CHECKPOINT_DISABLE: '1' };
  return { run: (args, onEvent) => call(command, args, folder, env, onEvent, signal) };
}

function call(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  onEvent?: (event: TerraformEvent) => void,
  signal?: AbortSignal,
): Promise<TerraformRun> {
  return new Promise((done, fail) => {
    // A group of its own: a Ctrl-C of the terminal reaches it once, from here, and not twice, which would kill it hard.
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const interrupt = () => child.kill('SIGINT');
    signal?.addEventListener('abort', interrupt, { once: true });
    let stdout = '';
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    if (onEvent) {
      createInterface({ input: child.stdout }).on('line', (text) => {
        const event = parse(text);
        if (event) onEvent(event);
        else stdout += `${text}\n`;
      });
    } else {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
      });
    }
    child.on('error', fail).on('close', (code) => {
      signal?.removeEventListener('abort', interrupt);
      done({ code: code ?? 1, stdout, stderr });
    });
  });
}

function parse(text: string): TerraformEvent | undefined {
  try {
    const event = JSON.parse(text) as TerraformEvent;
    return typeof event.type === 'string' ? event : undefined;
  } catch {
    return undefined;
  }
}
