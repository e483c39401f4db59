import { join } from 'node:path';
import type { ImageName } from '../../config/index.ts';
import type { Component } from './bom/component.ts';
import { debianComponents, STATUS_FILES } from './bom/debian.ts';
import { jarComponents } from './bom/jars.ts';
import { nodeComponent, npmComponents } from './bom/packages.ts';
import type { ImageContext } from './build.ts';
import type { Builder } from './builder.ts';

/** Images whose content is told by others: nearly all of it is in the image that they stand on. */
export type ListedImage = Exclude<ImageName, 'opensearch'>;
export const isListed = (image: ImageName): image is ListedImage => image !== 'opensearch';

/** All that an image holds: what its context brought, and Debian's packages as the image itself lists them. */
export async function materials(
  image: ListedImage,
  context: ImageContext,
  builder: Builder,
  reference: string,
): Promise<Component[]> {
  const at = (...path: string[]) => join(context.directory, ...path);
  const debian = debianComponents(await builder.read(reference, STATUS_FILES[image]));
  if (image === 'flink') {
    return [
      ...debian,
      ...jarComponents(at('flink'), '/opt/flink'),
      ...jarComponents(at('plugins'), '/opt/flink/plugins'),
      ...jarComponents(at('usrlib'), '/opt/flink/usrlib'),
      ...jarComponents(at('headrace'), '/opt/headrace'),
    ];
  }
  if (image === 'egress-proxy') return debian;
  const { runtime, agent } = context.packages ?? { runtime: [], agent: [] };
  return [
    ...debian,
    nodeComponent(at('node/bin/node')),
    ...npmComponents(runtime, '/opt/headrace'),
    ...npmComponents(agent, '/opt/agent'),
    ...jarComponents(at('headrace/runtime'), '/opt/headrace/runtime'),
  ];
}
