import { parser } from '@prometheus-io/lezer-promql';

/** Nodes of an expression's tree that hold the name of a metric. */
const METRIC = 'VectorSelector';

/** Where an expression is no PromQL: what stands there, by Prometheus' own grammar. */
export function mistakesIn(expression: string): string[] {
  const mistakes: string[] = [];
  parser.parse(expression).iterate({
    enter: ({ type, from }) => {
      if (type.isError) mistakes.push(`at ${from}: ${expression.slice(from, from + 30) || 'the end'}`);
    },
  });
  return mistakes;
}

/** Names of the metrics in an expression of PromQL. */
export function metricsIn(expression: string): string[] {
  const names = new Set<string>();
  parser.parse(expression).iterate({
    enter: ({ type, node }) => {
      const name = type.name === METRIC ? node.getChild('Identifier') : undefined;
      if (name) names.add(expression.slice(name.from, name.to));
    },
  });
  return [...names];
}
