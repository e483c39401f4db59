// Who may do what: the whole table of rights of a region, and what no table may hold.
import { expect, test } from 'vitest';
import type { DeploymentModel } from '../../../config/index.ts';
import { workloadGrants } from '../../../stacks/gcp/grants.ts';
import { active, deployment, everything, GCP_ASIA, restricted, standby } from './deployments.ts';
import { ref, type Synthesized, synthesize } from './synthesized.ts';

/** Broad roles that are granted all the same, and why. */
const REASONS: Record<string, string> = {
  'administrators roles/container.admin': 'GKE has no IAM of a single cluster; the file names the group',
};

interface Binding {
  readonly name: string;
  readonly role: string;
  readonly member: string;
  readonly on: string;
}

function bindings({ json }: Synthesized): Binding[] {
  const resources = json['resource'] as Record<string, Record<string, Record<string, string>>>;
  return Object.entries(resources)
    .filter(([type]) => /_iam_(member|binding|policy)$/.test(type))
    .flatMap(([type, byName]) =>
      Object.entries(byName).map(([name, one]) => ({
        name,
        role: one['role'] ?? '',
        member: one['member'] ?? '',
        on: one['bucket'] ?? one['secret_id'] ?? one['crypto_key_id'] ?? one['repository'] ?? type,
      })),
    );
}

