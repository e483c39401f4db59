import {
  type DeploymentModel,
  defaultImageTag,
  type ImageName,
  imageReference,
  type RegionOutputs,
} from '../../config/index.ts';

import { imagesError } from './errors.ts';

interface Deployed {
  readonly deployment: DeploymentModel;
}

export interface ReferenceOptions {
  readonly registry?: string | undefined;
  readonly tag?: string | undefined;
  /** Outputs by stack id. */
  readonly outputs?: Readonly<Record<string, Partial<RegionOutputs>>> | undefined;
}

const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const REGISTRY = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/;

/**
 * Registries that an image goes to: the one of the command line, the one of the deployment file, or the regions' own.
 * @throws CommandError HR-IMAGES-007 for what is no host and path.
 */
export function registries({ deployment }: Deployed, { registry, outputs = {} }: ReferenceOptions): string[] {
  const one = registry ?? deployment.images.registry;
  const own = deployment.regions.map((region) => outputs[`${deployment.name}-${region.name}`]?.registry);
  const all = one === undefined ? [...new Set(own.filter((found) => found !== undefined))] : [one];
  for (const found of all) {
    if (!REGISTRY.test(found))
      throw imagesError(
        'HR-IMAGES-007',
        '--registry',
        `"${found}" is no registry`,
        'write host and path, such as registry.example.com/team, without https:// and in lower case',
      );
  }
  return all;
}

/** Every name of an image: one a registry, or one of this machine where there is none. */
export function imageReferences(image: ImageName, open: Deployed, options: ReferenceOptions): string[] {
  const tag = tagOf(image, open, options);
  const all = registries(open, options);
  return (all.length ? all : [undefined]).map((registry) => imageReference(image, registry, tag));
}

/** @throws CommandError HR-IMAGES-007 for what is no tag. */
export function tagOf(image: ImageName, { deployment }: Deployed, { tag }: ReferenceOptions): string {
  const found = tag ?? deployment.images.tag ?? defaultImageTag(image);
  if (TAG.test(found)) return found;
  throw imagesError('HR-IMAGES-007', '--tag', `"${found}" is no tag`, 'letters, digits, _, . and -, at most 128');
}
