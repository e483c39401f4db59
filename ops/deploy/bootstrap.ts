import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'cdktf';
import type { Cloud, DeploymentModel } from '../../config/index.ts';
import { BootstrapStack, bootstrapStackId } from '../../stacks/bootstrap/bootstrap-stack.ts';
import { CommandError } from '../errors.ts';
import { table } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { confirm } from './ask.ts';
import { applyStack } from './deploy.ts';
import { type Changes, Stack } from './stack.ts';

export interface BootstrapRun {
  readonly deployment: DeploymentModel;
  readonly out: string;
  readonly command: string;
  readonly yes: boolean;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

export interface Bootstrapped extends Changes {
  readonly cloud: Cloud;
  /** Bucket or storage account. */
  readonly store: string;
}

/** Clouds whose Terraform state the file puts into a store, with the store's name. */
export function backendClouds({ terraform: { backend } }: Pick<DeploymentModel, 'terraform'>): [Cloud, string][] {
  const stores: [Cloud, string | undefined][] = [
    ['aws', backend.aws?.bucket],
    ['azure', backend.azure?.storageAccount],
    ['gcp', backend.gcp?.bucket],
  ];
  return stores.flatMap(([cloud, store]) => (store ? [[cloud, store] as [Cloud, string]] : []));
}

/** Whether Terraform could not open its state because the store does not exist, rather than for another reason. */
export const storeIsMissing = (message: string) =>
  /NoSuchBucket|bucket .{0,80}does(n't| not) exist|ResourceGroupNotFound|ResourceNotFound|ContainerNotFound|no such host|bucket doesn't exist/i.test(
    message,
  );

/**
 * Makes each store, and puts the state that describes it inside. A first time it is made with a state in a local file,
 * which then moves in; later, and from any machine, the state is found there, so that only what differs is changed.
 */
export async function bootstrapStores(run: BootstrapRun): Promise<Bootstrapped[]> {
  const outdir = join(run.out, '.headrace', 'bootstrap', 'cdktf.out');
  // cdktf makes the last folder only.
  mkdirSync(outdir, { recursive: true });
  const app = new App({ stackTraces: false, outdir });
  const stores = backendClouds(run.deployment);
  for (const [cloud] of stores) await BootstrapStack.create(app, run.deployment, cloud);
  app.synth();
  const planned: { cloud: Cloud; store: string; stack: Stack; changes: Changes; isNew: boolean }[] = [];
  for (const [cloud, store] of stores) {
    run.terminal.progress(`${cloud}: looking for ${store}`);
    const id = bootstrapStackId(run.deployment, cloud);
    const stack = new Stack(id, join(run.out, '.headrace', 'bootstrap'), run.command, run.signal);
    const isNew = !(await opens(stack, run, id));
    const { add, change, remove } = await stack.plan();
    planned.push({ cloud, store, stack, changes: { add, change, remove }, isNew });
  }
  run.terminal.progressDone();
  const due = planned.filter(({ changes, isNew }) => isNew || changes.add + changes.change + changes.remove > 0);
  run.terminal.line(
    table(
      ['cloud', 'store', 'to make', 'to change', 'to take away'],
      planned.map(({ cloud, store, changes: { add, change, remove } }) => [
        cloud,
        store,
        String(add),
        String(change),
        String(remove),
      ]),
    ),
  );
  if (due.length === 0) return [];
  if (!(await confirm(`Make or change ${due.map(({ store }) => store).join(', ')}?`, run.yes))) return [];
  const done: Bootstrapped[] = [];
  for (const { cloud, store, stack, changes, isNew } of due) {
    await applyStack(run, stack, changes);
    if (isNew) {
      rmSync(overrideFile(run, stack.id));
      await stack.moveState();
      // It would grow stale beside the one that counts.
      rmSync(localState(run, stack.id), { force: true });
    }
    done.push({ cloud, store, ...changes });
  }
  return done;
}

const folderOf = ({ out }: Pick<BootstrapRun, 'out'>, id: string) =>
  join(out, '.headrace', 'bootstrap', 'cdktf.out', 'stacks', id);
const localState = ({ out }: Pick<BootstrapRun, 'out'>, id: string) => join(out, `terraform.${id}.tfstate`);
const overrideFile = (run: Pick<BootstrapRun, 'out'>, id: string) =>
  join(folderOf(run, id), 'backend_override.tf.json');

/** Opens the state in its store, or a local one while there is no store. @returns whether the store is there. */
async function opens(stack: Stack, run: BootstrapRun, id: string): Promise<boolean> {
  rmSync(overrideFile(run, id), { force: true });
  try {
    await stack.init(['-reconfigure']);
    return true;
  } catch (error) {
    if (!(error instanceof CommandError) || !storeIsMissing(error.message)) throw error;
  }
  // Interrupted between making the store and moving in, the local state is found again.
  const path = localState(run, id);
  mkdirSync(folderOf(run, id), { recursive: true });
  writeFileSync(overrideFile(run, id), JSON.stringify({ terraform: { backend: { local: { path } } } }));
  await stack.init(['-reconfigure']);
  return false;
}
