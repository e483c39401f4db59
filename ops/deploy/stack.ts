import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { writeWhole } from '../plan/write-whole.ts';
import { type Terraform, type TerraformEvent, type TerraformRun, terraformIn } from './terraform.ts';

/** How many resources an apply would make, change and take away. */
export interface Changes {
  readonly add: number;
  readonly change: number;
  readonly remove: number;
}

/** What a plan would change, with the outputs that resources do not tell of. */
export interface Planned extends Changes {
  /** How many outputs would be others. */
  readonly outputs: number;
}

const PLAN = 'headrace.tfplan';

/** One synthesized stack and what Terraform does with it. */
export class Stack {
  readonly id: string;
  readonly #folder: string;
  readonly #terraform: Terraform;

  constructor(id: string, out: string, command: string, signal: AbortSignal) {
    this.id = id;
    this.#folder = join(out, 'cdktf.out', 'stacks', id);
    this.#terraform = terraformIn(command, this.#folder, join(out, '.headrace', 'terraform', id), signal);
  }

  /** Variables that the stack declares. */
  variables(): string[] {
    const { variable } = JSON.parse(readFileSync(join(this.#folder, 'cdk.tf.json'), 'utf8')) as { variable?: object };
    return Object.keys(variable ?? {});
  }

  /** Values for the stack's variables, read by Terraform by itself. */
  tell(values: Readonly<Record<string, unknown>>): void {
    writeWhole(join(this.#folder, 'headrace.auto.tfvars.json'), `${JSON.stringify(values, null, 2)}\n`);
  }

  /** Fetches providers and opens the state. @param more further arguments. */
  async init(more: readonly string[] = []): Promise<void> {
    const run = await this.#terraform.run(['init', '-input=false', '-no-color', ...more]);
    if (run.code !== 0) throw this.#failure('HR-DEPLOY-003', run, undefined, EXIT.badInput);
  }

  /** Moves the state from where it was opened to where the stack says now. */
  moveState = (): Promise<void> => this.init(['-migrate-state', '-force-copy']);

  /** What an apply would do; nothing is changed yet. */
  async plan(destroy = false): Promise<Planned> {
    let changes: Changes = { add: 0, change: 0, remove: 0 };
    let outputs = 0;
    const args = ['plan', '-input=false', '-json', `-out=${PLAN}`, ...(destroy ? ['-destroy'] : [])];
    await this.#watch(args, 'HR-DEPLOY-004', EXIT.badInput, (event) => {
      if (event.changes) changes = event.changes;
      if (event.outputs) outputs = Object.values(event.outputs).filter(({ action }) => action !== 'noop').length;
    });
    const { add, change, remove } = changes;
    return { add, change, remove, outputs };
  }

  /** Does what was planned. @param onResource told of each resource that is done. */
  async apply(onResource: (address: string, action: string, seconds: number, done: boolean) => void): Promise<void> {
    await this.#watch(['apply', '-input=false', '-json', PLAN], 'HR-DEPLOY-005', EXIT.failed, ({ type, hook }) => {
      if (!hook?.resource?.addr) return;
      const told = (done: boolean) =>
        onResource(hook.resource?.addr ?? '', hook.action ?? '', hook.elapsed_seconds ?? 0, done);
      if (type === 'apply_complete') told(true);
      if (type === 'apply_start' || type === 'apply_progress') told(false);
    });
  }

  async outputs(): Promise<Record<string, unknown>> {
    const run = await this.#terraform.run(['output', '-json', '-no-color']);
    if (run.code !== 0) throw this.#failure('HR-DEPLOY-005', run, undefined, EXIT.failed);
    const values = JSON.parse(run.stdout) as Record<string, { value: unknown }>;
    return Object.fromEntries(Object.entries(values).map(([name, { value }]) => [name, value]));
  }

  /** Resources of the state that their cloud still protects, by address. */
  async protectedResources(): Promise<string[]> {
    const run = await this.#terraform.run(['show', '-json', '-no-color']);
    if (run.code !== 0) throw this.#failure('HR-DEPLOY-003', run, undefined, EXIT.badInput);
    const state = JSON.parse(run.stdout) as {
      values?: { root_module?: { resources?: { address: string; values: Record<string, unknown> }[] } };
    };
    const shields = ['deletion_protection', 'delete_protection', 'deletion_protection_enabled'];
    return (state.values?.root_module?.resources ?? [])
      .filter(({ values }) => shields.some((name) => values[name] === true))
      .map(({ address }) => address);
  }

  async #watch(
    args: readonly string[],
    code: `HR-${string}`,
    exit: typeof EXIT.badInput | typeof EXIT.failed,
    onEvent: (event: TerraformEvent) => void,
  ): Promise<void> {
    let first: TerraformEvent['diagnostic'];
    const run = await this.#terraform.run(args, (event) => {
      if (event.diagnostic?.severity === 'error') first ??= event.diagnostic;
      onEvent(event);
    });
    if (run.code !== 0) throw this.#failure(code, run, first, exit);
  }

  /** Terraform's first error, and what to do about the usual ones. */
  #failure(
    code: `HR-${string}`,
    { stdout, stderr }: TerraformRun,
    diagnostic: TerraformEvent['diagnostic'],
    exitCode: typeof EXIT.badInput | typeof EXIT.failed,
  ): CommandError {
    const text = diagnostic
      ? `${diagnostic.summary}${diagnostic.detail ? `: ${diagnostic.detail}` : ''}`
      : (/Error: [\s\S]*/.exec(`${stderr}\n${stdout}`)?.[0] ?? `${stderr}${stdout}`).trim();
    const place = diagnostic?.address ? `${this.id} ${diagnostic.address}` : this.id;
    return new CommandError(code, place, text, { exitCode, mend: mendOf(text, code) });
  }
}

/** What to do about an error of Terraform. */
export function mendOf(text: string, code: string): string {
  const again =
    code === 'HR-DEPLOY-005' ? ' What was made is in Terraform’s state: the same command goes on from there.' : '';
  if (/quota|LimitExceeded|VcpuLimit|limit exceeded/i.test(text)) return `ask the cloud for more of it.${again}`;
  if (/Error acquiring the state lock|state lock/i.test(text))
    return 'somebody else deploys: wait, or when nobody does, `terraform force-unlock ID` in the stack’s folder.';
  if (/already.?(exists|in use)|EntityAlreadyExists|alreadyExists/i.test(text))
    return 'it is there, and Terraform does not know it, as after an interrupted deploy: take it away, or `terraform import ADDRESS ID` in the stack’s folder.';
  if (/credential|authenticat|authoriz|access ?denied|forbidden|token|permission/i.test(text))
    return `sign in, or give the deployer the rights of stacks/CLOUD/deployer-policy.json.${again}`;
  if (/registry|provider|plugin/i.test(text) && code === 'HR-DEPLOY-003')
    return 'providers come from a registry, or from a mirror that Terraform’s own configuration names.';
  return `mend what Terraform says.${again}`;
}
