// Who writes the lease, and where.
import { expect, test } from 'vitest';
import {
  leaseKeeper,
  leasePeers,
  leasePrefix,
  leaseWriters,
  parseDeployment,
  replicatorNeedsLease,
} from '../../../config/index.ts';

const deployment = (regions: readonly string[], dr = '') =>
  parseDeployment(
    'headrace.yaml',
    [
      'version: 1',
      'name: reviews',
      'agent: { entry: ./agent.ts, parallelism: 1 }',
      'regions:',
      ...regions.map((region) => `  - { ${region} }`),
      'source: { file: { path: ./in.tsv, format: tsv, columns: [id] } }',
      'sink: { file: { path: ./out } }',
      dr,
    ].join('\n'),
  );
const US = 'name: us, cloud: aws, region: us-east-1';
const EU = 'name: eu, cloud: azure, region: westeurope';
const ASIA = 'name: asia, cloud: gcp, region: asia-southeast1';
const three = (dr?: string) =>
  deployment([`${US}, role: active`, `${EU}, role: standby`, `${ASIA}, role: standby`], dr);
const named = (regions: readonly { name: string }[]) => regions.map(({ name }) => name);

test('flink and the replicator of every region write it, active or standby', () => {
  expect(leaseWriters(three()).map(({ region, workload }) => `${region.name}/${workload}`)).toEqual([
    'us/flink',
    'us/replicator',
    'eu/flink',
    'eu/replicator',
    'asia/flink',
    'asia/replicator',
  ]);
});

test.each([
  ['the last standby', '', 'asia', ['us', 'eu']],
  ['the region that the file names', 'dr: { lease: { region: us } }', 'us', ['eu', 'asia']],
])('it is kept by %s, and all others come there', (_, dr, keeper, peers) => {
  const model = three(dr);
  expect(leaseKeeper(model)?.name).toBe(keeper);
  for (const region of model.regions) {
    expect(named(leasePeers(model, region)), region.name).toEqual(region.name === keeper ? peers : []);
  }
});

test('a region alone has no lease', () => {
  const model = deployment([`${US}, role: active`], 'dr: { mode: none }');
  expect(leaseWriters(model)).toEqual([]);
  expect(leaseKeeper(model)).toBeUndefined();
});

test('only a keeper that copies nothing has a replicator without a right to its state', () => {
  const needing = (dr: string) => {
    const model = three(dr);
    return named(model.regions.filter((region) => replicatorNeedsLease(model, region)));
  };
  expect(needing('dr: { lease: { region: us } }')).toEqual(['us']);
  expect(needing('dr: { lease: { region: eu } }')).toEqual([]);
});

test('leases lie below the deployment’s own prefix', () => {
  expect(leasePrefix({ deployment: 'reviews' })).toBe('reviews/leases/');
});
