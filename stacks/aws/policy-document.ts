/** One statement of a policy, in IAM's own spelling. Every statement has a Sid, by which reasons are kept. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: string | Readonly<Record<string, string | readonly string[]>>;
  readonly Action: readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** A policy as JSON text. Tokens in it are resolved by cdktf. */
export const policyDocument = (statements: readonly Statement[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });

/**
 * Statements that allow and hold a wildcard in action, resource or principal, by Sid, and why no narrower one will do.
 * A test walks every policy of every stack against this list.
 */
export const WILDCARD_REASONS: Readonly<Record<string, string>> = {
  KeyAdministration: 'in a key policy the resource * is the key itself (KMS, "Key policies")',
  KeyUse: 'in a key policy the resource * is the key itself; use is bound to one service of one account',
  KeyGrants: 'in a key policy the resource * is the key itself; grants are for AWS services only',
  KeyOfControlPlane: 'in a key policy the resource * is the key itself; EKS refuses narrower conditions on its grant',
  KeyOfAutoScaling:
    'in a key policy the resource * is the key itself; the principal is pinned by ARN, since a policy that names a role fails while the role does not exist',
  KeyGrantsOfAutoScaling:
    'in a key policy the resource * is the key itself; the principal is pinned by ARN, since a policy that names a role fails while the role does not exist',
  KeyOfService: 'in a key policy the resource * is the key itself; one service of one account',
  KeyOfPeers: 'in a key policy the resource * is the key itself; the peer is pinned by role',
  KeyOfLease: 'in a key policy the resource * is the key itself; the peer is pinned by role',
  KeyOfZoneSigning: 'in a key policy the resource * is the key itself; the service of one account',
  StateObjects: 'objects under the region’s own prefix have names that only Flink knows',
  CopyOwnObjects: 'objects under the region’s own prefix have names that only Flink knows',
  ReadPeerObjects: 'objects under a peer’s prefix have names that only its Flink knows',
  ReadStateObjects: 'objects under the region’s own prefix have names that only Flink knows',
  PeersReadObjects: 'objects under the region’s own prefix have names that only Flink knows',
  LeaseObjects: 'one object a job, whose names the file does not fix',
  PeersLeaseObjects: 'one object a job, whose names the file does not fix',
  LeaseKey: 'another stack’s key has no id before it exists; it is pinned by its alias',
  PeerKey: 'another stack’s key has no id before it exists; it is pinned by its alias',
  CopySource: 'every object version of the bucket is copied',
  CopyTarget: 'every object version of the bucket is copied',
  KafkaTransactions: 'Flink numbers its transactional ids after the deployment’s name',
  EndpointOwnAccount: 'an endpoint’s policy grants nothing, it only narrows; this one to buckets of named accounts',
  EndpointImageLayers: 'an endpoint’s policy grants nothing, it only narrows; layers have names that only ECR knows',
  TrailWrites: 'files have names that only CloudTrail knows',
  BoundaryServices: 'a boundary grants nothing, it only narrows',
  ScaleRead: 'describing takes no resource',
  ScaleReadPools: 'node groups of this cluster, whose last part only EKS knows',
  ScaleOwnGroups: 'groups have names that only EKS knows; they are pinned by its tag',
  CopyTopicsOf: 'topics that are copied are named by the replicator, which the role belongs to alone',
  CopyGroups: 'groups have names that only their clients know',
  ReplicateImages: 'repositories of the deployment under one prefix',
  DeliverFlowLogs: 'log streams have names that the service makes up',
};
