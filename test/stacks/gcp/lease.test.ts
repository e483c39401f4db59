// The lease lies in one region's bucket: who may write it there, and that they may nothing else.
import { describe, expect, test } from 'vitest';
import type { DeploymentModel } from '../../../config/index.ts';
import { AWS_US, AZURE_WEST, active, deployment, everything, GCP_ASIA, GCP_EU, restricted } from './deployments.ts';
import { at, type Json, ref, synthesize } from './synthesized.ts';

/** Kept on Google Cloud by an active region that copies nothing, with peers of every cloud and of another project. */
const keeper = () =>
  deployment({
    regions: [
      `${GCP_ASIA}, role: active, account: streams-prod`,
      `${GCP_EU}, role: standby, account: streams-prod`,
      'name: far, cloud: gcp, region: us-central1, role: standby, account: streams-dr',
      `${AZURE_WEST}, role: standby`,
      `${AWS_US}, role: standby`,
    ],
    more: ['dr: { lease: { region: asia } }'],
  });

const leaseBindings = (model: DeploymentModel) =>
  Object.entries(synthesize(model).all('google_storage_bucket_iam_member')).filter(([name]) => /lease/.test(name));

const ONLY_LEASES =
  'resource.name.startsWith("projects/_/buckets/reviews-asia-state-5c1a9e/objects/reviews/leases/") || ' +
  'api.getAttribute("storage.googleapis.com/objectListPrefix", "").startsWith("reviews/leases/")';

test('two workloads of every other region may write leases, and the region’s own replicator', () => {
  const peers = ['eu', 'far', 'west', 'us'].flatMap((peer) => [`lease-${peer}-flink`, `lease-${peer}-replicator`]);
  expect(leaseBindings(keeper()).map(([name]) => name)).toEqual(expect.arrayContaining(peers));
  expect(leaseBindings(keeper()).map(([name]) => name)).toContain('replicator-lease');
  expect(leaseBindings(keeper())).toHaveLength(9);
});

test('each of them below the leases’ prefix alone', () => {
  for (const [name, one] of leaseBindings(keeper())) {
    expect(one['role'], name).toBe('roles/storage.objectUser');
    expect(at(one, 'condition.expression'), name).toBe(ONLY_LEASES);
  }
});

test.each(['us', 'west'])(
  'region %s of another cloud is admitted as its two workloads, once its issuer is known',
  (peer) => {
    const { one, json } = synthesize(keeper());
    const provider = one('google_iam_workload_identity_pool_provider', `replica-provider-${peer}`);
    expect(provider['attribute_condition']).toBe(
      ['flink', 'replicator'].map((w) => `assertion.sub == "system:serviceaccount:reviews:${w}-${peer}"`).join(' || '),
    );
    for (const workload of ['flink', 'replicator']) {
      const binding = one('google_storage_bucket_iam_member', `lease-${peer}-${workload}`);
      expect(binding['count']).toBe(ref(`(length(var.issuer_${peer}) >= 1) ? 1 : 0`));
      expect(binding['member']).toMatch(new RegExp(`/subject/system:serviceaccount:reviews:${workload}-${peer}$`));
    }
    expect(at(json, `output.lease_audiences.value.${peer}`)).toMatch(new RegExp(`/providers/peer-${peer}$`));
  },
);

test('a region of another project is looked up once and waits for its cluster, one of this project does not', () => {
  const { one, json } = synthesize(keeper());
  expect(one('google_storage_bucket_iam_member', 'lease-eu-flink')['count']).toBeUndefined();
  const far = one('google_storage_bucket_iam_member', 'lease-far-flink');
  expect(far['count']).toBe(ref('(length(var.issuer_far) >= 1) ? 1 : 0'));
  expect(far['member']).toMatch(/streams-dr\.svc\.id\.goog\/subject\/ns\/reviews\/sa\/flink-far$/);
  expect(Object.keys((json['data'] as Record<string, Json>)['google_project'] ?? {})).toEqual([
    'project',
    'replica-far-project',
  ]);
});

describe.each([
  ['a region that another cloud keeps the lease for', active],
  ['an active region of that kind', everything],
  ['a region alone', restricted],
])('%s', (_, model) => {
  test('grants nothing about it', () => {
    const { json } = synthesize(model());
    expect(JSON.stringify(json)).not.toContain('/leases/');
    expect((json['output'] as Json)['lease_audiences']).toBeUndefined();
  });
});
