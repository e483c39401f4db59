import { describe, expect, test } from 'vitest';
import { everything } from './deployments.ts';
import { at, ref, synthesize } from './synthesized.ts';

export type Field = readonly [type: string, name: string, path: string, value: unknown];
export interface Promised {
  readonly id: string;
  readonly promise: string;
  readonly fields: readonly Field[];
}

export const CLUSTER = 'google_container_cluster';
export const POOL = 'google_container_node_pool';
export const BUCKET = 'google_storage_bucket';
export const SUBNET = 'google_compute_subnetwork';
export const NAT = 'google_compute_router_nat';
export const KEY = 'google_kms_crypto_key';
export const pools = ['pool-system', 'pool-flink', 'pool-worker'];
export const keys = ['cluster', 'disks', 'state', 'secrets', 'registry', 'logs', 'backup', 'kafka'];
export const everyPool = (path: string, value: unknown): Field[] => pools.map((name) => [POOL, name, path, value]);
export const everyKey = (path: string, value: unknown): Field[] => keys.map((key) => [KEY, `key-${key}`, path, value]);
export const keyOf = (purpose: string) => ref(`${KEY}.key-${purpose}.id`);

/** One test a field, of a deployment with everything that the file can switch on. */
export function keeps(promises: readonly Promised[]): void {
  describe.each(promises)('$id: $promise', ({ fields }) => {
    test.each(fields)('%s.%s %s', (type, name, path, value) => {
      expect(at(synthesize(everything()).one(type, name), path)).toEqual(value);
    });
  });
}
