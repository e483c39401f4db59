// I: what a region's identities promise.
import { ref } from './expectation.ts';
import { kept, keptBut, need, never, type Promised } from './promise.ts';

const WORKLOADS = ['flink', 'worker', 'replicator'] as const;
const AUDIENCE = ['api://AzureADTokenExchange'];
const otherRights = 'the others are rights of others';
const POOLS = ref('data.google_project.project.number');
const principal = (workload: string, region = 'asia') =>
  `principal://iam.googleapis.com/projects/${POOLS}/locations/global/workloadIdentityPools/streams-prod.svc.id.goog/subject/ns/reviews/sa/${workload}-${region}`;
const podTrust = (workload: string) => ({
  'assume_role_policy.#PodIdentity.Condition': {
    StringEquals: {
      'aws:SourceAccount': '111111111111',
      'aws:RequestTag/kubernetes-namespace': 'reviews',
      'aws:RequestTag/kubernetes-service-account': `${workload}-us`,
    },
    ArnEquals: { 'aws:SourceArn': 'arn:aws:eks:us-east-1:111111111111:cluster/reviews-us' },
  },
  'assume_role_policy.#PodIdentity.Principal': { Service: 'pods.eks.amazonaws.com' },
});
const secretIds = ['openai-key', 'store-password'];

