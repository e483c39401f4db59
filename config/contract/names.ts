import { createHash } from 'node:crypto';
import type { Workload } from '../vocabulary.ts';

/** What a region's names are made from. */
export interface NameParts {
  /** Deployment name, at most 20 characters. */
  readonly deployment: string;
  /** Deployment id: six hexadecimal digits. */
  readonly id: string;
  /** Region name, at most 12 characters. */
  readonly region: string;
}

const hash = (text: string, digits: number) => createHash('sha256').update(text).digest('hex').slice(0, digits);
const alphanumeric = (text: string) => text.replace(/[^a-z0-9]/g, '');

/** The deployment's id where the file gives none: the same file gives the same id. */
export const defaultId = (
  deployment: string,
  regions: readonly { cloud: string; region: string; account?: string | undefined }[],
) => hash([deployment, ...regions.map((r) => `${r.cloud}/${r.region}/${r.account ?? ''}`)].join('\n'), 6);

/** Names that stacks create and charts use. Pure, so that both sides can only agree. */
export const names = {
  /** Cluster, and the prefix of a region's cloud resources; at most 33 characters. */
  region: (p: NameParts) => `${p.deployment}-${p.region}`,
  /** Kubernetes namespace of both charts. */
  namespace: (p: Pick<NameParts, 'deployment'>) => p.deployment,
  /** Kubernetes namespace of the stores that a deployment runs for its workers. */
  storesNamespace: (p: Pick<NameParts, 'deployment'>) => `${p.deployment}-stores`,
  /**
   * Kubernetes service account of a workload. It names its region because a GCP workload pool spans a project:
   * the same namespace and account in two clusters would be one identity.
   */
  serviceAccount: (p: Pick<NameParts, 'region'>, workload: Workload) => `${workload}-${p.region}`,
  /** Kubernetes service account of the stores, whose copies go to the region's object store. */
  storesAccount: (p: Pick<NameParts, 'region'>) => `stores-${p.region}`,
  /** Subject of a token that Kubernetes issues to a workload. */
  subject: (p: NameParts, workload: Workload) =>
    `system:serviceaccount:${names.namespace(p)}:${names.serviceAccount(p, workload)}`,
  /** S3 or Cloud Storage bucket of the region's state; globally unique by the id; at most 46 characters. */
  stateBucket: (p: NameParts) => `${p.deployment}-${p.region}-state-${p.id}`,
  /** Azure storage account of the region's state: at most 24 lower-case letters and digits, globally unique. */
  storageAccount: (p: NameParts) =>
    `${alphanumeric(p.deployment).slice(0, 10)}${alphanumeric(p.region).slice(0, 6)}${hash(`${p.deployment}/${p.region}/${p.id}`, 8)}`,
  /** Blob container of the region's state. */
  stateContainer: 'state',
  /** Azure Key Vault: at most 24 characters, globally unique. */
  keyVault: (p: NameParts) =>
    `kv-${p.deployment.slice(0, 6).replace(/-+$/, '')}-${alphanumeric(p.region).slice(0, 4)}-${hash(`${p.deployment}/${p.region}/${p.id}`, 8)}`,
  /** Azure container registry: letters and digits, globally unique. */
  azureRegistry: (p: NameParts) => `${alphanumeric(p.deployment)}${alphanumeric(p.region)}${p.id}`,
  /** Prefix of the deployment's objects inside a state store. */
  statePrefix: (p: Pick<NameParts, 'deployment'>) => p.deployment,
  /** Entry of a cloud's secret manager. */
  secret: (p: NameParts, secret: string) => `${p.deployment}-${p.region}-${secret}`,
  /** Image repositories inside the region's registry. */
  images: {
    flink: 'headrace-flink',
    worker: 'headrace-worker',
    egressProxy: 'headrace-egress-proxy',
    opensearch: 'headrace-opensearch',
  },
} as const;
