import { ApiObject, type Chart } from 'cdk8s';
import { type Condition, onlyWhen } from './helm/conditions.ts';
import { labels } from './pod.ts';
import type { Release } from './release.ts';
import type { TlsValues } from './tls-values.ts';

export interface CertificateOptions {
  readonly chart: string;
  readonly component: string;
  /** Name of the certificate and of the Secret that holds ca.crt, tls.crt and tls.key. */
  readonly name: string;
  readonly dnsNames: readonly string[];
  readonly tls: TlsValues;
  readonly when: Condition;
}

/** 90 days, renewed after 60: what fails to renew is noticed a month before it matters. */
const DURATION = '2160h';
const RENEW_BEFORE = '720h';

/**
 * A certificate that cert-manager makes and renews. RSA, since Flink's default cipher suites want it, in PKCS#8, which
 * Java reads. For both ends of a connection: Flink's processes are servers and clients of each other.
 */
export function certificate(chart: Chart, id: string, release: Release, options: CertificateOptions): void {
  const object = new ApiObject(chart, id, {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: {
      name: options.name,
      namespace: release.namespace,
      labels: { ...labels(options.chart, release.name, options.component) },
    },
    spec: {
      secretName: options.name,
      duration: DURATION,
      renewBefore: RENEW_BEFORE,
      privateKey: { algorithm: 'RSA', encoding: 'PKCS8', size: 3072, rotationPolicy: 'Always' },
      usages: ['digital signature', 'key encipherment', 'server auth', 'client auth'],
      dnsNames: options.dnsNames,
      issuerRef: { group: options.tls.issuerGroup, kind: options.tls.issuerKind, name: options.tls.issuerName },
    },
  });
  onlyWhen(object, options.when);
}

/** Names of a Service within its cluster. */
export const serviceNames = (service: string, namespace: string): string[] => [
  service,
  `${service}.${namespace}`,
  `${service}.${namespace}.svc`,
];
