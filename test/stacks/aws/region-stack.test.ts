import { expect, test } from 'vitest';
import { REGION_OUTPUTS } from '../../../config/index.ts';
import { egressAllowance } from '../../../stacks/aws/egress.ts';
import { addressRules } from '../../../stacks/aws/firewall.ts';
import { brokerVersion } from '../../../stacks/aws/kafka.ts';
import { retentionDays } from '../../../stacks/aws/log-groups.ts';
import { subnetPlan } from '../../../stacks/aws/subnet-plan.ts';
import { ASIA, accounts, active, deployment, everything, pair, restricted, US } from './deployments.ts';
import { at, type Json, ref, type Synthesized, synthesize } from './synthesized.ts';

test('every output that the charts read is declared under its name', () => {
  expect(Object.keys(synthesize(active()).json['output'] as Json)).toEqual(expect.arrayContaining(REGION_OUTPUTS));
  expect(at(synthesize(active()).json, 'output.egress_addresses.value')).toEqual(
    [0, 1, 2].map((zone) => ref(`aws_eip.nat-address-${zone}.public_ip`)),
  );
});

test('the contract names the region’s subjects, state root and secrets', () => {
  expect(synthesize(active()).stack.contract).toEqual({
    region: 'us',
    namespace: 'reviews',
    subjects: {
      flink: 'system:serviceaccount:reviews:flink-us',
      worker: 'system:serviceaccount:reviews:worker-us',
      replicator: 'system:serviceaccount:reviews:replicator-us',
    },
    stateRoot: 's3://reviews-us-state-5c1a9e/reviews',
    secretNames: { 'openai-key': 'reviews-us-openai-key', 'store-password': 'reviews-us-store-password' },
  });
});

test('a restricted endpoint admits the file’s ranges only; protection follows the file', () => {
  const { one } = synthesize(restricted());
  expect(at(one('aws_eks_cluster', 'cluster'), 'vpc_config.public_access_cidrs')).toEqual(['203.0.113.0/24']);
  expect(one('aws_eks_cluster', 'cluster')['deletion_protection']).toBe(false);
  expect(at(one('aws_s3_bucket', 'state'), 'lifecycle.prevent_destroy')).toBe(false);
});

test('spot capacity is for workers alone, from several instance types', () => {
  const { one } = synthesize(restricted());
  expect(one('aws_eks_node_group', 'pool-worker')['capacity_type']).toBe('SPOT');
  expect(one('aws_eks_node_group', 'pool-worker')['instance_types']).toEqual([
    'm7i.4xlarge',
    'm7a.4xlarge',
    'm6i.4xlarge',
    'm6a.4xlarge',
  ]);
  expect(one('aws_eks_node_group', 'pool-flink')['capacity_type']).toBe('ON_DEMAND');
});

test('zones are the file’s, or the first three of the cloud region', () => {
  expect(synthesize(restricted()).one('aws_subnet', 'nodes-2')['availability_zone']).toBe('us-east-1d');
  expect(synthesize(active()).one('aws_subnet', 'nodes-2')['availability_zone']).toBe(
    ref('element(data.aws_availability_zones.zones.names, 2)'),
  );
});

test('a zone that comes or goes in the cloud region replaces no subnet', () => {
  const ignored = (stack: Synthesized) => at(stack.one('aws_subnet', 'nodes-2'), 'lifecycle.ignore_changes.0');
  expect(ignored(synthesize(active()))).toBe('availability_zone');
  expect(ignored(synthesize(restricted()))).toBeUndefined();
});

test.each([
  ['small', active(), 'm7i.xlarge', 3, 6],
  ['medium', pair(), 'm7i.2xlarge', 3, 12],
  ['large', restricted(), 'm7i.4xlarge', 3, 30],
])('size %s decides instances and bounds of the flink pool', (_, model, instance, min, max) => {
  const pool = synthesize(model).one('aws_eks_node_group', 'pool-flink');
  expect(pool['instance_types']).toEqual([instance]);
  expect(at(pool, 'scaling_config')).toMatchObject({ min_size: min, max_size: max });
});

test('only a region that another AWS region copies has copies and keys in several regions', () => {
  expect(synthesize(pair()).one('aws_kms_key', 'key-state')['multi_region']).toBe(true);
  const standby = synthesize(pair(), 'west');
  expect(standby.one('aws_kms_key', 'key-state')['multi_region']).toBe(false);
  expect(standby.types).not.toContain('aws_s3_bucket_replication_configuration');
  expect(synthesize(active()).types).not.toContain('aws_kms_replica_key');
});

test('credentials of another account than the file’s are refused', () => {
  expect(at(synthesize(accounts()).json, 'provider.aws.allowed_account_ids')).toEqual(['111111111111']);
  expect(at(synthesize(active()).json, 'provider.aws.allowed_account_ids')).toBeUndefined();
});

test('answers pass the firewall of the zone that asked', () => {
  const { one } = synthesize(active());
  const out = one('aws_route', 'out-of-nodes-1');
  const back = one('aws_route', 'back-to-nodes-1');
  expect(out['vpc_endpoint_id']).toBe(back['vpc_endpoint_id']);
  expect(out['vpc_endpoint_id']).toContain('aws_subnet.firewall-1.id');
  expect(back['destination_cidr_block']).toBe(one('aws_subnet', 'nodes-1')['cidr_block']);
});

test('the allow list holds models, brokers by name, and states that this region copies from', () => {
  const model = deployment({ regions: [`${ASIA}, role: active`, `${US}, role: standby`] });
  expect(egressAllowance(model, model.regions[1] as never)).toEqual({
    names: [
      'api.openai.com',
      'broker.example.net',
      'iamcredentials.googleapis.com',
      'storage.googleapis.com',
      'sts.googleapis.com',
    ],
    addresses: [{ address: '192.0.2.7', port: 9094 }],
  });
});

test('literal addresses pass on their port, and nothing but TCP leaves', () => {
  const rules = addressRules([{ address: '192.0.2.7', port: 9094 }]).split('\n');
  expect(rules[0]).toContain('pass tcp $HOME_NET any -> 192.0.2.7 9094');
  expect(rules.slice(1).map((rule) => rule.split(' ').slice(0, 2).join(' '))).toEqual(['drop udp', 'drop icmp']);
});

test.each(['10.16.0.0/16', '10.40.0.0/20'])('the blocks of %s do not overlap', (cidr) => {
  const blocks = subnetPlan({ cidr, index: 0 }).flatMap((zone) => Object.values(zone));
  expect(new Set(blocks).size).toBe(12);
});

test('a network larger than a VPC is refused with its place', () => {
  expect(() => subnetPlan({ cidr: '10.0.0.0/12', index: 1 })).toThrow(
    expect.objectContaining({ code: 'HR-AWS-001', path: 'regions[1].cidr', received: '10.0.0.0/12' }),
  );
});

test.each([
  [1, 1],
  [90, 90],
  [91, 120],
  [9999, 3653],
])('logs for %i days are kept %i', (asked, kept) => {
  expect(retentionDays(asked * 86_400_000)).toBe(kept);
});

test.each([
  ['3.6.0', '3.6.0'],
  ['3.9.1', '3.9.x'],
  ['4.1.0', '4.1.x.kraft'],
])('Kafka %s is MSK’s %s', (asked, offered) => {
  expect(brokerVersion(asked)).toBe(offered);
});

test('without managed Kafka nothing of it is made', () => {
  expect(synthesize(active()).types).not.toContain('aws_msk_cluster');
  expect(synthesize(everything()).types).toContain('aws_msk_cluster');
});
