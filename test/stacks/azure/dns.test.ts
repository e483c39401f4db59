import { App, TerraformStack, Testing } from 'cdktf';
import { describe, expect, it } from 'vitest';
import type { DeploymentModel } from '../../../config/index.ts';
import { azureGlobalDns, priorities } from '../../../stacks/azure/dns.ts';
import { AWS_US, AZURE_EU, deployment, everything, GCP_ASIA } from './deployments.ts';
import { at, type Json, lookups, ref } from './synthesized.ts';

function global(model: DeploymentModel) {
  const stack = new TerraformStack(new App({ stackTraces: false }), 'global');
  azureGlobalDns(stack, model);
  const json = JSON.parse(Testing.synth(stack, true)) as Json;
  return { json, ...lookups(json) };
}

const failover = () =>
  deployment({
    regions: [`${GCP_ASIA}, role: standby`, `${AWS_US}, role: active`, `${AZURE_EU}, role: standby`],
    more: ['dns: { zone: reviews.example.com, authority: azure }'],
  });

describe('D1 D2 the global names', () => {
  it('fail over by priority, the active region first', () => {
    const { one } = global(failover());
    expect(one('traffic_manager_profile', 'profile')).toMatchObject({ traffic_routing_method: 'Priority' });
    const order = ['us', 'asia', 'eu'].map(
      (name) => one('traffic_manager_external_endpoint', `endpoint-${name}`)['priority'],
    );
    expect(order).toEqual([1, 2, 3]);
    expect([...priorities(failover().regions)]).toEqual([
      ['us', 1],
      ['asia', 2],
      ['eu', 3],
    ]);
  });

  it('go to the nearest of several active regions', () => {
    const { one } = global(everything());
    expect(one('traffic_manager_profile', 'profile')['traffic_routing_method']).toBe('Performance');
    expect(one('traffic_manager_external_endpoint', 'endpoint-us')).toMatchObject({
      target: 'us.reviews.example.com',
      endpoint_location: 'eastus',
    });
  });

  it('are checked over HTTPS every ten seconds', () => {
    expect(at(global(failover()).one('traffic_manager_profile', 'profile'), 'monitor_config')).toMatchObject({
      protocol: 'HTTPS',
      port: 443,
      interval_in_seconds: 10,
      tolerated_number_of_failures: 3,
    });
  });

  it.each([
    ['the default', failover, 30],
    ['the file’s', everything, 20],
  ])('live as long as %s says', (_name, model, ttl) => {
    const { one } = global(model());
    expect(at(one('traffic_manager_profile', 'profile'), 'dns_config.ttl')).toBe(ttl);
    expect(one('dns_cname_record', 'agents')).toMatchObject({
      name: 'agents',
      ttl,
      target_resource_id: ref('azurerm_traffic_manager_profile.profile.id'),
    });
  });

  it('let an operator drain a region', () => {
    const { json, one } = global(failover());
    expect(one('traffic_manager_external_endpoint', 'endpoint-us')['enabled']).toBe(ref('var.enabled_us'));
    expect(at(json, 'variable.enabled_us')).toMatchObject({ type: 'bool', default: true });
  });

  it('take an address or a host name for a region, and neither before it exists', () => {
    const { one } = global(failover());
    expect(one('dns_a_record', 'address-eu')).toMatchObject({
      name: 'eu',
      records: [ref('var.endpoint_eu')],
      count: ref('can(regex("^[0-9.]+$", var.endpoint_eu)) ? 1 : 0'),
    });
    expect(one('dns_cname_record', 'host-eu')['count']).toBe(
      ref('(!can(regex("^[0-9.]+$", var.endpoint_eu)) && (length(var.endpoint_eu) >= 1)) ? 1 : 0'),
    );
  });

  it('lie where Azure has a region, also for a deployment that has none there', () => {
    const none = deployment({
      regions: [`${AWS_US}, role: active`, `${GCP_ASIA}, role: standby`],
      more: ['dns: { zone: reviews.example.com, authority: azure }'],
    });
    expect(global(none).one('resource_group', 'group')['location']).toBe('eastus');
    expect(global(failover()).one('resource_group', 'group')['location']).toBe('westeurope');
  });

  it('are locked with everything else', () => {
    expect(global(failover()).one('management_lock', 'lock-zone')['scope']).toBe(ref('azurerm_dns_zone.zone.id'));
  });

  it('are nothing where the file names no zone', () => {
    const stack = new TerraformStack(new App({ stackTraces: false }), 'global');
    azureGlobalDns(stack, deployment({ regions: [`${AZURE_EU}, role: active`], more: ['dr: { mode: none }'] }));
    expect(JSON.parse(Testing.synth(stack))['resource']).toBeUndefined();
  });
});
