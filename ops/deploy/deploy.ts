import type { DeploymentModel } from '../../config/index.ts';
import { table } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { confirm } from './ask.ts';
import { disabledRegions, keptOf } from './kept-variables.ts';
import { readOutputs, saveOutputs } from './outputs-file.ts';
import { peerVariables } from './peers.ts';
import type { StackPlace } from './preflight.ts';
import { type Changes, type Planned, Stack } from './stack.ts';

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
/** Whether an apply has anything to do. A variable that only an output tells of must get into the state, too. */
const isDue = (planned: Planned) => total(planned) + planned.outputs > 0;

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
    const news = new Map(stacks.map((stack) => [stack.id, JSON.stringify(peersOf(run, stack))]));
    // Only who is told something new has anything to do in the second round.
    const due = stacks.filter(({ id }) => round === 1 || news.get(id) !== told.get(id));
    if (due.length === 0) break;
    told = news;
    if (round === 2) run.terminal.step('Regions are opened to each other');
    const planned = await planAll(run, due);
    const changed = planned.filter(([, changes]) => isDue(changes));
    for (const [stack] of planned.filter(([, changes]) => !isDue(changes))) await save(run, stack);
    if (changed.length === 0) continue;
    run.terminal.line(
      table(
        ['stack', 'to make', 'to change', 'to take away'],
        planned.map(([stack, changes]) => [stack.id, ...CHANGES(changes)]),
      ),
    );
    agreed ||= await confirm(`Deploy ${changed.length} stacks?`, run.yes);
    if (!agreed) return done;
    for (const [stack, { add, change, remove }] of changed) {
      run.signal.throwIfAborted();
      await applyStack(run, stack, { add, change, remove });
      await save(run, stack);
      done.push({ stack: stack.id, round, add, change, remove });
    }
  }
  return done;
}

/** What is known of the other stacks, for one of them. */
const peersOf = ({ deployment, out }: DeployRun, stack: Stack) =>
  peerVariables(deployment, stack.variables(), readOutputs(out));

/** Tells a stack what is known of the others, and what it was told before and its state keeps. */
async function tell(run: DeployRun, stack: Stack): Promise<void> {
  const kept = await keptOf(run.deployment, stack);
  stack.tell({ ...peersOf(run, stack), ...kept });
  const disabled = disabledRegions(run.deployment, kept);
  if (disabled.length === 0) return;
  run.terminal.line(`  ${disabled.join(', ')}: no traffic, as before; headrace traffic --enable-all gives it back`);
}

/** All stacks are planned before the first is changed: what is wrong with any of them shows now. */
async function planAll(run: DeployRun, stacks: readonly Stack[]): Promise<[Stack, Planned][]> {
  const planned: [Stack, Planned][] = [];
  for (const stack of stacks) {
    run.signal.throwIfAborted();
    run.terminal.progress(`${stack.id}: planning`);
    await stack.init();
    await tell(run, stack);
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
