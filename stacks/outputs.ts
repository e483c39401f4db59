import { TerraformOutput, type TerraformStack } from 'cdktf';
import { names, type RegionContract, type RegionModel, type RegionOutputs } from '../config/index.ts';

/** Values of a region's outputs: strings, tokens, or maps of them. */
export type RegionOutputValues = { readonly [K in keyof RegionOutputs]: string | Readonly<Record<string, string>> };

/** Declares every output that the charts consume, under the names that they expect. */
export function declareOutputs(stack: TerraformStack, values: RegionOutputValues): void {
  for (const [name, value] of Object.entries(values)) {
    const output = new TerraformOutput(stack, name, { value });
    // Outputs keep their name in `cdktf output` and for the charts, whatever scope declares them.
    output.overrideLogicalId(name);
  }
}

/** What every cloud's stack of a region promises to its charts. @param secretNames entries that the stack made. */
export const regionContract = (region: RegionModel, secretNames: Readonly<Record<string, string>>): RegionContract => ({
  region: region.name,
  namespace: names.namespace(region.parts),
  subjects: {
    flink: names.subject(region.parts, 'flink'),
    worker: names.subject(region.parts, 'worker'),
    replicator: names.subject(region.parts, 'replicator'),
  },
  stateRoot: region.stateRoot.uri,
  secretNames,
});
