import { names, type RegionModel } from '../../config/index.ts';
import type { Place } from './place.ts';

const inAccount = (service: string, { partition, account }: Place, rest: string) =>
  `arn:${partition}:${service}::${account}:${rest}`;
const inRegion = (service: string, { partition, region, account }: Place, rest: string) =>
  `arn:${partition}:${service}:${region}:${account}:${rest}`;

/** ARNs that are known from names alone, before anything exists. */
export const arns = {
  root: (place: Place) => inAccount('iam', place, 'root'),
  role: (place: Place, name: string) => inAccount('iam', place, `role/${name}`),
  policy: (place: Place, name: string) => inAccount('iam', place, `policy/${name}`),
  /** What calls of a role's sessions are recorded under, up to the session's name. */
  assumedRole: (place: Place, name: string) => inAccount('sts', place, `assumed-role/${name}`),
  /** @param issuer without `https://`. */
  oidcProvider: (place: Place, issuer: string) => inAccount('iam', place, `oidc-provider/${issuer}`),
  managedPolicy: (place: Place, name: string) => `arn:${place.partition}:iam::aws:policy/${name}`,
  accessPolicy: (place: Place, name: string) => `arn:${place.partition}:eks::aws:cluster-access-policy/${name}`,
  cluster: (place: Place, name: string) => inRegion('eks', place, `cluster/${name}`),
  nodeGroups: (place: Place, cluster: string) => inRegion('eks', place, `nodegroup/${cluster}/*/*`),
  /** What EKS scales for node groups, of any cluster. */
  nodeScalingGroups: (place: Place) => inRegion('autoscaling', place, 'autoScalingGroup:*:autoScalingGroupName/eks-*'),
  logGroup: (place: Place, name: string) => inRegion('logs', place, `log-group:${name}`),
  bucket: (place: Place, name: string) => `arn:${place.partition}:s3:::${name}`,
  keys: (place: Place) => inRegion('kms', place, 'key/*'),
  trail: (place: Place, name: string) => inRegion('cloudtrail', place, `trail/${name}`),
  repository: (place: Place, name: string) => inRegion('ecr', place, `repository/${name}`),
  topic: (place: Place, name: string) => inRegion('sns', place, name),
  foundationModel: (place: Place, region: string, model: string) =>
    `arn:${place.partition}:bedrock:${region}::foundation-model/${model}`,
  inferenceProfile: (place: Place, region: string, profile: string) =>
    inRegion('bedrock', { ...place, region }, `inference-profile/${profile}`),
} as const;

/** Role of a region's workload. */
export const workloadRole = (region: Pick<RegionModel, 'parts'>, workload: string) =>
  `${names.region(region.parts)}-${workload}`;

/** Role of S3 that copies a region's bucket. */
export const copierRole = (region: Pick<RegionModel, 'parts'>) => `${names.region(region.parts)}-s3-copy`;

/** Role that the replicator of a region in another cloud takes to read this region's state. */
export const readerRole = (region: Pick<RegionModel, 'parts'>, peer: Pick<RegionModel, 'name'>) =>
  `${names.region(region.parts)}-reader-${peer.name}`;

/** Role that flink and the replicator of a region in another cloud take to write the lease in this region's state. */
export const leaseRole = (region: Pick<RegionModel, 'parts'>, peer: Pick<RegionModel, 'name'>) =>
  `${names.region(region.parts)}-lease-${peer.name}`;

/** Alias of a region's key: how other stacks and policies name a key whose id they cannot know. */
export const keyAlias = (region: Pick<RegionModel, 'parts'>, purpose: string) =>
  `alias/${names.region(region.parts)}-${purpose}`;
