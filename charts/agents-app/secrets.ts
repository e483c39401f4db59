import { ApiObject, type Chart } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-27';
import { equals, itemWhen, not, onlyWhen } from '../helm/conditions.ts';
import { canonicalOrder } from '../helm/json.ts';
import { labels } from '../pod.ts';
import type { Release } from '../release.ts';
import type { AgentsValues } from './values.ts';

/** The SecretProviderClass, the ExternalSecret and the Secret that it makes, or a Secret that is there already. */
export const secretsName = (release: Release) => `${release.name}-secrets`;

const metadata = (release: Release) => ({
  name: secretsName(release),
  namespace: release.namespace,
  labels: labels('agents-app', release.name, 'secrets'),
});

/**
 * Where a worker's secrets come from. By the CSI driver, with the pod's own identity, no value passes through a
 * Kubernetes Secret; with External Secrets, or a Secret of one's own, it does.
 */
export function secretSource(chart: Chart, release: Release, values: AgentsValues): void {
  const byDriver = new ApiObject(chart, 'secrets', {
    apiVersion: 'secrets-store.csi.x-k8s.io/v1',
    kind: 'SecretProviderClass',
    metadata: metadata(release),
    spec: { provider: values.secrets.provider, parameters: values.secrets.parameters },
  });
  onlyWhen(byDriver, equals('secrets.source', 'csi'));
  const external = new ApiObject(chart, 'external-secret', {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: metadata(release),
    spec: {
      refreshInterval: '5m0s',
      secretStoreRef: { kind: values.secrets.storeKind, name: values.secrets.storeName },
      target: { name: secretsName(release), creationPolicy: 'Owner' },
      data: canonicalOrder(values.secrets.entries).map(([secretKey, key]) => ({ secretKey, remoteRef: { key } })),
    },
  });
  onlyWhen(external, equals('secrets.source', 'external-secret'));
}

/** The volume that a worker reads its secrets from: a file each, by the secret's name in the deployment file. */
export const secretVolumes = (release: Release, values: AgentsValues): k8s.Volume[] => [
  itemWhen(equals('secrets.source', 'csi'), {
    name: 'secrets',
    csi: {
      driver: values.secrets.driver,
      readOnly: true,
      volumeAttributes: { secretProviderClass: secretsName(release) },
    },
  }),
  itemWhen(not(equals('secrets.source', 'csi')), {
    name: 'secrets',
    secret: { secretName: secretsName(release), defaultMode: 0o440 },
  }),
];