const subject = (member: string) => member.replace(/^.*\/subject\//, '');
const table = (stack: Synthesized) =>
  bindings(stack)
    .filter(({ member }) => member.startsWith('principal://'))
    .map(({ role, member, on }) => `${subject(member)} ${role.replace('roles/', '')} ${on}`)
    .sort();

const STATE = ref('google_storage_bucket.state.name');

test('an active region grants its workloads what they need and its copiers reading', () => {
  expect(table(synthesize(active()))).toEqual([
    `ns/reviews/sa/flink-asia storage.objectUser ${STATE}`,
    `ns/reviews/sa/replicator-eu storage.objectViewer ${STATE}`,
    `ns/reviews/sa/replicator-far storage.objectViewer ${STATE}`,
    `ns/reviews/sa/worker-asia secretmanager.secretAccessor ${ref('google_secret_manager_secret.secret-openai-key.id')}`,
    `ns/reviews/sa/worker-asia secretmanager.secretAccessor ${ref('google_secret_manager_secret.secret-store-password.id')}`,
    `system:serviceaccount:reviews:replicator-us storage.objectViewer ${STATE}`,
    `system:serviceaccount:reviews:replicator-west storage.objectViewer ${STATE}`,
  ]);
});

test('a standby lets its replicator write copies, nobody else read them, and its peer write the lease', () => {
  expect(table(synthesize(standby()))).toEqual([
    `ns/reviews/sa/flink-asia storage.objectUser ${STATE}`,
    `ns/reviews/sa/replicator-asia storage.objectUser ${STATE}`,
    `ns/reviews/sa/worker-asia secretmanager.secretAccessor ${ref('google_secret_manager_secret.secret-openai-key.id')}`,
    `ns/reviews/sa/worker-asia secretmanager.secretAccessor ${ref('google_secret_manager_secret.secret-store-password.id')}`,
    `system:serviceaccount:reviews:flink-us storage.objectUser ${STATE}`,
    `system:serviceaccount:reviews:replicator-us storage.objectUser ${STATE}`,
  ]);
});

test('a region that copies nothing gives its replicator no right', () => {
  const model = restricted();
  expect(workloadGrants(model, model.regions[0] as never).map(({ workload }) => workload)).not.toContain('replicator');
});

test('managed Kafka lets flink alone connect', () => {
  const model = everything();
  const kafka = workloadGrants(model, model.regions[0] as never).filter(({ role }) => role.includes('kafka'));
  expect(kafka.map(({ workload, role, on }) => [workload, role, on.kind])).toEqual([
    ['flink', 'roles/managedkafka.client', 'project'],
  ]);
});

test('the pool of another cloud admits exactly the replicator of the peer, once its issuer is known', () => {
  const { one, json } = synthesize(active());
  const provider = one('google_iam_workload_identity_pool_provider', 'replica-provider-us');
  expect(provider['attribute_condition']).toBe('assertion.sub == "system:serviceaccount:reviews:replicator-us"');
  expect(provider['oidc']).toEqual({ issuer_uri: ref('var.issuer_us') });
  expect(provider['count']).toBe(ref('(length(var.issuer_us) >= 1) ? 1 : 0'));
  expect((json['variable'] as Record<string, { default: string }>)['issuer_us']?.default).toBe('');
  const binding = one('google_storage_bucket_iam_member', 'replica-us');
  expect(binding['count']).toBe(provider['count']);
  expect(binding['member']).toBe(
    `principal://iam.googleapis.com/projects/${ref('data.google_project.project.number')}/locations/global/workloadIdentityPools/` +
      `${ref('google_iam_workload_identity_pool.replica-pool.workload_identity_pool_id')}/subject/system:serviceaccount:reviews:replicator-us`,
  );
});

test('a peer of the same project needs no issuer, one of another project waits for it', () => {
  const { one } = synthesize(active());
  expect(one('google_storage_bucket_iam_member', 'replica-eu')['count']).toBeUndefined();
  const far = one('google_storage_bucket_iam_member', 'replica-far');
  expect(far['count']).toBe(ref('(length(var.issuer_far) >= 1) ? 1 : 0'));
  expect(far['member']).toContain(
    `projects/${ref('data.google_project.replica-far-project.number')}/locations/global/workloadIdentityPools/streams-dr.svc.id.goog/`,
  );
});

test('variables of peers spell dashes as underscores', () => {
  const model = deployment({
    regions: [`${GCP_ASIA}, role: active`, 'name: us-east, cloud: aws, region: us-east-1, role: standby'],
  });
  expect(Object.keys(synthesize(model).json['variable'] as object)).toEqual(['issuer_us_east']);
});

test('no principal exists before the first cluster of the project, so bindings wait for it', () => {
  const { one } = synthesize(standby());
  expect(one('google_storage_bucket_iam_member', 'flink-state')['depends_on']).toEqual([
    'google_container_cluster.cluster',
  ]);
});

const DEPLOYMENTS: [string, () => DeploymentModel][] = [
  ['standby', standby],
  ['active', active],
  ['restricted', restricted],
  ['everything', everything],
];

test.each(DEPLOYMENTS)('%s: no owner, editor or admin role without a reason, and nothing for everyone', (_, model) => {
  const found = bindings(synthesize(model()));
  const broad = found.filter(({ role }) => /^roles\/(owner|editor|viewer)$|admin/i.test(role));
  expect(broad.map(({ name, role }) => `${name} ${role}`).filter((one) => !(one in REASONS))).toEqual([]);
  expect(found.filter(({ member }) => /allUsers|allAuthenticatedUsers|principalSet:|^$/.test(member))).toEqual([]);
});

test.each(DEPLOYMENTS)('%s: rights are added one by one, none replaces those of others', (_, model) => {
  const { types } = synthesize(model());
  expect(types.filter((type) => /_iam_(binding|policy)$/.test(type))).toEqual([]);
});

test('project-wide rights are those of nodes, of Kafka clients and of the named administrators', () => {
  const rights = bindings(synthesize(everything())).filter(({ on }) => on === 'google_project_iam_member');
  expect(rights.map(({ role }) => role).sort()).toEqual([
    'roles/container.admin',
    'roles/container.defaultNodeServiceAccount',
    'roles/managedkafka.client',
  ]);
  const plain = bindings(synthesize(standby())).filter(({ on }) => on === 'google_project_iam_member');
  expect(plain.map(({ role }) => role)).toEqual(['roles/container.defaultNodeServiceAccount']);
});

test('the contract names the subjects that the identities trust', () => {
  const { contract } = synthesize(standby()).stack;
  expect(contract.subjects.replicator).toBe('system:serviceaccount:reviews:replicator-asia');
  const members = bindings(synthesize(standby())).map(({ member }) => subject(member));
  for (const trusted of Object.values(contract.subjects)) {
    const [, , namespace, account] = trusted.split(':');
    expect(members).toContain(`ns/${namespace}/sa/${account}`);
  }
});
