import type { Chart } from 'cdk8s';
import { certificate, serviceNames } from '../certificate.ts';
import { isTrue } from '../helm/conditions.ts';
import type { Release } from '../release.ts';
import type { FlinkValues } from './values.ts';

/** Secret with the certificate of JobManagers and TaskManagers. */
export const certificateName = (release: Release) => `${release.name}-tls`;

/** One certificate for Flink's own traffic, for its REST API, and for TaskManagers as clients of the workers. */
export function flinkCertificate(chart: Chart, release: Release, values: FlinkValues): void {
  certificate(chart, 'certificate', release, {
    chart: 'flink-cluster',
    component: 'certificate',
    name: certificateName(release),
    // localhost: kubectl port-forward.
    dnsNames: [...serviceNames(`${release.name}-rest`, release.namespace), 'localhost'],
    tls: values.tls,
    when: isTrue('tls.certManager'),
  });
}
