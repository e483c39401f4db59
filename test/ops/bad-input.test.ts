// Bad input is said with its place and the mend, ends with code 2, and leaves nothing behind.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { edit, exampleCopy, headrace, tree, withTool } from './command-line.ts';

const CASES: [string, string[], (directory: string) => void, RegExp[]][] = [
  [
    'an unknown key',
    ['synth'],
    (d) => edit(d, 'headrace.yaml', (t) => `${t}bogus: 1\n`),
    [/headrace\.yaml:\d+:1 HR-CONFIG-003 bogus: unknown key/, /mend:/],
  ],
  [
    'a wrong type',
    ['synth'],
    (d) => edit(d, 'headrace.yaml', (t) => t.replace('parallelism: 2', 'parallelism: two')),
    [/headrace\.yaml:5:42 HR-CONFIG-004 agent\.parallelism/, /found: {3}"two"/],
  ],
  [
    'two active regions',
    ['synth'],
    (d) => edit(d, 'headrace.yaml', (t) => t.replace('role: standby', 'role: active')),
    [/headrace\.yaml:8:\d+ HR-CONFIG-011 regions\[1\]\.role/, /mend:/],
  ],
  [
    'a standby in no other region',
    ['synth'],
    (d) =>
      edit(d, 'headrace.yaml', (t) => t.replace('cloud: azure, region: westeurope', 'cloud: aws, region: us-east-1')),
    [/headrace\.yaml:8:\d+ HR-CONFIG-012 regions\[1\]\.region/],
  ],
  [
    'overlapping blocks',
    ['synth'],
    (d) =>
      edit(d, 'headrace.yaml', (t) =>
        t.replace('role: standby, size: small }', 'role: standby, size: small, cidr: 10.16.0.0/16 }'),
      ),
    [/HR-CONFIG-013 regions\[1\]\.cidr: 10\.16\.0\.0\/16 overlaps/],
  ],
  [
    'an egress name with a scheme',
    ['synth'],
    (d) => edit(d, 'headrace.yaml', (t) => t.replace('egress: [api', 'egress: [https://api')),
    [/HR-CONFIG-005 network\.egress\[0\]/, /mend: {4}write api\.openai\.com/],
  ],
  [
    'a missing agent file',
    ['synth'],
    (d) => edit(d, 'headrace.yaml', (t) => t.replace('./agent.ts', './agnet.ts')),
    [/agnet\.ts HR-AGENT-001 there is no such agent file/, /mend:/],
  ],
  [
    'an agent file that throws',
    ['synth'],
    (d) => edit(d, 'agent.ts', (t) => `${t}\nthrow new Error('not today');\n`),
    [/agent\.ts:42:\d+ HR-AGENT-002 .*not today/, /mend:/],
  ],
  [
    'an agent that is none',
    ['validate'],
    (d) => edit(d, 'agent.ts', () => 'export default 3;\n'),
    [/agent\.ts HR-AGENT-003/],
  ],
  [
    'a broken line in the source',
    ['run'],
    (d) => edit(d, 'amazon-review-sentences.tsv', (t) => t.replace('1_3\t-0.2\t', '1_3 -0.2 ')),
    [/amazon-review-sentences\.tsv:3 HR-SOURCE-001 the line has 1 column instead of 3/, /mend:/],
  ],
  [
    'a broken line in the source of a drill',
    ['drill'],
    (d) => edit(d, 'amazon-review-sentences.tsv', (t) => t.replace('1_3\t-0.2\t', '1_3 -0.2 ')),
    [/HR-SOURCE-001/],
  ],
  [
    'everything of a deployment that no drill can be made of',
    ['quickstart'],
    (d) => edit(d, 'headrace.yaml', (t) => t.replace('dr: { mode: active-standby,', 'dr: { lease: { region: us },')),
    [/dr\.lease\.region HR-DRILL-007/, /mend:/],
  ],
  [
    'a scenario that shows nothing with its commit',
    ['drill', '--scenario', 'two-primaries', '--commit', 'local'],
    () => {},
    [/dr\.commit HR-DRILL-008/, /choose --commit replicated/],
  ],
  ['a commit that is none', ['drill', '--commit', 'both'], () => {}, [/--commit HR-CLI-006/, /replicated or local/]],
  ['no drills at all', ['drill', '--runs', '0'], () => {}, [/--runs HR-CLI-006/]],
  ['a root of no region', ['drill', '--root', 'asa=s3://b/p'], () => {}, [/--root HR-CLI-006/, /did you mean asia\?/]],
  ['a root that is none', ['drill', '--root', 'eu=ftp://b/p'], () => {}, [/--root HR-CLI-006/]],
  [
    'a broken line in the source of everything',
    ['quickstart'],
    (d) => edit(d, 'amazon-review-sentences.tsv', (t) => t.replace('1_3\t-0.2\t', '1_3 -0.2 ')),
    [/HR-SOURCE-001/],
  ],
  [
    'a file that is not there',
    ['validate', '--file', 'nowhere.yaml'],
    () => {},
    [/nowhere\.yaml:1:1 HR-CONFIG-001/, /headrace init/],
  ],
  ['an unknown profile', ['run', '--profile', 'locla'], () => {}, [/HR-CONFIG-008 .*locla/, /did you mean local\?/]],
  [
    'a source that this machine cannot read',
    ['run'],
    (d) => edit(d, 'headrace.yaml', (t) => t.slice(0, t.indexOf('profiles:'))),
    [/HR-CLI-003/],
  ],
  [
    'an unknown scenario',
    ['drill', '--scenario', 'kill-regoin'],
    () => {},
    [/HR-CLI-005 .*kill-regoin/, /did you mean kill-region\?/],
  ],
  [
    'an agent whose tool a drill cannot run dry',
    ['drill'],
    (d) => edit(d, 'agent.ts', withTool('')),
    [/resources\.mail HR-RESOURCE-006/, /give the tool a dryRun/],
  ],
  [
    'production that is not meant',
    ['drill', '--context', 'us=a', '--context', 'eu=b'],
    () => {},
    [/region us HR-DRILL-011 .*agent\.tools is run/, /--yes-i-mean us/],
  ],
  [
    'another region than the one that would die',
    ['drill', '--context', 'us=a', '--context', 'eu=b', '--yes-i-mean', 'eu'],
    (d) => edit(d, 'headrace.yaml', (t) => t.replace('parallelism: 2', 'parallelism: 2, tools: dry-run')),
    [/HR-DRILL-011 .*names region eu/],
  ],
  [
    'a context of one region',
    ['drill', '--context', 'us=a'],
    () => {},
    [/--context HR-CLI-006/, /--context eu=CONTEXT/],
  ],
  ['a share that is none', ['drill', '--at', '45'], () => {}, [/HR-CLI-006/]],
  ['outputs that are none', ['synth', '--outputs', 'agent.ts'], () => {}, [/agent\.ts HR-CLI-002 not JSON/]],
  ['a file that is there already', ['init', '--yes', '--name', 'x'], () => {}, [/HR-INIT-001/, /--force/]],
  [
    'a cloud that is none',
    ['init', '--yes', '--file', 'new.yaml', '--name', 'x', '--region', 'us=awz:us-east-1'],
    () => {},
    [/HR-INIT-002 .*awz/, /did you mean aws\?/],
  ],
  ['no name and nobody to ask', ['init', '--file', 'new.yaml'], () => {}, [/HR-INIT-002 .*is needed/]],
];

