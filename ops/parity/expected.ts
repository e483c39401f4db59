import type { RegionModel } from '../../config/index.ts';
import type { Allowed } from './differences.ts';

/** How each cloud hands secrets, identities and names to pods. */
const BETWEEN_CLOUDS: readonly Allowed[] = [
  { place: 'SecretProviderClass/*', reason: "each cloud's secret store is asked in its own words" },
  { place: 'ServiceAccount/* metadata.annotations.*', reason: 'an identity is bound by what its cloud reads' },
  {
    place: '* spec.template.metadata.labels.azure.workload.identity/use',
    reason: 'Azure binds identities by this label',
  },
  {
    place: '* spec.jobTemplate.spec.template.metadata.labels.azure.workload.identity/use',
    reason: 'Azure binds identities by this label',
  },
  {
    place: 'NetworkPolicy/*',
    reason: "names are allowed by what the cloud's data plane can, and identities come from other places",
  },
  { place: 'CiliumNetworkPolicy/*', reason: "names are allowed by what the cloud's data plane can" },
  { place: 'FQDNNetworkPolicy/*', reason: "names are allowed by what the cloud's data plane can" },
  { place: '*/egress-proxy*', reason: "names are allowed by what the cloud's data plane can" },
  { place: '*.env.[HTTPS_PROXY]*', reason: 'only where an egress proxy stands' },
  { place: '*.env.[NO_PROXY]*', reason: 'only where an egress proxy stands' },
  { place: '*.env.[NODE_USE_ENV_PROXY]*', reason: 'only where an egress proxy stands' },
  { place: '*.csi.driver', reason: "each cloud's secret store has its driver" },
  { place: 'ConfigMap/*-flink-config data.config.yaml.fs.*', reason: 'how its object store is reached' },
  { place: 'ConfigMap/*-flink-config data.config.yaml.s3.*', reason: 'how its object store is reached' },
  { place: '*.storageClassName', reason: 'disks are called otherwise' },
];

/** What the region that works has, and one that waits has not, or the other way round. */
const BETWEEN_ROLES: readonly Allowed[] = [
  { place: 'CronJob/*-savepoint', reason: 'the region that works takes savepoints' },
  { place: 'CronJob/*-restore-test', reason: 'the region that works tests them' },
  { place: 'Deployment/*-replicator', reason: 'a standby replicates' },
  { place: 'ResourceQuota/*', reason: 'counts what the role adds' },
];

/** What is a region's own by its nature. */
const BETWEEN_REGIONS: readonly Allowed[] = [
  { place: '* *.annotations.headrace.dev/configuration', reason: 'a digest of what is compared by itself' },
  { place: '*.env.[HEADRACE_STATE_ROOT].value', reason: 'each region has its own state store' },
  { place: '* data.config.yaml.headrace.state.root', reason: 'each region has its own state store' },
  { place: '* data.config.yaml.high-availability.storageDir', reason: 'each region has its own state store' },
  { place: '* data.config.yaml.s3.region', reason: 'each region has its own state store' },
  { place: '*.env.[HEADRACE_KAFKA].value', reason: 'each region has its own brokers' },
];

/** Differences that two regions have by what they are: other clouds, another part in the deployment. */
export function expectedBetween(a: RegionModel, b: RegionModel): Allowed[] {
  return [
    ...BETWEEN_REGIONS,
    ...(a.cloud === b.cloud ? [] : BETWEEN_CLOUDS),
    ...(a.role === b.role ? [] : BETWEEN_ROLES),
  ];
}
