import { App, Chart } from 'cdk8s';
import { names } from '../../config/index.ts';
import type { ChartInput } from '../input.ts';
import { egress } from './egress.ts';
import { issuerChain } from './issuer.ts';
import { namespace } from './namespace.ts';
import { quotas } from './quotas.ts';
import { models, storesNamespace, vectorStores } from './stores.ts';

/**
 * What is in a cluster before the charts: file name to objects, a file a topic. The names' order is that in which
 * `kubectl apply -f FOLDER` takes them. A topic without any object has no file.
 */
export function platform(input: ChartInput): Map<string, object[]> {
  const { deployment, region } = input;
  const own = names.namespace(region.parts);
  const topics: [string, (chart: Chart) => void][] = [
    ['00-namespace.yaml', (chart) => namespace(chart, own)],
    ['10-certificates.yaml', (chart) => issuerChain(chart, deployment, own)],
    ['20-quotas.yaml', (chart) => quotas(chart, input, own)],
    ['30-egress.yaml', (chart) => egress(chart, input, own)],
    ['40-stores.yaml', (chart) => storesNamespace(chart, input)],
    ['50-vector-stores.yaml', (chart) => vectorStores(chart, input)],
    ['60-ollama.yaml', (chart) => models(chart, input)],
  ];
  return new Map(
    topics.flatMap(([file, build]) => {
      const chart = new Chart(new App(), 'platform', { disableResourceNameHashes: true });
      build(chart);
      const objects = chart.toJson() as object[];
      return objects.length > 0 ? [[file, objects] as const] : [];
    }),
  );
}
