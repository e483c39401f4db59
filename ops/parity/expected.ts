import type { RegionModel } from '../../config/index.ts';
import type { Allowed } from './differences.ts';

/** Places that differ for one reason. */
const because = (reason: string, ...places: readonly string[]): Allowed[] => places.map((place) => ({ place, reason }));

/** How each cloud hands secrets, identities, disks and names to pods. */
const BETWEEN_CLOUDS: readonly Allowed[] = [
  ...because('each cloud has a secret store of its own', 'SecretProviderClass/*', '*.csi.driver'),
  ...because(
    'an identity is bound by what its cloud reads',
    'ServiceAccount/* metadata.annotations.*',
    '*.labels.azure.workload.identity/use',
  ),
  ...because(
    "names are allowed by what the cloud's data plane can, else by an egress proxy",
    'NetworkPolicy/*',
    'CiliumNetworkPolicy/*',
    'FQDNNetworkPolicy/*',
    '*/egress-proxy*',
    '*.env.[HTTPS_PROXY]*',
    '*.env.[NO_PROXY]*',
    '*.env.[NODE_USE_ENV_PROXY]*',
  ),
  ...because(
    'how its object store is reached',
    'ConfigMap/*-flink-config data.config.yaml.fs.*',
    'ConfigMap/*-flink-config data.config.yaml.s3.*',
  ),
  ...because('disks are called otherwise', '*.storageClassName'),
  ...because('each cloud gives limits of its own; what is too little is told apart', 'Quota/* limit'),
];

/** What the region that works has, and one that waits has not, or the other way round. */
const BETWEEN_ROLES: readonly Allowed[] = [
  ...because('the region that works does it', 'CronJob/*-savepoint', 'CronJob/*-restore-test'),
  ...because('a standby does it', 'Deployment/*-replicator'),
  ...because('counts what the role adds', 'ResourceQuota/*'),
];

/** What is a region's own by its nature. */
const BETWEEN_REGIONS: readonly Allowed[] = [
  ...because('a digest of what is compared by itself', '* *.annotations.headrace.dev/configuration'),
  ...because(
    'each region has its own state store',
    '*.env.[HEADRACE_STATE_ROOT].value',
    '* data.config.yaml.headrace.state.root',
    '* data.config.yaml.high-availability.storageDir',
    '* data.config.yaml.s3.region',
  ),
  ...because("each region asks its own cloud region's secret manager", 'SecretProviderClass/* spec.parameters.region'),
  ...because('each region has its own brokers', '*.env.[HEADRACE_KAFKA].value'),
];

/** Differences that two regions have by what they are: other clouds, another part in the deployment. */
export const expectedBetween = (a: RegionModel, b: RegionModel): Allowed[] => [
  ...BETWEEN_REGIONS,
  ...(a.cloud === b.cloud ? [] : BETWEEN_CLOUDS),
  ...(a.role === b.role ? [] : BETWEEN_ROLES),
];
