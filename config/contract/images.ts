import { VERSIONS } from '../versions.ts';
import { names } from './names.ts';

/** The images that Headrace's own programs are in: every deployment runs them. */
export const OWN_IMAGES = ['flink', 'worker'] as const;
/** Images of what only some deployments run. */
export const ADD_ON_IMAGES = ['egress-proxy', 'opensearch'] as const;
export const IMAGE_NAMES = [...OWN_IMAGES, ...ADD_ON_IMAGES] as const;
export type ImageName = (typeof IMAGE_NAMES)[number];

const REPOSITORIES: Readonly<Record<ImageName, string>> = {
  flink: names.images.flink,
  worker: names.images.worker,
  'egress-proxy': names.images.egressProxy,
  opensearch: names.images.opensearch,
};

/** Tag of an image where neither the deployment file nor a command line gives one. */
export const defaultImageTag = (image: ImageName) =>
  image === 'flink' ? `${VERSIONS.flink}-${VERSIONS.headrace}` : VERSIONS.headrace;

/** The image as builders and charts call it. @param registry host and path; without it, the bare repository. */
export const imageReference = (image: ImageName, registry: string | undefined, tag: string | undefined) =>
  `${registry === undefined ? '' : `${registry}/`}${REPOSITORIES[image]}:${tag ?? defaultImageTag(image)}`;
