import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificates } from './certificates.ts';
import type { Cluster } from './kubernetes/cluster.ts';

/** The key that the model service is called with: it must show up nowhere but in the workers' files. */
export const MODEL_KEY = 'sk-cluster-4f0c2d9e7b61';

/** What is in a namespace before an installation: certificates, and the model's key. */
export async function prepareNamespace(
  cluster: Cluster,
  namespace: string,
  name: string,
  directory: string,
): Promise<void> {
  mkdirSync(directory, { recursive: true });
  await cluster.apply(undefined, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await makeCertificates(cluster, namespace, name, join(directory, 'certificates'));
  await cluster.apply(namespace, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: `${name}-agents-secrets`, namespace },
    stringData: { 'openai-key': MODEL_KEY },
  });
}
