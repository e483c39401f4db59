import { App, TerraformStack, Testing } from 'cdktf';
import { expect, test } from 'vitest';
import type { DeploymentModel } from '../../../config/index.ts';
import { gcpGlobalDns } from '../../../stacks/gcp/dns.ts';
import { AWS_US, AZURE_WEST, deployment, everything, GCP_ASIA, standby } from './deployments.ts';
import { at, type Json, lookups, ref } from './synthesized.ts';

function zoneOf(model: DeploymentModel) {
  const stack = new TerraformStack(new App({ stackTraces: false }), 'reviews-global');
  gcpGlobalDns(stack, model);
  const json = JSON.parse(Testing.synth(stack, true)) as Json;
  return { json, ...lookups(json) };
}

const dns = (...regions: string[]) =>
  deployment({ regions, more: ['dns: { zone: reviews.example.com, authority: gcp }'] });

test('the zone is public, signed and survives a destroy', () => {
  const zone = zoneOf(everything()).one('google_dns_managed_zone', 'zone');
  expect(zone['dns_name']).toBe('reviews.example.com.');
  expect(zone['visibility']).toBe('public');
  expect(at(zone, 'dnssec_config.state')).toBe('on');
  expect(zone['force_destroy']).toBe(false);
  expect(at(zone, 'lifecycle.prevent_destroy')).toBe(true);
});

test('the parent zone is told what to delegate to and what to sign', () => {
  const { json } = zoneOf(everything());
  expect(at(json, 'output.dns_name_servers.value')).toBe(ref('google_dns_managed_zone.zone.name_servers'));
  expect(at(json, 'output.dns_ds_record.value')).toBe(
    ref('data.google_dns_keys.zone-keys.key_signing_keys[0].ds_record'),
  );
});

test('the name of the agents is weighted over the regions and lives as long as the file says', () => {
  const agents = zoneOf(everything()).one('google_dns_record_set', 'agents');
  expect(agents['name']).toBe('agents.reviews.example.com.');
  expect(agents['type']).toBe('CNAME');
  expect(agents['ttl']).toBe(20);
  const regions = at(agents, 'routing_policy.wrr') as { rrdatas: string[] }[];
  expect(regions.map(({ rrdatas }) => rrdatas)).toEqual(
    ['asia', 'eu', 'us'].map((name) => [`${name}.agents.reviews.example.com.`]),
  );
});

test('a drained region has no weight; regions that are left share evenly when none of them has one', () => {
  const { json, one } = zoneOf(everything());
  const sum = ['asia', 'eu', 'us'].map((name) => `var.enabled_${name} ? var.weight_${name} : 0`).join(', ');
  const weights = at(one('google_dns_record_set', 'agents'), 'routing_policy.wrr') as { weight: string }[];
  for (const [i, name] of ['asia', 'eu', 'us'].entries()) {
    expect(weights[i]?.weight).toBe(
      ref(`(var.enabled_${name} && (signum(sum([${sum}])) < 1)) ? 1 : var.enabled_${name} ? var.weight_${name} : 0`),
    );
    expect(at(json, `variable.enabled_${name}`)).toMatchObject({ type: 'bool', default: true });
  }
});

test.each([
  ['active-standby', standbyZone(), { us: 1, west: 0, asia: 0 }],
  ['active-active', zoneOf(everything()), { asia: 1, eu: 1, us: 1 }],
])('%s: traffic starts in the active regions', (_, { json }, weights) => {
  for (const [name, weight] of Object.entries(weights))
    expect(at(json, `variable.weight_${name}.default`)).toBe(weight);
});

function standbyZone() {
  return zoneOf(dns(`${AWS_US}, role: active`, `${AZURE_WEST}, role: standby`, `${GCP_ASIA}, role: standby`));
}

test('a region gets its own name once its load balancer is known, by address or by host name', () => {
  const record = standbyZone().one('google_dns_record_set', 'agents-us');
  expect(record['name']).toBe('us.agents.reviews.example.com.');
  expect(record['count']).toBe(ref('(length(var.endpoint_us) >= 1) ? 1 : 0'));
  expect(record['type']).toBe(ref('can(regex("^[0-9.]+$", var.endpoint_us)) ? "A" : "CNAME"'));
});

test('without dns in the file nothing is made', () => {
  const stack = new TerraformStack(new App({ stackTraces: false }), 'reviews-global');
  gcpGlobalDns(stack, standby());
  expect(JSON.parse(Testing.synth(stack))['resource']).toBeUndefined();
});

test('the zone lives in the project of the first Google region', () => {
  expect(at(zoneOf(everything()).json, 'provider.google.project')).toBe('streams-prod');
  expect(at(standbyZone().json, 'provider.google.project')).toBeUndefined();
});
