import { join } from 'node:path';
import {
  type ChartInput,
  PENDING,
  pendingOutputs,
  releaseName,
  renderHelmCharts,
  renderManifests,
} from '../../charts/index.ts';
import { names } from '../../config/index.ts';
import { CommandError } from '../errors.ts';
import { writeFiles } from '../synth/replace.ts';
import { objectsOf } from './changes.ts';
import type { Helm } from './helm.ts';
import type { KubeObject } from './requirements.ts';
import { DEPLOYMENT_LABEL, REGION_LABEL } from './target.ts';
import { CHARTS, type ChartName, type UserValues, userValues } from './values.ts';

/** A chart as it is about to be installed. */
export interface PreparedChart {
  readonly chart: ChartName;
  readonly release: string;
  /** Folder of the chart in the work directory. */
  readonly folder: string;
  readonly values: readonly string[];
  /** What Helm makes of it, without hooks. */
  readonly manifest: string;
  /** The same with hooks. */
  readonly objects: readonly KubeObject[];
}

/** Writes the charts of a deployment and has Helm render them with a region's values. */
export async function prepareCharts(
  directory: string,
  inputs: readonly ChartInput[],
  region: string,
  user: UserValues,
  only: readonly ChartName[],
  { helm, kubernetes }: { helm: Helm; kubernetes: string },
): Promise<PreparedChart[]> {
  const [input] = inputs.filter((one) => one.region.name === region);
  if (!input) throw new Error(`no region ${region}`);
  writeFiles(directory, renderHelmCharts(inputs));
  const prepared: PreparedChart[] = [];
  for (const chart of CHARTS.filter((name) => only.includes(name))) {
    const folder = join(directory, chart);
    const release = releaseName(input.deployment.name, chart);
    const values = ['--values', join(folder, 'values', `${region}.yaml`), ...userValues(chart, user)];
    const request = { release, chart: folder, values };
    const manifest = await helm.template(request, kubernetes);
    const objects = objectsOf(await helm.template(request, kubernetes, true));
    assertNothingPending(input, chart, objects);
    prepared.push({ chart, release, folder, values, manifest, objects });
  }
  return prepared;
}

/**
 * What only a deployment of the region's stack knows must be known by now.
 * @throws CommandError HR-INSTALL-003 with every object that waits for something.
 */
function assertNothingPending(input: ChartInput, chart: ChartName, objects: readonly KubeObject[]): void {
  const waiting = objects.filter((object) => JSON.stringify(object).includes(PENDING));
  // An image without a registry is one that no node finds, unless its name was given.
  const bare = Object.values(names.images).filter((image) =>
    objects.some((object) => JSON.stringify(object).includes(`"image":"${image}:`)),
  );
  if (waiting.length === 0 && bare.length === 0) return;
  const outputs = pendingOutputs(input);
  const places = [
    ...waiting.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    ...bare.map((image) => `image ${image}`),
  ];
  throw new CommandError(
    'HR-INSTALL-003',
    `${chart}, region ${input.region.name}`,
    `values are known only after a deployment of the region's stack${outputs.length ? ` (${outputs.join(', ')})` : ''}: ${places.join(', ')}`,
    {
      mend:
        bare.length && !waiting.length
          ? 'name images.registry in the file, or --set image.repository, or give --outputs FILE'
          : 'deploy the stack, then: npx cdktf output --outputs-file outputs.json, and give --outputs outputs.json',
    },
  );
}

/** What is there before the charts, with the labels that tell whose namespace it is. */
export function platformObjects(input: ChartInput, namespace: string): KubeObject[] {
  const files = [...renderManifests({ ...input, namespace })].filter(([path]) => path.startsWith('platform/'));
  const objects = files.flatMap(([, text]) => objectsOf(text));
  const own = { [DEPLOYMENT_LABEL]: input.deployment.name, [REGION_LABEL]: input.region.name };
  const labelled = objects.map((object) =>
    object.kind === 'Namespace' && object.metadata.name === namespace
      ? { ...object, metadata: { ...object.metadata, labels: { ...(object.metadata['labels'] as object), ...own } } }
      : object,
  );
  // Namespaces first: the others live in them.
  return labelled.sort((a, b) => Number(b.kind === 'Namespace') - Number(a.kind === 'Namespace'));
}
