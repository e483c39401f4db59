import { describe, expect, test } from 'vitest';
import { parseDeployment } from '../../../config/index.ts';
import { deploymentCost, renderCost } from '../../../ops/plan/cost.ts';
import { PRICE_LIST } from '../../../ops/plan/price-list.ts';
import { type Price, priceFileSchema, priceOf } from '../../../ops/plan/prices.ts';

const deployment = (...regions: string[]) =>
  parseDeployment(
    'headrace.yaml',
    [
      'version: 1',
      'name: reviews',
      'id: 5c1a9e',
      'agent: { entry: ./agent.ts }',
      'regions:',
      ...regions.map((region) => `  - { ${region} }`),
      'source: { kafka: { topic: reviews, bootstrap: managed } }',
      'sink: { kafka: { topic: ratings, bootstrap: managed } }',
      'secrets: [openai-key]',
    ].join('\n'),
  );
const US = 'name: us, cloud: aws, region: us-east-1, role: active';
const EU = 'name: eu, cloud: azure, region: westeurope, role: standby';

test('a region’s sum is that of its lines, each with its arithmetic', async () => {
  const [us] = await deploymentCost(deployment(US, EU), PRICE_LIST);
  const sum = us?.lines.reduce((total, { monthly }) => total + (monthly ?? 0), 0);
  expect(us?.monthly).toBeCloseTo(sum ?? 0);
  const nat = us?.lines.find(({ what }) => what === 'NAT gateways');
  expect(nat).toMatchObject({ count: 3, arithmetic: '3 x 0.045 x 730 h' });
  expect(nat?.monthly).toBeCloseTo(98.55);
  // As the stack makes them: twelve services in three zones, ten keys and the trail's.
  expect(us?.lines.find(({ what }) => what.startsWith('private endpoints'))?.count).toBe(36);
  expect(us?.lines.find(({ what }) => what.startsWith('keys'))?.count).toBe(11);
});

test('what has no price is told and not counted', async () => {
  const [, eu] = await deploymentCost(deployment(US, EU), PRICE_LIST);
  expect(eu?.lines.find(({ what }) => what.startsWith('flink nodes'))).toMatchObject({
    arithmetic: 'no price known here',
  });
  expect(eu?.notIncluded).toContain('flink nodes, Standard_D4ds_v5');
  expect(eu?.monthly).toBeCloseTo(73);
});

test('spot workers and managed Kafka are told apart', async () => {
  const [us] = await deploymentCost(deployment(`${US}, spot: true`, EU), PRICE_LIST);
  expect(us?.lines.some(({ what }) => what.startsWith('worker nodes'))).toBe(false);
  expect(us?.notIncluded.join()).toMatch(/spot prices.*MSK/);
});

test('says that it is an estimate, and where each price is from', async () => {
  const text = renderCost(await deploymentCost(deployment(US, EU), PRICE_LIST));
  expect(text).toContain('US dollars a month (estimate)');
  expect(text).toContain('AWS Network Firewall pricing: endpoint, 2025-06');
  expect(text).toContain('no taxes, discounts or free tiers');
});

describe('prices', () => {
  const row: Price = { cloud: 'aws', region: '*', item: 'key', usd: 2, asOf: '2026-01', source: 'contract' };

  test('on file are what a file of prices would have to be', () => {
    expect(priceFileSchema.parse({ prices: PRICE_LIST }).prices).toHaveLength(PRICE_LIST.length);
  });

  test('of a file win, and those of a region win over those for everywhere', () => {
    expect(priceOf([...PRICE_LIST, row], 'aws', 'us-east-1', 'key')?.usd).toBe(2);
    const there = { ...row, region: 'us-east-1', usd: 3 };
    expect(priceOf([there, row], 'aws', 'us-east-1', 'key')?.usd).toBe(3);
    expect(priceOf([there], 'aws', 'us-west-2', 'key')).toBeUndefined();
  });

  test.each([
    [{ prices: [{ ...row, usd: 0 }] }],
    [{ prices: [{ ...row, asOf: 'today' }] }],
    [{ prices: [{ ...row, item: 'nodes' }] }],
    [{ prices: [] }],
  ])('that are none are refused (%#)', (file) => {
    expect(priceFileSchema.safeParse(file).success).toBe(false);
  });
});
