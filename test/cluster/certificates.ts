import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Authority } from '../../ops/dev/authority.ts';
import type { Cluster } from './kubernetes/cluster.ts';

/** Names of the Secrets that cert-manager would fill, with the names that their certificates bear. */
const certificates = (namespace: string, name: string): Readonly<Record<string, readonly string[]>> => ({
  [`${name}-flink-tls`]: [...service(`${name}-flink-rest`, namespace), 'localhost'],
  [`${name}-agents-worker-tls`]: [...service(`${name}-agents-worker`, namespace), 'localhost'],
  [`${name}-agents-client-tls`]: [`${name}-agents-client`],
});

const service = (host: string, namespace: string) => [host, `${host}.${namespace}`, `${host}.${namespace}.svc`];

/** Makes the certificates of a deployment, as cert-manager would. @returns the directory that has each by name. */
export async function makeCertificates(
  cluster: Cluster,
  namespace: string,
  name: string,
  directory: string,
  authority?: Authority,
): Promise<string> {
  const issuer = authority ?? (await Authority.create('cluster'));
  for (const [secret, [first = '', ...also]] of Object.entries(certificates(namespace, name))) {
    const files = await issuer.issue(join(directory, secret), { name: first, also });
    await cluster.apply(namespace, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: secret, namespace },
      type: 'kubernetes.io/tls',
      stringData: Object.fromEntries(
        ['ca.crt', 'tls.crt', 'tls.key'].map((file) => [file, readFileSync(join(files, file), 'utf8')]),
      ),
    });
  }
  return directory;
}
