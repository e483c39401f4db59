import { CommandError } from '../errors.ts';
import type { Kubectl } from './kubectl.ts';

/** An object as far as it says what it is. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

/** What brings the kinds of a group, and what to do without it. */
const ADD_ONS: Readonly<Record<string, string>> = {
  'cert-manager.io': 'install cert-manager (https://cert-manager.io/docs/installation)',
  'monitoring.coreos.com': "install the Prometheus Operator's custom resources (prometheus-operator-crds)",
  'secrets-store.csi.x-k8s.io':
    'install the Secrets Store CSI driver, which the stacks turn on as an add-on of the cluster',
  'external-secrets.io': 'install the External Secrets Operator (https://external-secrets.io)',
  'cilium.io': 'use a cluster with Cilium',
  'flink.apache.org': 'install the Flink Kubernetes Operator',
  'elasticsearch.k8s.elastic.co': 'install Elastic Cloud on Kubernetes (ECK)',
  'networking.gke.io': 'turn FQDN network policies on in the GKE cluster',
};

interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

export interface Served {
  readonly group: string;
  readonly resource: Resource;
}

const groupOf = (apiVersion: string) => (apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '');

/**
 * The resource of every kind, as this cluster serves it.
 * @throws CommandError HR-INSTALL-006 with every kind that the cluster does not know.
 */
export async function servedKinds(kubectl: Kubectl, objects: readonly KubeObject[]): Promise<Served[]> {
  const versions = [...new Set(objects.map((object) => object.apiVersion))].sort();
  const lists = await Promise.all(
    versions.map((version) =>
      kubectl.raw<{ resources: Resource[] }>(version.includes('/') ? `/apis/${version}` : `/api/${version}`),
    ),
  );
  const missing: string[] = [];
  const mends = new Set<string>();
  const served = versions.flatMap((version, i) =>
    [...new Set(objects.filter((object) => object.apiVersion === version).map((object) => object.kind))].flatMap(
      (kind) => {
        const resource = lists[i]?.resources.find((one) => one.kind === kind && !one.name.includes('/'));
        if (resource) return [{ group: groupOf(version), resource }];
        missing.push(`${kind} (${version})`);
        const addOn = ADD_ONS[groupOf(version)];
        mends.add(addOn ?? `install what defines ${groupOf(version) || version}`);
        return [];
      },
    ),
  );
  if (missing.length)
    throw new CommandError('HR-INSTALL-006', 'cluster', `it does not know ${missing.join(', ')}`, {
      mend: `${[...mends].join('; ')}; or turn the values off that need it`,
    });
  return served;
}

interface Right {
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly verb: string;
  readonly namespace?: string;
}

/** Rights beyond those to the objects themselves: Helm's records, and what a wait looks at. */
const OWN: readonly Omit<Right, 'namespace'>[] = [
  ...['get', 'list', 'create', 'update', 'delete'].map((verb) => ({ group: '', resource: 'secrets', verb })),
  ...['pods', 'events', 'persistentvolumeclaims'].map((resource) => ({ group: '', resource, verb: 'list' })),
  { group: 'batch', resource: 'jobs', verb: 'list' },
  { group: '', resource: 'pods', subresource: 'log', verb: 'get' },
];

/** Every right that an installation of these kinds takes. */
export const neededRights = (served: readonly Served[], namespace: string): Right[] => [
  ...served.flatMap(({ group, resource }) =>
    ['get', 'create', 'patch', ...(resource.namespaced ? ['delete'] : [])].map((verb) => ({
      group,
      resource: resource.name,
      verb,
      ...(resource.namespaced ? { namespace } : {}),
    })),
  ),
  ...OWN.map((right) => ({ ...right, namespace })),
];

const PATH =
  '{.spec.resourceAttributes.verb} {.spec.resourceAttributes.resource}.{.spec.resourceAttributes.group}/{.spec.resourceAttributes.subresource} {.status.allowed}{"\\n"}';

/**
 * Asks the API server for each right, all in one call: what `kubectl auth can-i` asks one by one.
 * @throws CommandError HR-INSTALL-007 with every right that is missing.
 */
export async function assertRights(kubectl: Kubectl, rights: readonly Right[]): Promise<void> {
  const reviews = rights.map((resourceAttributes) => ({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes },
  }));
  const input = reviews.map((review) => JSON.stringify(review)).join('\n');
  const text = await kubectl.must(['create', '--filename', '-', '--output', `jsonpath=${PATH}`], { input });
  const refused = text
    .trim()
    .split('\n')
    .filter((line) => !line.endsWith(' true'))
    .map((line) =>
      line
        .replace(/ \S+$/, '')
        .replace(/\.?\/$/, '')
        .replace('./', '/'),
    );
  if (refused.length === 0) return;
  throw new CommandError(
    'HR-INSTALL-007',
    `namespace ${kubectl.namespace}`,
    `this identity may not: ${refused.join(', ')}`,
    {
      mend: 'use a context that may, or have its roles widened; who may not change namespaces installs each chart with --only, after an administrator ran --only platform',
    },
  );
}
