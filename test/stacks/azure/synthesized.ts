import { App, Testing } from 'cdktf';
import type { DeploymentModel } from '../../../config/index.ts';
import { AzureRegionStack } from '../../../stacks/azure/region-stack.ts';

export type Json = Record<string, unknown>;

/** A synthesized stack as Terraform reads it, with look-ups by type. */
export interface Synthesized {
  readonly json: Json;
  readonly stack: AzureRegionStack;
  /** Resources of a type by their Terraform name; none where the type is absent. */
  all(type: string): Record<string, Json>;
  /** The resource of a type and name. @throws when there is none. */
  one(type: string, name: string): Json;
}

const made = new Map<string, Synthesized>();

/** Synthesizes one region in memory, once for equal deployments. */
export function synthesize(deployment: DeploymentModel, regionName = 'eu'): Synthesized {
  const key = JSON.stringify([deployment, regionName]);
  const before = made.get(key);
  if (before) return before;
  const region = deployment.regions.find((one) => one.name === regionName);
  if (!region) throw new Error(`no region ${regionName}`);
  const stack = new AzureRegionStack(new App({ stackTraces: false }), deployment, region);
  const json = JSON.parse(Testing.synth(stack, true)) as Json;
  const result = { json, stack, ...lookups(json) };
  made.set(key, result);
  return result;
}

/** Look-ups by type without its `azurerm_`. */
export function lookups(json: Json) {
  const resources = json['resource'] as Record<string, Record<string, Json>>;
  const all = (type: string) => resources[`azurerm_${type}`] ?? {};
  const one = (type: string, name: string) => {
    const found = all(type)[name];
    if (!found) throw new Error(`no ${type}.${name}; there is ${Object.keys(all(type)).join(', ')}`);
    return found;
  };
  return { all, one };
}

/** The value at a path such as `network_rules.default_action`; a list of one block is looked through. */
export function at(resource: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => {
    const single = Array.isArray(value) && value.length === 1 && !/^\d+$/.test(key) ? value[0] : value;
    return (single as Json | undefined)?.[key];
  }, resource);
}

/** A Terraform expression as the synthesized JSON spells it. */
export const ref = (expression: string) => `\${${expression}}`;
