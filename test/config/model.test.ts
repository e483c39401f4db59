import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  bareHost,
  CLOUDS,
  editorSchema,
  egressRules,
  formatDuration,
  names,
  nearest,
  overlaps,
  parseBytes,
  parseCidr,
  parseDeployment,
  parseDuration,
  SIZES,
  sizing,
  stateRoot,
  subnet,
  taskManagers,
} from '../../config/index.ts';

const LONGEST = { deployment: 'a-deployment-of-name', id: 'abc123', region: 'region-name1' };

describe('names', () => {
  it('fit what each cloud allows, also for the longest deployment and region', () => {
    expect(LONGEST.deployment).toHaveLength(20);
    expect(LONGEST.region).toHaveLength(12);
    expect(names.region(LONGEST).length).toBeLessThanOrEqual(33);
    expect(names.storageAccount(LONGEST)).toMatch(/^[a-z0-9]{3,24}$/);
    expect(names.keyVault(LONGEST)).toMatch(/^[a-z][a-z0-9-]{1,22}[a-z0-9]$/);
    expect(names.stateBucket(LONGEST)).toMatch(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/);
    expect(names.azureRegistry(LONGEST)).toMatch(/^[a-z0-9]{5,50}$/);
    expect(names.serviceAccount(LONGEST, 'replicator').length).toBeLessThanOrEqual(63);
  });

  it('of storage accounts and vaults differ where only a part that is cut off does', () => {
    const other = { ...LONGEST, deployment: 'a-deployment-of-namf' };
    expect(names.storageAccount(other)).not.toBe(names.storageAccount(LONGEST));
    expect(names.keyVault(other)).not.toBe(names.keyVault(LONGEST));
  });

  it('of a subject are the namespace and the service account', () => {
    expect(names.subject({ deployment: 'd', id: 'x', region: 'us' }, 'worker')).toBe(
      'system:serviceaccount:d:worker-us',
    );
  });
});

describe('state roots', () => {
  it.each([
    ['aws', 's3://d-us-state-abc123/d'],
    ['gcp', 'gs://d-us-state-abc123/d'],
  ] as const)('of %s are a bucket and a prefix', (cloud, uri) => {
    expect(stateRoot(cloud, { deployment: 'd', id: 'abc123', region: 'us' }).uri).toBe(uri);
  });

  it('of azure are a container of an account', () => {
    expect(stateRoot('azure', { deployment: 'd', id: 'abc123', region: 'us' }).uri).toMatch(
      /^abfss:\/\/state@dus[0-9a-f]{8}\.dfs\.core\.windows\.net\/d$/,
    );
  });
});

describe('durations and quantities', () => {
  it.each([
    ['250ms', 250],
    ['10s', 10_000],
    ['6h', 21_600_000],
    ['30d', 2_592_000_000],
  ])('%s is %i milliseconds, and is written so again', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
    expect(formatDuration(ms)).toBe(text);
  });

  it.each(['10', 's', '1.5s', '-1s', '1 s', ''])('%j is no duration', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it.each([
    ['512Mi', 536_870_912],
    ['4Gi', 4_294_967_296],
    ['7', 7],
  ])('%s is %i bytes', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });
});

describe('address blocks', () => {
  it('are cut into parts that lie inside, do not overlap, and fill them', () => {
    const parts = Array.from({ length: 16 }, (_, i) => subnet('10.16.0.0/16', 20, i));
    const blocks = parts.map((text) => parseCidr(text) as NonNullable<ReturnType<typeof parseCidr>>);
    expect(new Set(parts).size).toBe(16);
    for (const [i, a] of blocks.entries()) for (const b of blocks.slice(i + 1)) expect(overlaps(a, b)).toBe(false);
    expect([blocks[0]?.first, blocks.at(-1)?.last]).toEqual([
      parseCidr('10.16.0.0/16')?.first,
      parseCidr('10.16.0.0/16')?.last,
    ]);
  });

  it.each([16, -1])('have no part %i of 16', (index) => {
    expect(() => subnet('10.16.0.0/16', 20, index)).toThrow(RangeError);
  });

  it.each(['10.0.0.0', '10.0.0.256/8', '10.0.0.0/33', 'a/8'])('%s is none', (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });
});

