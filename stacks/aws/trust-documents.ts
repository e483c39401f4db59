import { type NameParts, names, type Workload } from '../../config/index.ts';
import { arns } from './arns.ts';
import type { Place } from './place.ts';
import type { Statement } from './policy-document.ts';

/** A service of AWS may take the role. @param sourceAccount keeps it from doing so on behalf of another account. */
export const serviceTrust = (service: string, sourceAccount?: string): Statement[] => [
  {
    Sid: 'Service',
    Effect: 'Allow',
    Principal: { Service: service },
    Action: ['sts:AssumeRole'],
    ...(sourceAccount ? { Condition: { StringEquals: { 'aws:SourceAccount': sourceAccount } } } : {}),
  },
];

/** EKS Pod Identity may take the role for one service account of one cluster. */
export const podTrust = (place: Place, cluster: string, namespace: string, serviceAccount: string): Statement[] => [
  {
    Sid: 'PodIdentity',
    Effect: 'Allow',
    Principal: { Service: 'pods.eks.amazonaws.com' },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
    Condition: {
      StringEquals: {
        'aws:SourceAccount': place.account,
        'aws:RequestTag/kubernetes-namespace': namespace,
        'aws:RequestTag/kubernetes-service-account': serviceAccount,
      },
      ArnEquals: { 'aws:SourceArn': arns.cluster(place, cluster) },
    },
  },
];

/** Trust of a workload's role. */
export const workloadTrust = (place: Place, parts: NameParts, workload: Workload) =>
  podTrust(place, names.region(parts), names.namespace(parts), names.serviceAccount(parts, workload));

/** Audience of the token that a workload of another cloud shows to STS. */
export const STS_AUDIENCE = 'sts.amazonaws.com';

/**
 * A token of another cloud's cluster may take the role if it was issued to one of exactly these subjects for STS.
 * @param issuer the cluster's issuer without `https://`.
 */
export const federatedTrust = (providerArn: string, issuer: string, subjects: readonly string[]): Statement[] => [
  {
    Sid: 'Peer',
    Effect: 'Allow',
    Principal: { Federated: providerArn },
    Action: ['sts:AssumeRoleWithWebIdentity'],
    Condition: { StringEquals: { [`${issuer}:sub`]: subjects, [`${issuer}:aud`]: STS_AUDIENCE } },
  },
];
