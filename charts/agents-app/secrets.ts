import { ApiObject, type Chart } from 'cdk8s';
import { labels } from '../pod.ts';
import type { Release } from '../release.ts';
import type { AgentsValues } from './values.ts';

export const secretClassName = (release: Release) => `${release.name}-secrets`;

/**
 * Which entries of the secret manager a worker mounts. The CSI driver reads them with the pod's own identity, so no
 * value passes through a Kubernetes Secret, an environment or a manifest.
 */
export function secretClass(chart: Chart, release: Release, values: AgentsValues): void {
  new ApiObject(chart, 'secrets', {
    apiVersion: 'secrets-store.csi.x-k8s.io/v1',
    kind: 'SecretProviderClass',
    metadata: {
      name: secretClassName(release),
      namespace: release.namespace,
      labels: labels('agents-app', release.name, 'secrets'),
    },
    spec: { provider: values.secrets.provider, parameters: values.secrets.parameters },
  });
}
