import { Fn, type IResolvable, Op, type TerraformStack, TerraformVariable } from 'cdktf';
import type { RegionModel } from '../../config/index.ts';
import { Route53HealthCheck } from './provider.ts';

/** Whether each region takes traffic, by its name. */
export type Enabled = ReadonlyMap<string, IResolvable>;

/** Name of one region's agents. */
export const regionHost = (region: Pick<RegionModel, 'name'>, zone: string) => `${region.name}.${zone}`;

/** End of the names of a region's variables. */
export const variable = (region: Pick<RegionModel, 'name'>) => region.name.replaceAll('-', '_');

/** Variables by which an operator drains regions. */
export const enabledRegions = (stack: TerraformStack, regions: readonly RegionModel[]): Enabled =>
  new Map(
    regions.map((region) => {
      const enabled = new TerraformVariable(stack, `enabled_${variable(region)}`, {
        type: 'bool',
        default: true,
        description: `Whether ${region.name} takes traffic; false drains it.`,
      });
      return [region.name, enabled.booleanValue];
    }),
  );

/** What tells whether a region is well. */
export function healthCheck(
  stack: TerraformStack,
  region: RegionModel,
  zone: string,
  enabled: Enabled,
): Route53HealthCheck {
  const drained = Op.not(enabled.get(region.name));
  const others = [...enabled].flatMap(([name, value]) => (name === region.name ? [] : [value]));
  return new Route53HealthCheck(stack, `health-${region.name}`, {
    type: 'HTTPS',
    fqdn: regionHost(region, zone),
    port: 443,
    resourcePath: '/healthz',
    failureThreshold: 3,
    requestInterval: 10,
    measureLatency: true,
    // A check that is off counts as well, so that of a drained region is turned over too (Amazon Route 53, "Disabled").
    // The only region that is left is not asked: a private load balancer would never be well, and no other takes over.
    disabled: others.length === 0 ? drained : Op.or(drained, Op.not(Fn.anytrue(others))),
    invertHealthcheck: drained,
    tags: { Name: regionHost(region, zone) },
  });
}
