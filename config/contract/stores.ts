import type { Deployment } from '../schema/deployment.ts';
import { names } from './names.ts';

export const VECTOR_STORES = ['chroma', 'elasticsearch', 'opensearch'] as const;
export type VectorStore = (typeof VECTOR_STORES)[number];

/** Ports that workers reach stores on, inside of the cluster. */
export const STORE_PORTS = { chroma: 8000, elasticsearch: 9200, opensearch: 9200, ollama: 11434 } as const;

type StoresOf = Pick<Deployment, 'name' | 'resources'>;

/** Vector stores that the deployment runs: those that a resource names without a url. @returns collections by store. */
export function ownVectorStores({ resources }: StoresOf): Map<VectorStore, string[]> {
  const found = new Map<VectorStore, Set<string>>();
  for (const resource of Object.values(resources)) {
    if (!('vectorStore' in resource) || resource.url !== undefined) continue;
    const collections = found.get(resource.vectorStore) ?? new Set();
    found.set(resource.vectorStore, collections.add(resource.collection));
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([store, set]) => [store, [...set].sort()]));
}

/** Address of a store that the deployment runs. Chroma and Ollama have no TLS of their own. */
export function storeUrl({ name }: Pick<Deployment, 'name'>, store: keyof typeof STORE_PORTS): string {
  const service = store === 'elasticsearch' ? 'elasticsearch-es-http' : store;
  const scheme = store === 'chroma' || store === 'ollama' ? 'http' : 'https';
  return `${scheme}://${service}.${names.storesNamespace({ deployment: name })}.svc:${STORE_PORTS[store]}`;
}

/** Models that resources ask the deployment's own Ollama for. */
export function ownModels(deployment: StoresOf): string[] {
  const own = storeUrl(deployment, 'ollama');
  const models = Object.values(deployment.resources)
    .flatMap((resource) => ('firstOf' in resource ? resource.firstOf : [resource]))
    .flatMap((one) => {
      const kind = 'chat' in one ? one.chat : 'embedding' in one ? one.embedding : undefined;
      return kind === 'ollama' && 'url' in one && 'model' in one && one.url?.replace(/\/$/, '') === own
        ? [one.model]
        : [];
    });
  return [...new Set(models)].sort();
}
