import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Cloud, VERSIONS } from '../../config/index.ts';

/** Terraform with providers at hand. */
export interface Terraform {
  /** Prepares a stack's folder and validates it. @throws when `terraform init` fails. */
  validate(folder: string): Promise<Diagnostic[]>;
  /** Plans a prepared stack whose state is local. @param env credentials and endpoints. @throws when the plan fails. */
  plan(folder: string, env: Readonly<Record<string, string>>): Promise<Planned>;
}

export interface Planned {
  readonly add: number;
  /** File of the plan as JSON. */
  readonly json: string;
  readonly output: string;
}

/** As `terraform validate -json` prints them. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly summary: string;
  readonly detail?: string;
  readonly address?: string;
  readonly snippet?: { readonly context?: string; readonly code?: string };
}

/** One line for people. */
export const describeDiagnostic = ({ severity, summary, detail, address, snippet }: Diagnostic) =>
  `${severity} ${address ?? snippet?.context ?? ''}: ${summary}: ${(detail ?? '').replaceAll('\n', ' ')} ${snippet?.code?.trim() ?? ''}`;

/** Processes at once: each loads a provider of several hundred megabytes. */
const AT_ONCE = 2;

/**
 * Finds Terraform in HEADRACE_TOOLS or on PATH, and providers in the mirror of HEADRACE_TF_MIRROR (a directory as
 * `terraform providers mirror` writes it), else where Terraform's own configuration says.
 * @param work a directory for configuration and cache.
 * @param required what stacks write under `required_providers`, of every provider that is to be there.
 * @returns a line that says why not, where no provider can be reached without a mirror.
 * @throws when Terraform is missing, or the mirror lacks a provider.
 */
export async function findTerraform(work: string, required: object): Promise<Terraform | string> {
  const command = terraformCommand();
  const mirror = process.env['HEADRACE_TF_MIRROR'];
  const env = environment(work, mirror);
  const slot = limit(AT_ONCE);
  const run = (folder: string, ...args: string[]) => slot(() => call(command, args, folder, env));
  const runWith = (more: object, folder: string, ...args: string[]) =>
    slot(() => call(command, args, folder, { ...env, ...more }));

  mkdirSync(work, { recursive: true });
  const probe = mkdtempSync(join(work, 'probe-'));
  writeFileSync(join(probe, 'main.tf.json'), JSON.stringify({ terraform: { required_providers: required } }));
  // Fills the cache, too: Terraform does not promise that two processes may do so at once.
  const reached = await run(probe, 'init', '-backend=false', '-input=false', '-no-color');
  if (reached.code !== 0) {
    if (mirror) throw new Error(`HEADRACE_TF_MIRROR=${mirror} lacks a provider:\n${reached.output}`);
    const [first = ''] = /Error: .*/.exec(reached.output) ?? [];
    return `not every Terraform provider can be reached (${first}): set HEADRACE_TF_MIRROR to a filesystem mirror`;
  }
  return {
    async validate(folder) {
      const init = await run(folder, 'init', '-backend=false', '-input=false', '-no-color');
      if (init.code !== 0) throw new Error(`terraform init failed in ${folder}:\n${init.output}`);
      const { stdout } = await run(folder, 'validate', '-json');
      return (JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics;
    },
    async plan(folder, more) {
      const init = await run(folder, 'init', '-input=false', '-no-color');
      if (init.code !== 0) throw new Error(`terraform init failed in ${folder}:\n${init.output}`);
      const planned = await runWith(more, folder, 'plan', '-input=false', '-no-color', '-out=plan');
      if (planned.code !== 0) throw new Error(`terraform plan failed in ${folder}:\n${planned.output.slice(-5000)}`);
      const { stdout } = await run(folder, 'show', '-json', 'plan');
      const json = join(folder, 'plan.json');
      writeFileSync(json, stdout);
      const [, add = '0'] = /Plan: (\d+) to add/.exec(planned.output) ?? [];
      return { add: Number(add), json, output: planned.output };
    },
  };
}

/** What stacks of a cloud write under `required_providers`. */
export const providersOf = (cloud: Cloud): object => {
  const name = { aws: 'aws', azure: 'azurerm', gcp: 'google' }[cloud];
  return { [name]: { source: name, version: VERSIONS.providers[cloud] } };
};

/** A line that says why providers cannot be reached, or undefined where they can. */
export async function reached(work: string, required: object): Promise<string | undefined> {
  const found = await findTerraform(work, required);
  return typeof found === 'string' ? found : undefined;
}

function terraformCommand(): string {
  const folders = [process.env['HEADRACE_TOOLS'], ...(process.env['PATH'] ?? '').split(delimiter)];
  const found = folders
    .flatMap((folder) => (folder ? [join(folder, 'terraform')] : []))
    .find((file) => existsSync(file));
  if (found) return found;
  throw new Error(
    `terraform is missing: install Terraform ${VERSIONS.terraform} (https://developer.hashicorp.com/terraform/install), then put it on PATH or into HEADRACE_TOOLS`,
  );
}

function environment(work: string, mirror: string | undefined): NodeJS.ProcessEnv {
  const cache = join(work, 'plugins');
  mkdirSync(cache, { recursive: true });
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    CHECKPOINT_DISABLE: '1',
    TF_IN_AUTOMATION: '1',
    TF_PLUGIN_CACHE_DIR: cache,
    // Each stack has a lock file of its own, empty at first; without this Terraform would not take it from the cache.
    TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE: '1',
    TF_REGISTRY_DISCOVERY_RETRY: '1',
  };
  if (mirror) {
    env['TF_CLI_CONFIG_FILE'] = join(work, 'terraform.rc');
    writeFileSync(
      env['TF_CLI_CONFIG_FILE'],
      `provider_installation { filesystem_mirror { path = ${JSON.stringify(mirror)} } }\n`,
    );
  }
  return env;
}

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly output: string;
}

const call = (command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv) =>
  new Promise<Outcome>((done, fail) => {
    execFile(command, [...args], { cwd, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') fail(error);
      else done({ code: Number(error?.code ?? 0), stdout, output: `${stdout}${stderr}` });
    });
  });

/** Lets at most so many run at a time, in the order in which they came. */
function limit(atOnce: number) {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= atOnce) await new Promise<void>((free) => waiting.push(free));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
