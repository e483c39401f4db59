/** Link-local addresses that give a pod its cloud identity; on Azure that is done over the internet's TLS. */
export const IDENTITY_CIDRS = {
  aws: ['169.254.170.23/32'],
  azure: [],
  gcp: ['169.254.169.252/32', '169.254.169.254/32'],
} as const;