describe('egress', () => {
  const rules = (resources: string, egress = '[]') =>
    egressRules(
      parseDeployment(
        'f',
        `version: 1
name: d
agent: { entry: a }
regions: [{ name: us, cloud: aws, region: us-east-1, role: active }]
source: { list: [] }
sink: { file: { path: o } }
dr: { mode: none }
secrets: [k]
resources: ${resources}
network: { egress: ${egress} }
`,
      ),
      'us-east-1',
    ).map(({ host, port }) => `${host}:${port}`);

  it.each([
    ['{ a: { chat: openai, model: m, secret: k } }', ['api.openai.com:443']],
    ['{ a: { chat: anthropic, model: m, secret: k } }', ['api.anthropic.com:443']],
    ['{ a: { chat: bedrock, model: m } }', ['bedrock-runtime.us-east-1.amazonaws.com:443']],
    ['{ a: { chat: bedrock, model: m, region: eu-west-1 } }', ['bedrock-runtime.eu-west-1.amazonaws.com:443']],
    ['{ a: { chat: ollama, model: m } }', []],
    ['{ a: { chat: ollama, model: m, url: "http://ollama.models.svc.cluster.local:11434" } }', []],
    ['{ a: { mcp: "https://tools.example.com:8443/mcp" } }', ['tools.example.com:8443']],
    ['{ a: { tool: [maps.example.com, geo.example.com] } }', ['geo.example.com:443', 'maps.example.com:443']],
    ['{ a: { firstOf: [{ chat: openai, model: m, secret: k }, { chat: lexicon }] } }', ['api.openai.com:443']],
    ['{}', []],
  ])('of %s is %j', (resources, expected) => {
    expect(rules(resources)).toEqual(expected);
  });

  it('says a host once, whoever needs it', () => {
    expect(rules('{ a: { chat: openai, model: m, secret: k } }', '[api.openai.com, other.example.com]')).toEqual([
      'api.openai.com:443',
      'other.example.com:443',
    ]);
  });

  it.each([
    ['https://api.openai.com/v1', 'api.openai.com'],
    ['API.OpenAI.com', 'api.openai.com'],
    ['user@host.example.com:99', 'host.example.com'],
    ['localhost', undefined],
    ['10.0.0.1', undefined],
  ])('takes the host %s from %s', (text, host) => {
    expect(bareHost(text)).toBe(host);
  });
});

describe('sizes', () => {
  it.each(SIZES)('%s fits its processes onto its nodes in every cloud', (size) => {
    const { pools, taskManager, worker, jobManager } = sizing(size);
    expect(taskManager.memoryBytes + jobManager.memoryBytes).toBeLessThan(pools.flink.memoryBytes);
    expect(worker.memoryBytes).toBeLessThan(pools.worker.memoryBytes);
    expect(taskManager.cpu).toBeLessThan(pools.flink.vcpu);
    for (const pool of Object.values(pools)) for (const cloud of CLOUDS) expect(pool.instance[cloud]).toBeTruthy();
  });

  it('give every subtask a slot', () => {
    for (const size of SIZES)
      for (const parallelism of [1, 2, 3, 7, 64])
        expect(taskManagers(size, parallelism) * sizing(size).taskManager.slots).toBeGreaterThanOrEqual(parallelism);
  });
});

describe('the nearest word', () => {
  it.each([
    ['paralelism', 'parallelism'],
    ['reigon', 'region'],
    ['xyz', undefined],
  ])('to %s is %s', (word, expected) => {
    expect(nearest(word, ['parallelism', 'region', 'entry'])).toBe(expected);
  });
});

describe('the schema for editors', () => {
  it('is the one that the code would write; npm run schema renews it', () => {
    const file = readFileSync(new URL('../../config/headrace.schema.json', import.meta.url), 'utf8');
    expect(JSON.parse(file)).toEqual(JSON.parse(JSON.stringify(editorSchema())));
  });
});
