import { z } from 'zod';

/**
 * Outputs of a region's stack that the charts consume. The keys are the Terraform output names in every cloud.
 * Values that are known from the file alone (names) are outputs as well, so that `cdktf output` tells the whole story.
 */
export const regionOutputsSchema = z.object({
  cluster_name: z.string(),
  cluster_endpoint: z.string(),
  namespace: z.string(),
  /** URI as Flink spells it; equals `stateRoot().uri`. */
  state_root: z.string(),
  /** Registry host and path that image repositories hang under. */
  registry: z.string(),
  /** Name in the secret manager by secret name of the file. */
  secret_names: z.record(z.string(), z.string()),
  /** Address of the secret manager: region (AWS), vault URI (Azure), project id (GCP). */
  secret_store: z.string(),
  /** Entra tenant of the secret manager; empty in other clouds. */
  secret_tenant: z.string(),
  /** Identity of a workload as its cloud names it: role ARN, client id, principal. */
  identities: z.object({ flink: z.string(), worker: z.string(), replicator: z.string() }),
  /** Issuer of the cluster's service account tokens, which other clouds' identities trust for the replicator. */
  oidc_issuer: z.string(),
  /** Kafka bootstrap servers, comma separated; empty when the region has no managed Kafka. */
  kafka_bootstrap: z.string(),
});
export type RegionOutputs = z.infer<typeof regionOutputsSchema>;
export const REGION_OUTPUTS = Object.keys(regionOutputsSchema.shape) as (keyof RegionOutputs)[];

/** What a stack promised about one region, as values that do not wait for a deployment. Checked against the charts. */
export interface RegionContract {
  readonly region: string;
  readonly namespace: string;
  /** Federated subject that each workload's cloud identity trusts. */
  readonly subjects: { readonly flink: string; readonly worker: string; readonly replicator: string };
  /** State root that flink's identity may write. */
  readonly stateRoot: string;
  /** Names of the secret manager's entries by secret name of the file. */
  readonly secretNames: Readonly<Record<string, string>>;
}
