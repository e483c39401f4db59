import { type ChartInput, releaseName, renderManifests } from '../../charts/index.ts';
import { names } from '../../config/index.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { Helm, lastLines } from '../install/helm.ts';
import { findTool } from '../install/tool.ts';
import { CHARTS } from '../install/values.ts';
import { type Facts, factsOf } from './facts.ts';

/** What the file makes of a region. */
export const describedFacts = (input: ChartInput): Facts => factsOf([...renderManifests(input).values()], input.region);

/**
 * What is installed in a region's cluster, by Helm's own records.
 * @throws CommandError HR-PARITY-002 where a chart is not installed.
 */
export async function installedFacts(input: ChartInput, context: string): Promise<Facts> {
  const helm = new Helm(findTool('helm'), { context }, names.namespace(input.region.parts));
  const manifests: string[] = [];
  for (const chart of CHARTS) {
    const release = releaseName(input.deployment.name, chart);
    const { code, stdout, stderr } = await helm.run(['get', 'manifest', release]);
    if (code !== 0)
      throw new CommandError('HR-PARITY-002', `release ${release}, context ${context}`, lastLines(stderr), {
        exitCode: EXIT.failed,
        mend: `headrace install --region ${input.region.name}, or leave out --context to compare what the file says`,
      });
    manifests.push(stdout);
  }
  return factsOf(manifests, input.region);
}
