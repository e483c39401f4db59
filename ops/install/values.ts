import { existsSync } from 'node:fs';
import { CommandError } from '../errors.ts';

export const CHARTS = ['flink-cluster', 'agents-app'] as const;
export type ChartName = (typeof CHARTS)[number];

export interface UserValues {
  /** `key=value`, or `CHART:key=value` for one chart. */
  readonly set: readonly string[];
  /** Files, or `CHART:FILE`. */
  readonly values: readonly string[];
}

/** A prefix of one chart, and the rest. */
function scoped(text: string): { chart: ChartName | undefined; rest: string } {
  const chart = CHARTS.find((name) => text.startsWith(`${name}:`));
  return chart ? { chart, rest: text.slice(chart.length + 1) } : { chart: undefined, rest: text };
}

/**
 * Arguments of Helm that carry the person's values to a chart: files, then single values, each later one winning.
 * @throws CommandError HR-CLI-006 for what is neither.
 */
export function userValues(chart: ChartName, { set, values }: UserValues): string[] {
  const mine = (texts: readonly string[]) =>
    texts.map(scoped).filter((one) => one.chart === undefined || one.chart === chart);
  return [
    ...mine(values).flatMap(({ rest }) => {
      if (!existsSync(rest))
        throw new CommandError('HR-CLI-006', '--values', `"${rest}" is no file`, {
          mend: 'name a YAML file of chart values, with flink-cluster: or agents-app: before it to choose one chart',
        });
      return ['--values', rest];
    }),
    ...mine(set).flatMap(({ rest }) => {
      if (!/^[^=]+=/.test(rest))
        throw new CommandError('HR-CLI-006', '--set', `"${rest}" is no value of it`, {
          mend: 'write key=value, with flink-cluster: or agents-app: before it to choose one chart',
        });
      return ['--set', rest];
    }),
  ];
}
