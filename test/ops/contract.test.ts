// Stacks and charts are made apart; this check compares what they really made.
import { describe, expect, it } from 'vitest';
import { renderManifests } from '../../charts/index.ts';
import type { RegionContract } from '../../config/index.ts';
import { contractViolations } from '../../ops/synth/contract.ts';
import { buildApp } from '../../stacks/app.ts';
import { inputs, THREE_REGIONS } from '../charts/inputs.ts';

const regions = inputs(THREE_REGIONS);
const { contracts } = await buildApp(regions[0]?.deployment as never, '/tmp/headrace-contract-unused');
const pairs = regions.map(
  (input, i) => [input.region.name, contracts[i] as RegionContract, renderManifests(input)] as const,
);

const changed = (files: ReadonlyMap<string, string>, from: string, to: string) => {
  const found = [...files.values()].some((text) => text.includes(from));
  if (!found) throw new Error(`no manifest contains ${from}`);
  return new Map([...files].map(([name, text]) => [name, text.replaceAll(from, to)]));
};

describe('the contract between stack and charts', () => {
  it.each(pairs)('holds in region %s', (_, contract, files) => {
    expect(contractViolations(contract, files)).toEqual([]);
  });

  it.each(pairs)('of region %s is broken by a service account of another name', (region, contract, files) => {
    expect(contractViolations(contract, changed(files, `worker-${region}`, 'somebody'))).toEqual([
      expect.stringContaining(`system:serviceaccount:reviews:worker-${region}, which no chart makes`),
    ]);
  });

  it.each(pairs)('of region %s is broken by another namespace', (_, contract, files) => {
    expect(contractViolations(contract, changed(files, 'namespace: reviews', 'namespace: others'))).toHaveLength(3);
  });

  it.each(pairs)('of region %s is broken by state outside of the root', (_, contract, files) => {
    const elsewhere = changed(
      files,
      `headrace.state.root: "${contract.stateRoot}"`,
      'headrace.state.root: "s3://elsewhere"',
    );
    expect(contractViolations(contract, elsewhere)).toEqual([
      expect.stringContaining("Flink's headrace.state.root is s3://elsewhere"),
    ]);
  });

  it.each(pairs)('of region %s is broken by checkpoints that are bound to it', (_, contract, files) => {
    const bound = changed(files, 'state://checkpoints', `${contract.stateRoot}/checkpoints`);
    expect(contractViolations(contract, bound)).toEqual([expect.stringContaining('it must be under state://')]);
  });

  it.each(pairs)('of region %s is broken by a secret of another name', (region, contract, files) => {
    const found = contractViolations(contract, changed(files, `reviews-${region}-openai-key`, 'another-key'));
    expect(found).toEqual([
      expect.stringContaining('mount the secret another-key'),
      expect.stringContaining(`makes the secret reviews-${region}-openai-key`),
    ]);
  });
});
