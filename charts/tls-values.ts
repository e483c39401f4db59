import { z } from 'zod';

/** Who makes the certificates of a release. The same in both charts: each end of a connection trusts the other's issuer. */
export const tlsValuesSchema = z
  .strictObject({
    certManager: z
      .boolean()
      .describe('Whether cert-manager makes the certificates. Otherwise their Secrets must be there: see README.md.'),
    issuerKind: z.enum(['Issuer', 'ClusterIssuer']).describe('Kind of the issuer.'),
    issuerName: z.string().describe('Name of the issuer; it must be that of the other chart.'),
  })
  .describe('Mutual TLS between the processes.');
export type TlsValues = z.infer<typeof tlsValuesSchema>;

/** The issuer that the platform manifests make. */
export const tlsValues = (): TlsValues => ({ certManager: true, issuerKind: 'Issuer', issuerName: 'headrace' });
