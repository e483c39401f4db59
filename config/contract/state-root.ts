import type { Cloud } from '../vocabulary.ts';
import { type NameParts, names } from './names.ts';

/** Where a region keeps its state: the root that Flink's configuration names and the identities are limited to. */
export interface StateRoot {
  /** URI as Flink's file systems spell it, without a trailing slash. */
  readonly uri: string;
  /** Bucket (S3, Cloud Storage) or storage account (Azure). */
  readonly bucket: string;
  /** Azure only: the blob container. */
  readonly container?: string;
  /** Object prefix without slashes at its ends. */
  readonly prefix: string;
}

export function stateRoot(cloud: Cloud, parts: NameParts): StateRoot {
  const prefix = names.statePrefix(parts);
  if (cloud === 'azure') {
    const bucket = names.storageAccount(parts);
    const container = names.stateContainer;
    return { uri: `abfss://${container}@${bucket}.dfs.core.windows.net/${prefix}`, bucket, container, prefix };
  }
  const bucket = names.stateBucket(parts);
  return { uri: `${cloud === 'aws' ? 's3' : 'gs'}://${bucket}/${prefix}`, bucket, prefix };
}

/** Directories under a state root. Checkpoints and savepoints of a job have one each, `state://checkpoints/JOB` to Flink. */
export const stateDirectories = (root: StateRoot) => ({
  checkpoints: `${root.uri}/checkpoints`,
  savepoints: `${root.uri}/savepoints`,
  highAvailability: `${root.uri}/ha`,
});
