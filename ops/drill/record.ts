import { writeWhole } from '../plan/write-whole.ts';
import { drillReport } from '../report/drill-report.ts';
import { appendHistory, comparable, historyEntry, readHistory } from './history.ts';
import type { DrillResult } from './result.ts';

/** Writes down what came of a drill: the report, the result, and a line in the history, in this order. */
export function recordDrill(result: DrillResult, history: string): void {
  const { report, result: file } = result.files;
  writeWhole(report, drillReport(result, comparable(readHistory(history), result)));
  writeWhole(file, `${JSON.stringify(result, null, 2)}\n`);
  appendHistory(history, historyEntry(result));
}
