import { type DeploymentModel, managedKafka, type RegionModel } from '../../config/index.ts';
import { foreignLeasePeers, foreignPeers } from './peers.ts';

/** Services that every region uses, by the first label of their host name. */
const BASE = [
  'cloudresourcemanager',
  'iam',
  'compute',
  'dns',
  'container',
  'binaryauthorization',
  'containersecurity',
  'cloudkms',
  'storage',
  'secretmanager',
  'artifactregistry',
  'logging',
  'monitoring',
  'gkebackup',
] as const;

const OPTIONAL = ['iamcredentials', 'sts', 'managedkafka', 'billingbudgets', 'orgpolicy'] as const;

/** A Google service that a region's stack enables. */
export type Api = (typeof BASE)[number] | (typeof OPTIONAL)[number];

/** Services that a region needs, in the order of their declaration. */
export function apisOf(deployment: DeploymentModel, region: RegionModel): Api[] {
  return [
    ...BASE,
    ...(foreignPeers(deployment, region).length || foreignLeasePeers(deployment, region).length
      ? (['iamcredentials', 'sts'] as const)
      : []),
    ...(managedKafka(deployment) ? (['managedkafka'] as const) : []),
    ...(deployment.observability.monthlyBudget ? (['billingbudgets'] as const) : []),
    ...(deployment.accounts === 'dedicated' ? (['orgpolicy'] as const) : []),
  ];
}
