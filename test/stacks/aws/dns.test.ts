import { App, TerraformStack, Testing } from 'cdktf';
import { expect, test } from 'vitest';
import type { DeploymentModel } from '../../../config/index.ts';
import { awsGlobalDns, failoverChain } from '../../../stacks/aws/dns.ts';
import { ASIA, active, deployment, EU, everything, US, WEST } from './deployments.ts';
import { at, type Json, lookups, ref } from './synthesized.ts';

function zoneOf(model: DeploymentModel) {
  const stack = new TerraformStack(new App({ stackTraces: false }), 'reviews-global');
  awsGlobalDns(stack, model);
  const json = JSON.parse(Testing.synth(stack, true)) as Json;
  return { json, ...lookups(json) };
}

const standbys = deployment({
  regions: [`${EU}, role: standby`, `${US}, role: active`, `${ASIA}, role: standby`],
  more: ['dns: { zone: reviews.example.com }'],
});

test('the zone is signed with a key of us-east-1 that fits signatures, and survives a destroy', () => {
  const { json, one } = zoneOf(standbys);
  expect(at(json, 'provider.aws.region')).toBe('us-east-1');
  expect(one('aws_kms_key', 'zone-key')['customer_master_key_spec']).toBe('ECC_NIST_P256');
  expect(one('aws_route53_hosted_zone_dnssec', 'zone-dnssec')['signing_status']).toBe('SIGNING');
  expect(one('aws_route53_zone', 'zone')['force_destroy']).toBe(false);
  expect(at(one('aws_route53_zone', 'zone'), 'lifecycle.prevent_destroy')).toBe(true);
});

test('regions form a chain from the active one over the standbys', () => {
  expect(failoverChain(standbys.regions, 'z').map((s) => [s.name, s.primary.name, s.secondary])).toEqual([
    ['agents.z', 'us', 'failover-1.z'],
    ['failover-1.z', 'eu', 'asia.z'],
  ]);
  expect(failoverChain(standbys.regions.slice(0, 1), 'z')).toMatchObject([{ name: 'agents.z' }]);
});

test('traffic goes to the active region while its check is well', () => {
  const record = zoneOf(standbys).one('aws_route53_record', 'agents-0-primary');
  expect(record).toMatchObject({ name: 'agents.reviews.example.com', type: 'CNAME', ttl: 30 });
  expect(record['records']).toEqual(['us.reviews.example.com']);
  expect(at(record, 'failover_routing_policy.type')).toBe('PRIMARY');
  expect(record['health_check_id']).toBe(ref('aws_route53_health_check.health-us.id'));
});

test('checks look every 10 s and give up after three; a drained region counts as ill, and the only one left as well', () => {
  const { json, one } = zoneOf(standbys);
  const check = one('aws_route53_health_check', 'health-us');
  expect(check).toMatchObject({ type: 'HTTPS', failure_threshold: 3, request_interval: 10 });
  // A check that is disabled counts as well; turned over, as ill.
  expect(check['invert_healthcheck']).toBe(ref('!var.enabled_us'));
  expect(check['disabled']).toBe(ref('(!var.enabled_us || !anytrue([var.enabled_eu, var.enabled_asia]))'));
  expect(at(json, 'variable.enabled_us')).toMatchObject({ type: 'bool', default: true });
});

test('the check of the only region there is looks while that takes traffic', () => {
  const check = zoneOf(
    deployment({ regions: [`${US}, role: active`], more: ['dr: { mode: none }', 'dns: { zone: r.example.com }'] }),
  ).one('aws_route53_health_check', 'health-us');
  expect(check['disabled']).toBe(ref('!var.enabled_us'));
});

test('active-active: a standby has a record while no active region takes traffic', () => {
  const { one } = zoneOf(
    deployment({
      regions: [`${US}, role: active`, `${WEST}, role: active`, `${EU}, role: standby`],
      kafka: true,
      more: ['dr: { mode: active-active }', 'dns: { zone: reviews.example.com }'],
    }),
  );
  const record = one('aws_route53_record', 'agents-eu');
  expect(record['count']).toBe(ref('anytrue([var.enabled_us, var.enabled_west]) ? 0 : 1'));
  expect(record['records']).toEqual(['eu.reviews.example.com']);
  expect(one('aws_route53_record', 'agents-us')['count']).toBeUndefined();
});

test('active-active goes to the nearest region on AWS alone, and evenly over several clouds', () => {
  expect(at(zoneOf(everything()).one('aws_route53_record', 'agents-asia'), 'weighted_routing_policy.weight')).toBe(100);
  const aws = deployment({
    regions: [`${US}, role: active`, `${WEST}, role: active`],
    kafka: true,
    more: ['dr: { mode: active-active }', 'dns: { zone: reviews.example.com, ttl: 20s }'],
  });
  const record = zoneOf(aws).one('aws_route53_record', 'agents-west');
  expect(at(record, 'latency_routing_policy.region')).toBe('us-west-2');
  expect(record['ttl']).toBe(20);
});

test('a region gets its own name once its load balancer is known, by address or by host name', () => {
  const record = zoneOf(standbys).one('aws_route53_record', 'region-eu');
  expect(record['count']).toBe(ref('(length(var.endpoint_eu) >= 1) ? 1 : 0'));
  expect(record['type']).toBe(ref('can(regex("^[0-9.]+$", var.endpoint_eu)) ? "A" : "CNAME"'));
});

test('without dns in the file nothing is made', () => {
  const stack = new TerraformStack(new App({ stackTraces: false }), 'reviews-global');
  awsGlobalDns(stack, active());
  expect(JSON.parse(Testing.synth(stack))['resource']).toBeUndefined();
});
