import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DrillOptions, readHistory, runDrill, SCENARIOS, type ScenarioName } from '../../../ops/drill/index.ts';
import type { Found, Mortal } from './tally.ts';

/** A lease lasts so many times as long as in other drills: what is shown here must not hang on how busy the machine is. */
const PACE = 3;

/** What a drill of the process and its second call have in common. */
export const drillOptions = (workDirectory: string, scenario: ScenarioName): DrillOptions => ({
  file: fileURLToPath(new URL('../../../examples/review-analysis/headrace.yaml', import.meta.url)),
  profile: 'local',
  scenario: { ...SCENARIOS[scenario], pace: PACE },
  workDirectory,
  stream: 1_000,
  killAt: 0.3,
});

/** By turns: also while a region is frozen and cannot notice that nobody minds it any more. */
const BY_TURNS = ['kill-region', 'freeze-region'] as const;

/** The drill itself, with processes of its own that a kill of it leaves behind. */
export function mortalDrill(root: string): Mortal {
  const nameOf = (round: number) => BY_TURNS[round % BY_TURNS.length] as ScenarioName;
  const at = (round: number) => join(root, `${nameOf(round)}-${round}`);
  const left = new Map<number, readonly number[]>();
  return {
    script: fileURLToPath(new URL('../drill-process.ts', import.meta.url)),
    prepare: async (round) => [at(round), nameOf(round)],
    isDone: (round) => existsSync(join(at(round), 'result.json')) && !existsSync(join(at(round), 'in-progress')),
    inspect: async (round) => {
      left.set(round, pidsOf(at(round)));
      return { lost: 0, repeated: 0, wrong: [] };
    },
    finish: async (round): Promise<Found> => {
      const { outputs, passed, surprises } = await runDrill(drillOptions(at(round), nameOf(round)));
      const pids = [...(left.get(round) ?? []), ...pidsOf(at(round))];
      const lines = readHistory(join(root, 'history.jsonl')).filter(({ report }) => report.startsWith(`${at(round)}/`));
      return {
        lost: outputs.lost,
        repeated: outputs.repeated,
        wrong: [
          ...(passed ? [] : [`the drill failed: ${surprises.join('; ')}`]),
          ...(outputs.seen === 3_708 ? [] : [`${outputs.seen} outputs`]),
          ...pids.filter(running).map((pid) => `process ${pid} still runs`),
          ...(lines.length === 1 ? [] : [`${lines.length} lines in the history`]),
        ],
      };
    },
  };
}

const running = (pid: number) => {
  try {
    process.kill(pid, 0);
    // A process that ended and that nobody has asked about yet is none.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

const pidsOf = (work: string): number[] => {
  const file = join(work, 'processes.json');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  // A note that the kill cut short says nothing.
  return text.endsWith('\n') ? (JSON.parse(text) as { pid: number }[]).map(({ pid }) => pid) : [];
};
