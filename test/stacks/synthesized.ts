import { App, type TerraformStack, Testing } from 'cdktf';
import type { DeploymentModel, RegionContract, RegionModel } from '../../config/index.ts';

export type Json = Record<string, unknown>;

/** A synthesized stack as Terraform reads it, with look-ups by type. */
export interface Synthesized {
  readonly json: Json;
  readonly stack: TerraformStack & { readonly contract: RegionContract };
  /** Resources of a type by their Terraform name. @throws when there is none. */
  all(type: string): Record<string, Json>;
  /** The resource of a type and name. @throws when there is none. */
  one(type: string, name: string): Json;
  /** Types that are present. */
  readonly types: readonly string[];
}

type RegionStack = new (scope: App, deployment: DeploymentModel, region: RegionModel) => Synthesized['stack'];

/** Synthesizes one region of a cloud in memory, once for equal deployments. */
export function synthesizer(Stack: RegionStack, defaultRegion: string) {
  const made = new Map<string, Synthesized>();
  return (deployment: DeploymentModel, regionName = defaultRegion): Synthesized => {
    const key = JSON.stringify([deployment, regionName]);
    const before = made.get(key);
    if (before) return before;
    const region = deployment.regions.find((one) => one.name === regionName);
    if (!region) throw new Error(`no region ${regionName}`);
    const stack = new Stack(new App({ stackTraces: false }), deployment, region);
    const json = JSON.parse(Testing.synth(stack, true)) as Json;
    const result = { json, stack, ...lookups(json) };
    made.set(key, result);
    return result;
  };
}

export function lookups(json: Json) {
  const resources = json['resource'] as Record<string, Record<string, Json>>;
  const all = (type: string) => {
    const found = resources[type];
    if (!found) throw new Error(`no ${type} in the stack`);
    return found;
  };
  const one = (type: string, name: string) => {
    const found = all(type)[name];
    if (!found) throw new Error(`no ${type}.${name}; there is ${Object.keys(all(type)).join(', ')}`);
    return found;
  };
  return { all, one, types: Object.keys(resources) };
}

/** The value at a path such as `node_config.spot`; single blocks are lists of one in some places and maps in others. */
export function at(resource: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => {
    const single = Array.isArray(value) && value.length === 1 && !/^\d+$/.test(key) ? value[0] : value;
    return (single as Record<string, unknown> | undefined)?.[key];
  }, resource);
}

/** A Terraform expression as the synthesized JSON spells it. */
export const ref = (expression: string) => `\${${expression}}`;
