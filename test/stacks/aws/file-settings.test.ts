// What settings of the file make of a region on AWS, besides the conformance table's.
import { expect, test } from 'vitest';
import { everything, pair, restricted } from './deployments.ts';
import { at, synthesize } from './synthesized.ts';

test('versions and logs are kept as long as the file says, or the next that AWS offers', () => {
  const { one } = synthesize(everything());
  const lifecycle = one('aws_s3_bucket_lifecycle_configuration', 'state-lifecycle');
  expect(at(lifecycle, 'rule.noncurrent_version_expiration.noncurrent_days')).toBe(14);
  expect(one('aws_cloudwatch_log_group', 'log-cluster')['retention_in_days']).toBe(120);
  const audit = one('aws_s3_bucket_lifecycle_configuration', 'audit-lifecycle')['rule'] as unknown[];
  expect(at(audit[1], 'expiration.days')).toBe(100);
});

test('an account that others share keeps its own settings', () => {
  const { types } = synthesize(pair());
  for (const type of [
    'aws_ce_anomaly_monitor',
    'aws_ebs_encryption_by_default',
    'aws_ec2_instance_metadata_defaults',
    'aws_ecr_registry_scanning_configuration',
    'aws_ecr_replication_configuration',
    'aws_guardduty_detector',
  ]) {
    expect(types).not.toContain(type);
  }
});

test('one region of an account keeps its trail, and records who touched the state of both', () => {
  expect(synthesize(pair(), 'west').types).not.toContain('aws_cloudtrail');
  const trail = synthesize(pair()).one('aws_cloudtrail', 'audit-trail');
  const selectors = trail['advanced_event_selector'] as {
    field_selector: { field: string; starts_with?: string[] }[];
  }[];
  expect(selectors[1]?.field_selector.find(({ field }) => field === 'resources.ARN')?.starts_with).toEqual([
    'arn:aws:s3:::reviews-us-state-5c1a9e/',
    'arn:aws:s3:::reviews-west-state-5c1a9e/',
  ]);
});

test('without protection nothing holds a destroy up', () => {
  const { one } = synthesize(restricted());
  expect(at(one('aws_s3_bucket', 'state'), 'lifecycle.prevent_destroy')).toBe(false);
  expect(one('aws_route53_resolver_firewall_rule_group_association', 'resolver-rules-of')['mutation_protection']).toBe(
    'DISABLED',
  );
});
