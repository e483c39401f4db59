import { VERSIONS } from '../versions.ts';
import { names } from './names.ts';

/** The images that Headrace's own programs are in. */
export const IMAGE_NAMES = ['flink', 'worker'] as const;
export type ImageName = (typeof IMAGE_NAMES)[number];

/** Tag of an image where neither the deployment file nor a command line gives one. */
export const defaultImageTag = (image: ImageName) =>
  image === 'flink' ? `${VERSIONS.flink}-${VERSIONS.headrace}` : VERSIONS.headrace;

/** The image as builders and charts call it. @param registry host and path; without it, the bare repository. */
export const imageReference = (image: ImageName, registry: string | undefined, tag: string | undefined) =>
  `${registry === undefined ? '' : `${registry}/`}${names.images[image]}:${tag ?? defaultImageTag(image)}`;
