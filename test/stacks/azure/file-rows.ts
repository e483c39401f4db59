import { expect, it } from 'vitest';
import type { DeploymentModel } from '../../../config/index.ts';
import { at, synthesize } from './synthesized.ts';

/** What a setting of the file makes of an attribute, by the promise that it is about. */
export type FileRow = [id: string, meaning: string, resource: string, path: string, expected: unknown];

export const CLUSTER = 'kubernetes_cluster.cluster';

/** One test a row, on region eu of a deployment. */
export const check = (deployment: () => DeploymentModel, rows: FileRow[]) =>
  it.each(rows)('%s %s (%s %s)', (_id, _meaning, resource, path, expected) => {
    const dot = resource.indexOf('.');
    const found = synthesize(deployment()).one(resource.slice(0, dot), resource.slice(dot + 1));
    expect(at(found, path)).toEqual(expected);
  });