describe('bad input', () => {
  it.each(CASES)('%s', async (_, args, spoil, patterns) => {
    const cwd = exampleCopy();
    spoil(cwd);
    const before = tree(cwd);
    const { code, stderr } = await headrace(args, { cwd });
    for (const pattern of patterns) expect(stderr).toMatch(pattern);
    expect(stderr).not.toMatch(/HR-INTERNAL|\n\s+at /);
    expect(code).toBe(2);
    expect(tree(cwd)).toEqual(before);
    expect(existsSync(join(cwd, '.headrace')), 'a directory of its own').toBe(false);
  });

  it('is one JSON document with --json', async () => {
    const cwd = exampleCopy((file) => file.replace('cloud: aws', 'cloud: awz'));
    const { code, stdout, stderr } = await headrace(['validate', '--json'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      failures: [
        {
          code: 'HR-CONFIG-005',
          place: 'headrace.yaml:7:24 regions[0].cloud',
          received: '"awz"',
          allowed: 'aws, azure, gcp',
          mend: 'did you mean aws?',
        },
      ],
    });
  });

  it.each([[['--bogus']], [['bogus']], [['validate', '--bogus']]])(
    'of the command line, %j, ends with code 2',
    async (args) => {
      const { code, stderr } = await headrace(args, { cwd: exampleCopy() });
      expect(code).toBe(2);
      expect(stderr).toMatch(/unknown/);
    },
  );
});
