import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { DrillResult } from './result.ts';

const BY_SEVERITY: readonly [ExitCode, ExitCode, ExitCode] = [EXIT.ok, EXIT.objectiveMissed, EXIT.failed];

const severity = ({ exact, surprises, passed }: DrillResult) => (!exact || surprises.length > 0 ? 2 : passed ? 0 : 1);

/** What drills mean to the shell, the worst of them: outputs that are wrong outweigh an objective that was missed. */
export const drillsExitCode = (results: readonly DrillResult[]): ExitCode =>
  BY_SEVERITY[Math.max(...results.map(severity)) as 0 | 1 | 2];
