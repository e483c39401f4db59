/** What to do about a reason that Flink gives; undefined where the reason says it all. */
export function mendOf(reason: string): string | undefined {
  return MENDS.find(([pattern]) => pattern.test(reason))?.[1];
}

const MENDS: readonly (readonly [RegExp, string])[] = [
  [
    /UnknownTopicOrPartition|does not host this topic-partition|Topic\S* .*not present in metadata|Failed to get metadata for topics/i,
    'create the topic; a job makes none but its journal',
  ],
  [
    /TopicAuthorization|GroupAuthorization|ClusterAuthorization|TransactionalIdAuthorization/,
    'grant the Flink identity the right that is named: read on the source, write on sink and dead letters, its group and transactional ids',
  ],
  [
    /SaslAuthentication|SslAuthentication|SSLHandshake/,
    'check the certificates and credentials that Flink pods use for the brokers',
  ],
  [
    /Timed? ?out waiting for a node assignment|No resolvable bootstrap urls|Connection to node -\d+ .*could not be established/i,
    'check --kafka, and that Flink pods may reach the brokers',
  ],
  [
    /NoResourceAvailable|Could not acquire the minimum required resources|Slot request bulk is not fulfillable/,
    'give the cluster more TaskManagers or slots, or lower agent.parallelism',
  ],
  [
    /no operator is available for|Cannot map checkpoint\/savepoint state for operator|Cannot map savepoint state/i,
    'the snapshot holds state that this version has no operator for: go on with the version that made it, or start with --restore-from none',
  ],
  [
    /max parallelism .*(mismatch|rescale)|The maximum parallelism/i,
    'agent.maxParallelism cannot change while state is kept: set it back, or start with --restore-from none',
  ],
  [/HR-FLINK-010/, 'the bridge and this command are of different versions: use images of one version'],
  [/HR-FLINK-001/, 'name with --worker-tls the directory of certificates as it is mounted in TaskManagers'],
  [
    /ClassNotFoundException|NoClassDefFoundError|NoSuchMethodError/,
    'the jar does not fit the cluster: use images of one version',
  ],
  [/OutOfMemoryError/, 'give TaskManagers more memory: headrace plan --sizes shows the arithmetic'],
  [
    /FileNotFoundException.*_metadata|Cannot find (checkpoint|savepoint)|Could not read any savepoint/i,
    'the snapshot is not where Flink looks: check headrace.state.root of the cluster against --state-root',
  ],
  [/HR-STATEFS-001/, 'set headrace.state.root in the configuration of the cluster'],
];
