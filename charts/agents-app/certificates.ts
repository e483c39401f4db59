import type { Chart } from 'cdk8s';
import { certificate, serviceNames } from '../certificate.ts';
import { isTrue } from '../helm/conditions.ts';
import type { Release } from '../release.ts';
import type { AgentsValues } from './values.ts';
import { workerName } from './worker-name.ts';

/** Secret with the certificate of the workers. */
export const workerCertificate = (release: Release) => `${release.name}-worker-tls`;
/** Secret with the certificate that the release's own commands show to Flink's REST API. */
export const clientCertificate = (release: Release) => `${release.name}-client-tls`;

export function certificates(chart: Chart, release: Release, values: AgentsValues): void {
  const common = {
    chart: 'agents-app',
    component: 'certificate',
    tls: values.tls,
    when: isTrue('tls.certManager'),
  };
  certificate(chart, 'worker-certificate', release, {
    ...common,
    name: workerCertificate(release),
    dnsNames: serviceNames(workerName(release), release.namespace),
  });
  certificate(chart, 'client-certificate', release, {
    ...common,
    name: clientCertificate(release),
    dnsNames: [`${release.name}-client`],
  });
}
