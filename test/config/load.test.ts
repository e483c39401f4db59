import { describe, expect, it } from 'vitest';
import { ConfigError, type ConfigIssue, loadDeployment, parseDeployment } from '../../config/index.ts';

const VALID = `version: 1
name: reviews
agent: { entry: ./agent.ts }
regions:
  - { name: us, cloud: aws, region: us-east-1, role: active }
  - { name: eu, cloud: azure, region: westeurope, role: standby }
source: { kafka: { topic: in } }
sink: { kafka: { topic: out } }
resources:
  judge: { chat: openai, model: gpt-4.1-mini, secret: openai-key }
secrets: [openai-key]
`;

function issues(text: string, profile?: string): readonly ConfigIssue[] {
  try {
    parseDeployment('headrace.yaml', text, { profile });
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
  throw new Error('the file was accepted');
}

/** Spelt so that it is no template of this file. */
const FROM_ENVIRONMENT = ['$', '{env:KEY}'].join('');

const replaced = (from: string, to: string) => {
  if (!VALID.includes(from)) throw new Error(`the valid file has no ${from}`);
  return VALID.replace(from, to);
};

/** What is changed in a valid file, and what is said of it. Lines and columns are those of the offending value or key. */
const TABLE: [string, string, Partial<ConfigIssue>][] = [
  [
    'an unknown key at the top',
    `${VALID}agnet: {}\n`,
    { code: 'HR-CONFIG-003', path: 'agnet', line: 12, column: 1, mend: 'remove it: agent is there already' },
  ],
  [
    'a misspelt key',
    replaced('entry: ./agent.ts', 'entry: ./agent.ts, paralelism: 2'),
    {
      code: 'HR-CONFIG-003',
      path: 'agent.paralelism',
      line: 3,
      column: 29,
      received: '2',
      mend: 'did you mean parallelism?',
    },
  ],
  [
    'a value of another type',
    replaced('entry: ./agent.ts', 'entry: ./agent.ts, parallelism: many'),
    { code: 'HR-CONFIG-004', path: 'agent.parallelism', line: 3, column: 42, received: '"many"' },
  ],
  [
    'a whole number with a fraction',
    replaced('entry: ./agent.ts', 'entry: ./agent.ts, parallelism: 1.5'),
    { code: 'HR-CONFIG-004', path: 'agent.parallelism', received: '1.5' },
  ],
  [
    'a number out of range',
    replaced('entry: ./agent.ts', 'entry: ./agent.ts, parallelism: 0'),
    { code: 'HR-CONFIG-005', path: 'agent.parallelism', allowed: 'at least 1' },
  ],
  [
    'a value that is not one of a few',
    replaced('cloud: aws', 'cloud: awz'),
    {
      code: 'HR-CONFIG-005',
      path: 'regions[0].cloud',
      line: 5,
      column: 24,
      received: '"awz"',
      allowed: 'aws, azure, gcp',
      mend: 'did you mean aws?',
    },
  ],
  ['a missing key', replaced('name: us, ', ''), { code: 'HR-CONFIG-006', path: 'regions[0].name', line: 5, column: 5 }],
  [
    'a missing section',
    replaced('sink: { kafka: { topic: out } }\n', ''),
    { code: 'HR-CONFIG-006', path: 'sink', line: 1, column: 1 },
  ],
  [
    'a duration without its unit',
    `${VALID}state: { checkpoint: { interval: 10 } }\n`,
    { code: 'HR-CONFIG-004', path: 'state.checkpoint.interval', line: 12, column: 34, received: '10' },
  ],
  [
    'a duration that is too short',
    `${VALID}state: { checkpoint: { interval: 1ms } }\n`,
    { code: 'HR-CONFIG-005', path: 'state.checkpoint.interval', received: '"1ms"' },
  ],
  [
    'an egress name with a scheme',
    `${VALID}network: { egress: ['https://api.openai.com/v1'] }\n`,
    {
      code: 'HR-CONFIG-005',
      path: 'network.egress[0]',
      line: 12,
      column: 21,
      received: '"https://api.openai.com/v1"',
      mend: 'write api.openai.com',
    },
  ],
  [
    'an egress name with a port',
    `${VALID}network: { egress: ['api.openai.com:443'] }\n`,
    { code: 'HR-CONFIG-005', mend: 'write api.openai.com' },
  ],
  [
    'an enforcement that another cloud has',
    `${VALID}network: { enforcement: { aws: gke } }\n`,
    { code: 'HR-CONFIG-005', path: 'network.enforcement.aws', received: '"gke"', allowed: 'proxy, cilium' },
  ],
  [
    'an enforcement of a cloud that there is not',
    `${VALID}network: { enforcement: { azur: aks } }\n`,
    { code: 'HR-CONFIG-003', path: 'network.enforcement.azur', mend: 'did you mean azure?' },
  ],
  [
    'a quota with less than no headroom',
    `${VALID}cluster: { quota: { headroomPercent: -1 } }\n`,
    { code: 'HR-CONFIG-005', path: 'cluster.quota.headroomPercent', allowed: 'at least 0' },
  ],
  [
    'an issuer of a kind that cert-manager does not have',
    `${VALID}cluster: { issuer: { kind: Authority, name: corporate } }\n`,
    { code: 'HR-CONFIG-005', path: 'cluster.issuer.kind', allowed: 'Issuer, ClusterIssuer' },
  ],
  [
    'an issuer whose name is none of Kubernetes',
    `${VALID}cluster: { issuer: { kind: Issuer, name: My_Issuer } }\n`,
    { code: 'HR-CONFIG-005', path: 'cluster.issuer.name', allowed: 'the name of a Kubernetes object' },
  ],
  [
    'two nodes of a store',
    `${VALID}stores: { opensearch: { nodes: 2 } }\n`,
    { code: 'HR-CONFIG-005', path: 'stores.opensearch.nodes', received: '2' },
  ],
  [
    'a schedule that is none of cron',
    `${VALID}stores: { backup: { schedule: daily } }\n`,
    { code: 'HR-CONFIG-005', path: 'stores.backup.schedule', received: '"daily"' },
  ],
  [
    'an Ollama that no resource asks',
    `${VALID}stores: { ollama: { deploy: true } }\n`,
    {
      code: 'HR-CONFIG-015',
      path: 'stores.ollama.deploy',
      mend: 'write url: http://ollama.reviews-stores.svc:11434 in a resource with chat or embedding: ollama',
    },
  ],
  [
    'a resource that asks an Ollama which is not run',
    replaced(
      'judge: { chat: openai, model: gpt-4.1-mini, secret: openai-key }',
      'judge: { chat: ollama, model: m, url: "http://ollama.reviews-stores.svc:11434" }',
    ),
    { code: 'HR-CONFIG-015', path: 'stores.ollama.deploy', mend: 'set stores.ollama.deploy: true' },
  ],
  [
    'a block with host bits',
    `${VALID}network: { serviceCidr: 10.1.2.3/16 }\n`,
    { code: 'HR-CONFIG-005', path: 'network.serviceCidr', mend: 'write 10.1.0.0/16' },
  ],
  [
    'an unknown kind of chat model',
    replaced('chat: openai', 'chat: opena'),
    { code: 'HR-CONFIG-005', path: 'resources.judge.chat', received: '"opena"', mend: 'did you mean openai?' },
  ],
  [
    'a resource that says not what it is',
    replaced('chat: openai, ', ''),
    { code: 'HR-CONFIG-006', path: 'resources.judge' },
  ],
  [
    'a misspelt key in a resource',
    replaced('model:', 'modle:'),
    { code: 'HR-CONFIG-006', path: 'resources.judge.model' },
  ],
  [
    'two kinds of source',
    replaced('source: { kafka: { topic: in } }', 'source: { kafka: { topic: in }, list: [] }'),
    { code: 'HR-CONFIG-005', path: 'source', line: 7, column: 9 },
  ],
  [
    'no kind of sink',
    replaced('sink: { kafka: { topic: out } }', 'sink: {}'),
    { code: 'HR-CONFIG-005', path: 'sink', allowed: 'one kind of sink' },
  ],
  [
    'a value from the environment',
    replaced('secrets: [openai-key]', `secrets: [openai-key, '${FROM_ENVIRONMENT}']`),
    { code: 'HR-CONFIG-007', path: 'secrets[1]', received: JSON.stringify(FROM_ENVIRONMENT) },
  ],
  [
    'a secret that is not declared',
    replaced('secret: openai-key', 'secret: openai-kye'),
    {
      code: 'HR-CONFIG-014',
      path: 'resources.judge.secret',
      received: '"openai-kye"',
      mend: 'did you mean openai-key?',
    },
  ],
  [
    'two regions of one name',
    replaced('name: eu', 'name: us'),
    { code: 'HR-CONFIG-010', path: 'regions[1].name', line: 6 },
  ],
  [
    'two active regions in active-standby',
    replaced('role: standby', 'role: active'),
    { code: 'HR-CONFIG-011', path: 'regions[1].role', line: 6, received: '"active"' },
  ],
  ['no active region', replaced('role: active', 'role: standby'), { code: 'HR-CONFIG-011', path: 'regions' }],
  [
    'active-standby without a standby',
    replaced('  - { name: eu, cloud: azure, region: westeurope, role: standby }\n', ''),
    { code: 'HR-CONFIG-012' },
  ],
  [
    'a standby in no other region',
    replaced('cloud: azure, region: westeurope', 'cloud: aws, region: us-east-1'),
    { code: 'HR-CONFIG-012', path: 'regions[1].region', line: 6, column: 37, received: '"us-east-1"' },
  ],
  [
    'active-active with one active region',
    `${VALID}dr: { mode: active-active }\n`,
    { code: 'HR-CONFIG-011', path: 'dr.mode' },
  ],
  [
    'one topic of the same brokers for regions that each work on their own keys',
    `${replaced('source: { kafka: { topic: in } }', 'source: { kafka: { topic: in, bootstrap: ["k:9092"] } }').replace('standby', 'active')}dr: { mode: active-active }\n`,
    { code: 'HR-CONFIG-015', path: 'source.kafka.topic', received: '"in"', mend: 'name a topic a region: in-{region}' },
  ],
  [
    'a placeholder where regions share a job',
    replaced('topic: in', 'topic: "in-{region}"'),
    { code: 'HR-CONFIG-015', path: 'source', mend: 'write the name itself' },
  ],
  ['no disaster recovery with two regions', `${VALID}dr: { mode: none }\n`, { code: 'HR-CONFIG-011', path: 'dr.mode' }],
  [
    'overlapping blocks',
    replaced('role: standby', 'role: standby, cidr: 10.16.0.0/16'),
    { code: 'HR-CONFIG-013', path: 'regions[1].cidr', received: '"10.16.0.0/16"' },
  ],
  [
    'a region over the addresses of Services',
    replaced('role: standby', 'role: standby, cidr: 172.20.0.0/16'),
    { code: 'HR-CONFIG-013', path: 'regions[1].cidr' },
  ],
  [
    'a lease that is renewed too seldom',
    `${VALID}dr: { lease: { ttl: 9s, renew: 4s } }\n`,
    { code: 'HR-CONFIG-015', path: 'dr.lease.renew', mend: 'write 3s or less' },
  ],
  [
    'a lease in an unknown region',
    `${VALID}dr: { lease: { region: uss } }\n`,
    { code: 'HR-CONFIG-014', path: 'dr.lease.region', allowed: 'us, eu', mend: 'did you mean us?' },
  ],
  ['an objective that no checkpoint meets', `${VALID}dr: { rpo: 5s }\n`, { code: 'HR-CONFIG-015', path: 'dr.rpo' }],
  [
    'more parallelism than key groups',
    replaced('entry: ./agent.ts', 'entry: ./agent.ts, parallelism: 9, maxParallelism: 8'),
    { code: 'HR-CONFIG-015', path: 'agent.parallelism' },
  ],
  [
    'a restricted endpoint without ranges',
    `${VALID}cluster: { endpoint: restricted }\n`,
    { code: 'HR-CONFIG-015', path: 'cluster.endpoint' },
  ],
  [
    'a Kubernetes version that is not tested',
    `${VALID}cluster: { kubernetes: "1.20" }\n`,
    { code: 'HR-CONFIG-005', path: 'cluster.kubernetes', allowed: '1.33, 1.34' },
  ],
  [
    'ZooKeeper without its quorum',
    `${VALID}flink: { highAvailability: zookeeper }\n`,
    { code: 'HR-CONFIG-015', path: 'flink.highAvailability' },
  ],
  [
    'a Flink key that Headrace sets',
    `${VALID}flink: { configuration: { taskmanager.numberOfTaskSlots: 4 } }\n`,
    { code: 'HR-CONFIG-015', line: 12, received: '4' },
  ],
  [
    'columns that a tsv file lacks',
    replaced('source: { kafka: { topic: in } }', 'source: { file: { path: x, format: tsv } }'),
    { code: 'HR-CONFIG-015', path: 'source.file.format' },
  ],
  [
    'a field derived from no column',
    replaced(
      'source: { kafka: { topic: in } }',
      "source: { file: { path: x, format: tsv, columns: [id], derive: { key: { from: di, pattern: '(.)' } } } }",
    ),
    { code: 'HR-CONFIG-014', path: 'source.file.derive.key.from', mend: 'did you mean id?' },
  ],
  [
    'a pattern without a group',
    replaced(
      'source: { kafka: { topic: in } }',
      'source: { file: { path: x, derive: { key: { from: id, pattern: abc } } } }',
    ),
    { code: 'HR-CONFIG-005', path: 'source.file.derive.key.pattern' },
  ],
  ['broken YAML', 'version: 1\nname: [\n', { code: 'HR-CONFIG-002' }],
  ['a key twice', `${VALID}name: again\n`, { code: 'HR-CONFIG-002', line: 12 }],
  ['something else than a mapping', '- 1\n', { code: 'HR-CONFIG-004', line: 1, column: 1 }],
  ['profiles that are no mapping', `${VALID}profiles: 3\n`, { code: 'HR-CONFIG-004', path: 'profiles' }],
  [
    'a fault in a profile',
    `${VALID}profiles:\n  local:\n    dr: { commit: later }\n`,
    { code: 'HR-CONFIG-005', path: 'profiles.local.dr.commit', line: 14, column: 19, received: '"later"' },
  ],
];

describe('a deployment file', () => {
  it.each(TABLE)('with %s is refused, with its place and the mend', (_, text, expected) => {
    expect(issues(text)).toEqual(
      expect.arrayContaining([expect.objectContaining({ file: 'headrace.yaml', ...expected })]),
    );
  });

  it('that is valid gets production defaults', () => {
    const model = parseDeployment('headrace.yaml', VALID);
    expect(model.dr).toMatchObject({ mode: 'active-standby', commit: 'replicated', rpo: 60_000 });
    expect(model.cluster).toMatchObject({ endpoint: 'private', deletionProtection: true });
    expect(model.regions.map((r) => r.cidr)).toEqual(['10.16.0.0/16', '10.17.0.0/16']);
    expect(model.leaseRegion).toBe('eu');
    expect(model.id).toMatch(/^[0-9a-f]{6}$/);
  });

  it('shows all violations at once, those between values too, in the order of the file', () => {
    const text = replaced('role: standby', 'role: active')
      .replace('cloud: aws', 'cloud: awz')
      .replace('name: reviews', 'name: Reviews')
      .concat('bogus: 1\n');
    expect(issues(text).map((issue) => [issue.line, issue.code])).toEqual([
      [2, 'HR-CONFIG-005'],
      [5, 'HR-CONFIG-005'],
      [6, 'HR-CONFIG-011'],
      [12, 'HR-CONFIG-003'],
    ]);
  });

  it('that is not there is said by name', () => {
    expect(() => loadDeployment('/nowhere/headrace.yaml')).toThrow(expect.objectContaining({ code: 'HR-CONFIG-001' }));
  });

  it('says an inherited violation once, not again in every profile', () => {
    const text = `${replaced('cloud: aws', 'cloud: awz')}profiles: { a: { name: x }, b: { name: y } }\n`;
    expect(issues(text)).toHaveLength(1);
  });
});

describe('a profile', () => {
  const text = `${VALID}profiles:
  local:
    source: { list: [1] }
    resources: { judge: { chat: lexicon } }
    state: { checkpoint: { interval: 1s } }
`;

  it('replaces source and resources as a whole and merges the rest', () => {
    const model = parseDeployment('headrace.yaml', text, { profile: 'local' });
    expect(model.source).toEqual({ list: [1] });
    expect(model.resources['judge']).toEqual({ chat: 'lexicon' });
    expect(model.state.checkpoint).toMatchObject({ interval: 1_000, retain: 3 });
    expect(model.sink).toMatchObject({ kafka: { topic: 'out' } });
  });

  it('leaves the file as it is where it is not asked for', () => {
    expect(parseDeployment('headrace.yaml', text).source).toMatchObject({ kafka: { topic: 'in' } });
  });

  it('of an unknown name is refused with the nearest one', () => {
    expect(issues(text, 'locla')).toEqual([
      expect.objectContaining({ code: 'HR-CONFIG-008', allowed: 'local', mend: 'did you mean local?' }),
    ]);
  });
});
