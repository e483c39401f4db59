import { describe, expect, test } from 'vitest';
import { parseDeployment } from '../../../config/index.ts';
import { deploymentGraph } from '../../../ops/plan/graph.ts';

const deployment = (regions: readonly string[], more: readonly string[] = []) =>
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
      'network: { egress: [api.example.org] }',
      ...more,
    ].join('\n'),
  );
const US = 'name: us, cloud: aws, region: us-east-1, role: active';
const EU = 'name: eu, cloud: azure, region: westeurope, role: standby';
const ASIA = 'name: asia, cloud: gcp, region: asia-southeast1, role: standby';
const count = (svg: string, text: string) => svg.split(text).length - 1;

test('every region is a card with its network, cluster, pools and store', () => {
  const svg = deploymentGraph(deployment([US, EU, ASIA]));
  for (const text of ['EKS 1.34', 'AKS 1.34', 'GKE 1.34', 'Network 10.16.0.0/16', '3-6 x m7i.xlarge', 'S3 state']) {
    expect(svg).toContain(`>${text}<`);
  }
  expect(count(svg, 'class="card ')).toBe(3);
  expect(svg).toContain('Leaves the networks: api.example.org');
});

test('restore points go from the active region to each standby', () => {
  const svg = deploymentGraph(deployment([US, EU, ASIA]));
  expect(count(svg, 'url(#head-copy)')).toBe(2);
  const both = deploymentGraph(deployment([US, EU.replace('standby', 'active')], ['dr: { mode: active-active }']));
  expect(count(both, 'url(#head-copy)')).toBe(2);
  expect(deploymentGraph(deployment([US], ['dr: { mode: none }']))).not.toContain('url(#head-copy)');
});

test('names lead to the regions where there are names', () => {
  expect(deploymentGraph(deployment([US, EU]))).not.toContain('url(#head-name)');
  const svg = deploymentGraph(deployment([US, EU], ['dns: { zone: reviews.example.com }']));
  expect(count(svg, 'url(#head-name)')).toBe(2);
  expect(svg).toContain('agents.reviews.example.com');
});

describe('the picture', () => {
  test('is the same each time and asks nothing of the network', () => {
    const svg = deploymentGraph(deployment([US, EU]));
    expect(deploymentGraph(deployment([US, EU]))).toBe(svg);
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|url\((?!#)/);
  });

  test('holds nine regions, each inside of it and apart from the others', () => {
    const svg = deploymentGraph(
      deployment([
        US,
        ...Array.from({ length: 8 }, (_, i) => `name: r${i}, cloud: gcp, region: us-central1, role: standby`),
      ]),
    );
    const [, width, height] = /width="(\d+)" height="(\d+)" role/.exec(svg) ?? [];
    const cards = [...svg.matchAll(/class="card \w+" x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"/g)].map(
      (one) => one.slice(1).map(Number) as [number, number, number, number],
    );
    expect(cards).toHaveLength(9);
    for (const [x, y, w, h] of cards) {
      expect(x + w).toBeLessThan(Number(width));
      expect(y + h).toBeLessThan(Number(height));
    }
    expect(new Set(cards.map(([x, y]) => `${x}/${y}`)).size).toBe(9);
  });
});