export const IDENTITY: readonly Promised[] = [
  {
    id: 'I1',
    sentence: 'gives flink, worker and replicator a cloud identity each',
    aws: kept(
      ...WORKLOADS.map((workload) =>
        need(
          'aws_eks_pod_identity_association',
          `identity-${workload}-of`,
          {
            namespace: 'reviews',
            service_account: `${workload}-us`,
            role_arn: ref(`aws_iam_role.identity-${workload}.arn`),
          },
          'the autoscaler’s is no workload’s',
        ),
      ),
      need('aws_eks_addon', 'addon-eks-pod-identity-agent', { addon_name: 'eks-pod-identity-agent' }, 'other add-ons'),
    ),
    azure: kept(
      need('azurerm_kubernetes_cluster', 'cluster', { oidc_issuer_enabled: true, workload_identity_enabled: true }),
      ...WORKLOADS.map((workload) =>
        need(
          'azurerm_federated_identity_credential',
          `trust-${workload}`,
          {
            parent_id: ref(`azurerm_user_assigned_identity.identity-${workload}.id`),
            subject: `system:serviceaccount:reviews:${workload}-eu`,
            audience: AUDIENCE,
          },
          'the others are of regions that copy',
        ),
      ),
    ),
    gcp: kept(
      need('google_container_cluster', 'cluster', {
        'workload_identity_config.workload_pool': 'streams-prod.svc.id.goog',
      }),
      need('google_storage_bucket_iam_member', 'flink-state', { member: principal('flink') }, otherRights),
      need('google_secret_manager_secret_iam_member', 2, { member: principal('worker') }),
      need(
        'standby:google_storage_bucket_iam_member',
        'replicator-state',
        { member: principal('replicator', 'tokyo') },
        otherRights,
      ),
    ),
  },
  {
    id: 'I2',
    sentence: 'lets flink write its own state and nothing else',
    aws: kept(
      need('aws_iam_role_policy', 'identity-flink-policy', {
        'policy.#StateObjects.Action': [
          's3:AbortMultipartUpload',
          's3:DeleteObject',
          's3:GetObject',
          's3:ListMultipartUploadParts',
          's3:PutObject',
        ],
        'policy.#StateObjects.Resource': 'arn:aws:s3:::reviews-us-state-5c1a9e/reviews/*',
        'policy.#StateList.Condition': { StringLike: { 's3:prefix': ['reviews', 'reviews/*'] } },
        'policy.#StateKey.Action': ['kms:Decrypt', 'kms:GenerateDataKey'],
        'policy.#StateKey.Resource': ref('aws_kms_key.key-state.arn'),
        'policy.#StateKey.Condition': { StringEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } },
      }),
    ),
    azure: kept(
      need(
        'azurerm_role_assignment',
        'flink-state',
        {
          role_definition_name: 'Storage Blob Data Contributor',
          scope: ref('azurerm_storage_container.state-container.id'),
          principal_id: ref('azurerm_user_assigned_identity.identity-flink.principal_id'),
          principal_type: 'ServicePrincipal',
        },
        otherRights,
      ),
    ),
    gcp: kept(
      need(
        'google_storage_bucket_iam_member',
        'flink-state',
        { role: 'roles/storage.objectUser', bucket: ref('google_storage_bucket.state.name') },
        otherRights,
      ),
    ),
  },
  {
    id: 'I3',
    sentence: 'lets the worker read named secrets, and the replicator read its source and write its target',
    aws: kept(
      need(
        'aws_iam_role_policy',
        'identity-worker-policy',
        {
          'policy.#Secrets.Action': ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
          'policy.#Secrets.Resource': secretIds.map((id) => ref(`aws_secretsmanager_secret.secret-${id}.arn`)),
          'policy.#SecretsKey.Action': ['kms:Decrypt'],
          'policy.#SecretsKey.Resource': ref('aws_kms_key.key-secrets.arn'),
        },
        'the control plane’s statement of that name is about another key',
      ),
      need('standby:aws_iam_role_policy', 'identity-replicator-policy', {
        'policy.#ReadPeerObjects0.Action': ['s3:GetObject'],
        'policy.#ReadPeerObjects0.Resource': 'arn:aws:s3:::reviews-us-state-5c1a9e/reviews/*',
        'policy.#CopyOwnObjects.Resource': 'arn:aws:s3:::reviews-west-state-5c1a9e/reviews/*',
      }),
    ),
    azure: kept(
      ...secretIds.map((id) =>
        need(
          'azurerm_role_assignment',
          `worker-secret-${id}`,
          {
            role_definition_name: 'Key Vault Secrets User',
            scope: `${ref('azurerm_key_vault.vault.id')}/secrets/reviews-eu-${id}`,
            principal_id: ref('azurerm_user_assigned_identity.identity-worker.principal_id'),
          },
          otherRights,
        ),
      ),
      ...['north', 'asia'].map((peer) =>
        need(
          'azurerm_role_assignment',
          `reader-${peer}-state`,
          {
            role_definition_name: 'Storage Blob Data Reader',
            scope: ref('azurerm_storage_container.state-container.id'),
            principal_id: ref(`azurerm_user_assigned_identity.reader-${peer}.principal_id`),
          },
          otherRights,
        ),
      ),
      need(
        'standby:azurerm_role_assignment',
        'replicator-state',
        {
          role_definition_name: 'Storage Blob Data Contributor',
          scope: ref('azurerm_storage_container.state-container.id'),
          principal_id: ref('azurerm_user_assigned_identity.identity-replicator.principal_id'),
        },
        otherRights,
      ),
    ),
    gcp: kept(
      ...secretIds.map((id) =>
        need('google_secret_manager_secret_iam_member', `worker-secret-${id}`, {
          role: 'roles/secretmanager.secretAccessor',
          secret_id: ref(`google_secret_manager_secret.secret-${id}.id`),
        }),
      ),
      need(
        'google_storage_bucket_iam_member',
        ['replica-tokyo', 'replica-us'],
        { role: 'roles/storage.objectViewer' },
        otherRights,
      ),
      need(
        'standby:google_storage_bucket_iam_member',
        'replicator-state',
        { role: 'roles/storage.objectUser', bucket: ref('google_storage_bucket.state.name') },
        otherRights,
      ),
    ),
  },
  {
    id: 'I4',
    sentence: 'pins trust to one cluster, namespace and service account',
    aws: kept(
      ...WORKLOADS.map((workload) =>
        need('aws_iam_role', `identity-${workload}`, podTrust(workload), 'add-ons have service accounts of their own'),
      ),
      need('aws_iam_role', 'reader-asia', {
        'assume_role_policy.#Peer.Condition': {
          StringEquals: {
            // Quotes in Terraform's expressions are read as single ones.
            "${trimprefix(var.issuer_asia, 'https://')}:sub": ['system:serviceaccount:reviews:replicator-asia'],
            "${trimprefix(var.issuer_asia, 'https://')}:aud": 'sts.amazonaws.com',
          },
        },
      }),
    ),
    azure: kept(
      ...WORKLOADS.map((workload) =>
        need('azurerm_federated_identity_credential', `trust-${workload}`, {
          issuer: ref('azurerm_kubernetes_cluster.cluster.oidc_issuer_url'),
          subject: `system:serviceaccount:reviews:${workload}-eu`,
        }),
      ),
      ...['north', 'asia'].map((peer) =>
        need('azurerm_federated_identity_credential', `reader-${peer}-trust`, {
          issuer: ref(`var.issuer_${peer}`),
          subject: `system:serviceaccount:reviews:replicator-${peer}`,
        }),
      ),
    ),
    gcp: keptBut(
      'a workload pool spans a project: service accounts carry their region’s name, so that two clusters of one project are two identities',
      need(
        'google_storage_bucket_iam_member',
        'flink-state',
        { member: principal('flink') },
        'the others are of peers',
      ),
      need('google_iam_workload_identity_pool_provider', 'replica-provider-us', {
        attribute_condition: 'assertion.sub == "system:serviceaccount:reviews:replicator-us"',
        attribute_mapping: { 'google.subject': 'assertion.sub' },
        'oidc.issuer_uri': ref('var.issuer_us'),
      }),
    ),
  },
  {
    id: 'I5',
    sentence: 'has no long-lived keys, and what would take one is off',
    aws: kept(
      never('aws_iam_access_key'),
      never('aws_iam_user'),
      ...WORKLOADS.map((workload) =>
        need('aws_iam_role', `identity-${workload}`, { permissions_boundary: ref('aws_iam_policy.boundary.arn') }),
      ),
      need('aws_iam_role', 'reader-asia', {
        permissions_boundary: 'arn:aws:iam::111111111111:policy/reviews-us-boundary',
      }),
      need('aws_iam_policy', 'boundary', {
        'policy.#BoundaryServices.Action': ['bedrock:*', 'kafka-cluster:*', 'kms:*', 's3:*', 'secretsmanager:*'],
        'policy.#BoundaryNoAdministration.Effect': 'Deny',
      }),
    ),
    azure: keptBut(
      'the store of flow logs keeps its account key, with which Network Watcher writes; nothing else is in it',
      need(
        'azurerm_storage_account',
        'state',
        { shared_access_key_enabled: false, local_user_enabled: false },
        'Network Watcher writes flow logs with the key of their account',
      ),
      need('azurerm_storage_account', 'flow-log-store', { local_user_enabled: false }, 'named above'),
      need('azurerm_eventhub_namespace', 'kafka', { local_authentication_enabled: false }),
      need('azurerm_container_registry', 'images', { admin_enabled: false }),
      need('azurerm_kubernetes_cluster', 'cluster', { local_account_disabled: true }),
      need('provider.azurerm', '0', { storage_use_azuread: true }),
    ),
    gcp: kept(
      never('google_service_account_key'),
      never('google_storage_hmac_key'),
      ...['disableserviceaccountkeycreation', 'disableserviceaccountkeyupload'].map((id) =>
        need('google_org_policy_policy', `constraint-iam-${id}`, { 'spec.rules.enforce': 'TRUE' }, 'other constraints'),
      ),
    ),
  },
];
