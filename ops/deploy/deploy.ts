import type { DeploymentModel } from '../../config/index.ts';
import { table } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { confirm } from './ask.ts';
import { readOutputs, saveOutputs } from './outputs-file.ts';
import { peerVariables } from './peers.ts';
import type { StackPlace } from './preflight.ts';
import { type Changes, Stack } from './stack.ts';

export interface DeployRun {
  readonly deployment: DeploymentModel;
  /** Directory of `cdktf.out`. */
  readonly out: string;
  readonly stacks: readonly StackPlace[];
  /** Terraform. */
  readonly command: string;
  readonly yes: boolean;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

export interface DeployedStack extends Changes {
  readonly stack: string;
  /** 1, or 2 when regions were opened to each other. */
  readonly round: number;
}

const CHANGES = (changes: Changes) => [String(changes.add), String(changes.change), String(changes.remove)];
const total = ({ add, change, remove }: Changes) => add + change + remove;

/**
 * Deploys the stacks in order. Regions trust each other's clusters by addresses and token issuers that exist only once
 * the clusters do, so what became known in a first round is told to the other stacks in a second.
 * @returns what was changed; empty when nothing was, or nobody agreed.
 */
export async function deployStacks(run: DeployRun): Promise<DeployedStack[]> {
  const stacks = run.stacks.map(({ id }) => new Stack(id, run.out, run.command, run.signal));
  const done: DeployedStack[] = [];
  let agreed = run.yes;
  let told = new Map<string, string>();
  for (const round of [1, 2]) {
    const news = new Map(stacks.map((stack) => [stack.id, tell(run, stack)]));
    // Only who is told something new has anything to do in the second round.
    const due = stacks.filter(({ id }) => round === 1 || news.get(id) !== told.get(id));
    if (due.length === 0) break;
    told = news;
    if (round === 2) run.terminal.step('Regions are opened to each other');
    const planned = await planAll(run, due);
    const changed = planned.filter(([, changes]) => total(changes) > 0);
    for (const [stack] of planned.filter(([, changes]) => total(changes) === 0)) await save(run, stack);
    if (changed.length === 0) continue;
    run.terminal.line(
      table(
        ['stack', 'to make', 'to change', 'to take away'],
        planned.map(([stack, changes]) => [stack.id, ...CHANGES(changes)]),
      ),
    );
    agreed ||= await confirm(`Deploy ${changed.length} stacks?`, run.yes);
    if (!agreed) return done;
    for (const [stack, changes] of changed) {
      run.signal.throwIfAborted();
      await applyStack(run, stack, changes);
      await save(run, stack);
      done.push({ stack: stack.id, round, ...changes });
    }
  }
  return done;
}

/** Tells a stack what is known of the others. @returns the same, to compare. */
function tell({ deployment, out }: DeployRun, stack: Stack): string {
  const values = peerVariables(deployment, stack.variables(), readOutputs(out));
  stack.tell(values);
  return JSON.stringify(values);
}

/** All stacks are planned before the first is changed: what is wrong with any of them shows now. */
async function planAll(run: DeployRun, stacks: readonly Stack[]): Promise<[Stack, Changes][]> {
  const planned: [Stack, Changes][] = [];
  for (const stack of stacks) {
    run.signal.throwIfAborted();
    run.terminal.progress(`${stack.id}: planning`);
    await stack.init();
    planned.push([stack, await stack.plan()]);
  }
  run.terminal.progressDone();
  return planned;
}

/** Applies a stack's plan with a line a resource. */
export async function applyStack(run: Pick<DeployRun, 'terminal'>, stack: Stack, changes: Changes): Promise<void> {
  const { terminal } = run;
  const all = total(changes);
  let finished = 0;
  terminal.step(`${stack.id}: ${all} resources`);
  await stack.apply((address, action, seconds, done) => {
    if (!done) {
      terminal.progress(`${finished}/${all} ${address}: ${action}, ${seconds} s`);
      return;
    }
    finished += 1;
    terminal.line(`  ${finished}/${all} ${address} ${DONE[action] ?? action} (${seconds} s)`);
  });
  terminal.progressDone();
}

const DONE: Readonly<Record<string, string>> = { create: 'made', update: 'changed', delete: 'taken away' };

const save = async ({ out }: DeployRun, stack: Stack) => saveOutputs(out, stack.id, await stack.outputs());
