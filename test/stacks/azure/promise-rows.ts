import { expect, it } from 'vitest';
import type { DeploymentModel } from '../../../config/index.ts';
import { at, synthesize } from './synthesized.ts';

/** A promise of the checklist, the attribute that keeps it, and its value. */
export type PromiseRow = [id: string, promise: string, resource: string, path: string, expected: unknown];

export const CLUSTER = 'kubernetes_cluster.cluster';
export const STATE = 'storage_account.state';

/** One test a promise, on region eu of a deployment. */
export const check = (deployment: () => DeploymentModel, rows: PromiseRow[]) =>
  it.each(rows)('%s %s (%s %s)', (_id, _promise, resource, path, expected) => {
    const dot = resource.indexOf('.');
    const found = synthesize(deployment()).one(resource.slice(0, dot), resource.slice(dot + 1));
    expect(at(found, path)).toEqual(expected);
  });
