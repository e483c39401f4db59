import type { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { names, ownVectorStores } from '../../config/index.ts';
import type { ChartInput } from '../input.ts';
import { chroma } from './chroma.ts';
import { elasticsearch } from './elasticsearch.ts';
import { issuerChain } from './issuer.ts';
import { namespace } from './namespace.ts';
import { ollama } from './ollama.ts';
import { openSearch } from './opensearch.ts';
import { limitRange } from './quotas.ts';
import { metadata, storesContext } from './store-pod.ts';

/** Whether a region runs anything beside its workers. */
const runsStores = ({ deployment }: ChartInput) =>
  ownVectorStores(deployment).size > 0 || deployment.stores.ollama.deploy;

/** The namespace of the stores, with their authority and their account; nothing where no store is run. */
export function storesNamespace(chart: Chart, input: ChartInput): void {
  if (!runsStores(input)) return;
  const context = storesContext(chart, input);
  namespace(chart, context.namespace);
  if (ownVectorStores(input.deployment).has('opensearch')) issuerChain(chart, input.deployment, context.namespace);
  limitRange(chart, context.namespace);
  if (ownVectorStores(input.deployment).size > 0) {
    new k8s.KubeServiceAccount(chart, 'stores-account', {
      metadata: metadata(context, 'stores', names.storesAccount(input.region.parts)),
      automountServiceAccountToken: false,
    });
  }
}

/** Vector stores that resources name without a url. */
export function vectorStores(chart: Chart, input: ChartInput): void {
  const context = storesContext(chart, input);
  for (const [store, collections] of ownVectorStores(input.deployment)) {
    if (store === 'opensearch') openSearch(context, collections);
    else if (store === 'elasticsearch') elasticsearch(context);
    else chroma(context);
  }
}

export function models(chart: Chart, input: ChartInput): void {
  if (input.deployment.stores.ollama.deploy) ollama(storesContext(chart, input));
}
