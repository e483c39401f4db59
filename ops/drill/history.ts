import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { DrillResult } from './result.ts';

const milliseconds = z.number().min(0);
const entrySchema = z.object({
  format: z.literal(1),
  /** Milliseconds since 1970. */
  startedAt: z.number(),
  deployment: z.string(),
  scenario: z.string(),
  engine: z.string(),
  commit: z.enum(['replicated', 'local']),
  outcome: z.enum(['failover', 'no-failover', 'refusal']),
  rto: milliseconds.optional(),
  rpo: milliseconds.optional(),
  lost: z.number().int(),
  repeated: z.number().int(),
  exact: z.boolean(),
  passed: z.boolean(),
  report: z.string(),
});
/** A drill as the history keeps it. */
export type HistoryEntry = z.infer<typeof entrySchema>;

export const historyEntry = (result: DrillResult): HistoryEntry => ({
  format: 1,
  startedAt: result.startedAt,
  deployment: result.deployment,
  scenario: result.scenario.name,
  engine: result.engine,
  commit: result.commit,
  outcome: result.outcome,
  ...(result.rto ? { rto: result.rto.measured } : {}),
  ...(result.rpo ? { rpo: result.rpo.measured } : {}),
  lost: result.outputs.lost,
  repeated: result.outputs.repeated,
  exact: result.exact,
  passed: result.passed,
  report: result.files.report,
});

/** Adds a drill to a file of JSON lines. A line that a kill cut short is closed first. */
export function appendHistory(file: string, entry: HistoryEntry): void {
  mkdirSync(dirname(file), { recursive: true });
  const torn = existsSync(file) && !/(^|\n)$/.test(readFileSync(file, 'utf8').slice(-1));
  appendFileSync(file, `${torn ? '\n' : ''}${JSON.stringify(entry)}\n`);
}

/** Drills in the order in which they were added. Lines of no drill, such as one that a kill cut short, are passed over. */
export function readHistory(file: string): HistoryEntry[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const parsed = entrySchema.safeParse(json(line));
      return parsed.success ? [parsed.data] : [];
    });
}

/** Drills that can be compared with a result: the same deployment, engine, scenario and commit, the result's own not among them. */
export const comparable = (history: readonly HistoryEntry[], result: DrillResult): HistoryEntry[] =>
  history.filter(
    (entry) =>
      entry.deployment === result.deployment &&
      entry.engine === result.engine &&
      entry.scenario === result.scenario.name &&
      entry.commit === result.commit &&
      entry.startedAt < result.startedAt,
  );

function json(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
