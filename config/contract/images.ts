import { VERSIONS } from '../versions.ts';
import { names } from './names.ts';

export type ImageName = keyof typeof names.images;
export const IMAGE_NAMES = Object.keys(names.images) as ImageName[];

/** Tag of an image where neither the deployment file nor a command line gives one. */
export const defaultImageTag = (image: ImageName) =>
  image === 'flink' ? `${VERSIONS.flink}-${VERSIONS.headrace}` : VERSIONS.headrace;

/** The image as builders and charts call it. @param registry host and path; without it, the bare repository. */
export const imageReference = (image: ImageName, registry: string | undefined, tag: string | undefined) =>
  `${registry === undefined ? '' : `${registry}/`}${names.images[image]}:${tag ?? defaultImageTag(image)}`;
