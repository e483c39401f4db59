import { ApiObject, type Chart } from 'cdk8s';
import type { DeploymentModel } from '../../config/index.ts';
import { PLATFORM_LABELS } from './labels.ts';

/** The issuer that every certificate of a deployment names. */
export interface IssuerRef {
  readonly name: string;
  readonly kind: 'Issuer' | 'ClusterIssuer';
  readonly group: string;
}

/** Issuer of a namespace whose authority the platform makes. */
export const OWN_ISSUER: IssuerRef = { name: 'headrace', kind: 'Issuer', group: 'cert-manager.io' };

/** The authority's own key pair; its `ca.crt` is what members trust. */
export const CA_SECRET = 'headrace-ca';

/** What a Certificate of a deployment writes as `issuerRef`. */
export const issuerRef = (deployment: Pick<DeploymentModel, 'cluster'>): IssuerRef =>
  deployment.cluster.issuer ?? OWN_ISSUER;

const HOUR = (days: number) => `${days * 24}h`;
/** Longest life of a certificate that the authority signs: it must end before the authority is renewed. */
export const LEAF_DAYS = 90;
const CA_DAYS = 3 * 365;
/** Left when the authority renews itself; more than `LEAF_DAYS`, so that no certificate outlives its signer. */
const CA_RENEW_DAYS = 180;

/**
 * The chain of a namespace: an issuer that signs itself, the authority's certificate, and the issuer `headrace` that
 * signs with it. Nothing where the deployment names an issuer of its own.
 *
 * The authority keeps its key when it is renewed (cert-manager 1.18 and newer would change it): certificates that it
 * signed before verify against the new one and the other way round, so a renewal needs no restart and no bundle. To
 * change the key as well, delete the Secret, then the Secrets of its certificates.
 */
export function issuerChain(chart: Chart, deployment: DeploymentModel, namespace: string): void {
  if (deployment.cluster.issuer) return;
  const object = (id: string, kind: string, name: string, spec: object) =>
    new ApiObject(chart, `${namespace}-${id}`, {
      apiVersion: 'cert-manager.io/v1',
      kind,
      metadata: { name, namespace, labels: { ...PLATFORM_LABELS } },
      spec,
    });
  object('bootstrap', 'Issuer', 'headrace-bootstrap', { selfSigned: {} });
  object('ca', 'Certificate', CA_SECRET, {
    isCA: true,
    commonName: `headrace ${namespace}`,
    secretName: CA_SECRET,
    duration: HOUR(CA_DAYS),
    renewBefore: HOUR(CA_RENEW_DAYS),
    privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Never' },
    usages: ['cert sign', 'crl sign', 'digital signature'],
    issuerRef: { name: 'headrace-bootstrap', kind: 'Issuer', group: OWN_ISSUER.group },
  });
  object('issuer', OWN_ISSUER.kind, OWN_ISSUER.name, { ca: { secretName: CA_SECRET } });
}
