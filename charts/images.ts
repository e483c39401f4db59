import { type DeploymentModel, type ImageName, OWN_IMAGES, ownVectorStores } from '../config/index.ts';
import { usesEgressProxy } from './platform/egress-proxy.ts';

/** The images of Headrace that a deployment's charts and platform name. */
export const neededImages = (deployment: DeploymentModel): readonly ImageName[] => [
  ...OWN_IMAGES,
  ...(deployment.regions.some((region) => usesEgressProxy(deployment, region)) ? (['egress-proxy'] as const) : []),
  ...(ownVectorStores(deployment).has('opensearch') ? (['opensearch'] as const) : []),
];
