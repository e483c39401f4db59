import { z } from 'zod';
import type { DeploymentModel } from '../config/index.ts';
import { issuerRef } from './platform/issuer.ts';

/** Who makes the certificates of a release. The same in both charts: each end of a connection trusts the other's issuer. */
export const tlsValuesSchema = z
  .strictObject({
    certManager: z
      .boolean()
      .describe('Whether cert-manager makes the certificates. Otherwise their Secrets must be there: see README.md.'),
    issuerKind: z.enum(['Issuer', 'ClusterIssuer']).describe('Kind of the issuer.'),
    issuerName: z.string().describe('Name of the issuer; it must be that of the other chart.'),
    issuerGroup: z.string().describe('API group of the issuer.'),
  })
  .describe('Mutual TLS between the processes.');
export type TlsValues = z.infer<typeof tlsValuesSchema>;

/** The deployment's own issuer, else the one that the platform manifests make. */
export function tlsValues(deployment: DeploymentModel): TlsValues {
  const { kind, name, group } = issuerRef(deployment);
  return { certManager: true, issuerKind: kind, issuerName: name, issuerGroup: group };
}
