// Two regions compared: by what the file makes of them, by what Helm says is installed, and by which secrets have a value.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { renderManifests } from '../../../charts/index.ts';
import type { DiffResult } from '../../../ops/commands/diff.ts';
import { openDeployment } from '../../../ops/deployment/open.ts';
import { differencesBetween, sift } from '../../../ops/parity/differences.ts';
import { factsOf } from '../../../ops/parity/facts.ts';
import { chartInputs } from '../../../ops/synth/inputs.ts';
import { exampleCopy, headrace } from '../command-line.ts';
import { type Answers, compared, refusal, serving } from './services.ts';

const json = async (args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}) => {
  const { code, stdout, stderr } = await headrace(['diff', ...args, '--json'], { cwd, env });
  return { code, stderr, result: JSON.parse(stdout) as DiffResult & { failures?: { code: string }[] } };
};

describe('facts', () => {
  const us = { parts: { deployment: 'reviews', id: '5c1a9e', region: 'us' }, cidr: '10.16.0.0/16' };
  const eu = { parts: { ...us.parts, region: 'eu' }, cidr: '10.17.0.0/16' };
  const pod = (account: string, order: readonly string[]) => `kind: Pod
metadata: { name: a }
spec:
  serviceAccountName: ${account}
  containers: [${order.map((name) => `{ name: ${name}, image: "${name}:1" }`).join(', ')}]
`;

  test("of two regions are the same where only the regions' own names and the order of a named list differ", () => {
    const a = factsOf([pod('worker-us', ['x', 'y'])], us);
    expect(a.get('Pod/a spec.containers.[y].image')).toBe('y:1');
    expect(differencesBetween(a, factsOf([pod('worker-eu', ['y', 'x'])], eu))).toEqual([]);
    expect(differencesBetween(a, factsOf([pod('worker-us', ['x', 'y'])], eu))).toEqual([
      { place: 'Pod/a spec.serviceAccountName', a: 'worker-{region}', b: 'worker-us' },
    ]);
  });

  test('of a network count as what they stand for: the addresses of the region itself', () => {
    const to = (cidr: string) => [
      `kind: NetworkPolicy\nmetadata: { name: n }\nspec: { to: [{ ipBlock: { cidr: ${cidr} } }] }`,
    ];
    expect(differencesBetween(factsOf(to(us.cidr), us), factsOf(to(eu.cidr), eu))).toEqual([]);
    expect(differencesBetween(factsOf(to(us.cidr), us), factsOf(to(us.cidr), eu))).toEqual([
      { place: 'NetworkPolicy/n spec.to.0.ipBlock.cidr', a: '{network}', b: us.cidr },
    ]);
  });

  test('of a file in a ConfigMap are its own keys', () => {
    const map = (lines: string) => `kind: ConfigMap\nmetadata: { name: c }\ndata:\n  config.yaml: |\n${lines}`;
    const [a, b] = ['    a: 1\n    b: 2\n', '    b: 2\n    a: 3\n'].map((lines) => factsOf([map(lines)], us));
    expect(differencesBetween(a ?? new Map(), b ?? new Map())).toEqual([
      { place: 'ConfigMap/c data.config.yaml.a', a: '1', b: '3' },
    ]);
  });

  test('an object that one region lacks is one difference, and what allows nothing is named', () => {
    const found = differencesBetween(factsOf([pod('x', ['a'])], us), factsOf([], eu));
    expect(found).toEqual([{ place: 'Pod/a', a: 'there', b: null }]);
    const allowed = [
      { place: 'Pod/*', reason: 'one' },
      { place: 'Pod/b', reason: 'two' },
    ];
    expect(sift(found, allowed)).toMatchObject({
      unexplained: [],
      explained: [{ place: 'Pod/a', reason: 'one' }],
      unused: [{ place: 'Pod/b' }],
    });
  });
});

describe('headrace diff', () => {
  test('finds nothing between regions that are described alike, on whatever cloud', async () => {
    const cwd = exampleCopy();
    for (const pair of [
      ['us', 'eu'],
      ['eu', 'asia'],
      ['asia', 'us'],
    ])
      expect(await json(['--regions', ...pair], cwd)).toMatchObject({ code: 0, result: { differences: [] } });
  });

  test.each([
    ['aws', 'eu-west-1'],
    ['azure', 'eastus'],
    ['gcp', 'us-central1'],
  ])('finds nothing between two regions of %s', async (cloud, region) => {
    const first = { aws: 'us-east-1', azure: 'westeurope', gcp: 'us-east1' }[cloud];
    const cwd = exampleCopy((file) =>
      file
        .replace(/(name: us, )cloud: \w+, region: [\w-]+/, `$1cloud: ${cloud}, region: ${first}`)
        .replace(/(name: eu, )cloud: \w+, region: [\w-]+/, `$1cloud: ${cloud}, region: ${region}`),
    );
    expect(await json(['--regions', 'us', 'eu'], cwd)).toMatchObject({ code: 0, result: { differences: [] } });
  });

  test('finds a standby that is smaller, with code 3, until the file allows it', async () => {
    const smaller = (file: string) => file.replace(/(name: us.*size: )small/, '$1medium');
    const cwd = exampleCopy(smaller);
    const { code, result } = await json(['--regions', 'us', 'eu'], cwd);
    expect(code).toBe(3);
    expect(result.differences.length).toBeGreaterThan(3);
    expect(result.differences).toContainEqual(
      expect.objectContaining({ place: expect.stringMatching(/^StatefulSet\/reviews-flink-taskmanager /) }),
    );
    const allow = result.differences.map(({ place }) => `{ place: ${JSON.stringify(place)}, reason: cheaper }`);
    const dr = `parity: { allow: [${[...allow, '{ place: "Pod/gone", reason: old }'].join(', ')}] }`;
    const allowed = exampleCopy((file) => smaller(file).replace('dr: {', () => `dr: { ${dr},`));
    expect(await json(['--regions', 'us', 'eu'], allowed)).toMatchObject({
      code: 0,
      result: { differences: [], unused: ['Pod/gone'] },
    });
  });

  test('compares what is installed, and says where nothing is', async () => {
    const cwd = exampleCopy();
    const inputs = chartInputs(await openDeployment(join(cwd, 'headrace.yaml')));
    const helm = join(cwd, 'helm');
    for (const { region } of inputs) mkdirSync(join(cwd, region.name));
    for (const input of inputs.slice(0, 2))
      for (const [path, text] of renderManifests(input))
        if (!path.startsWith('platform/'))
          writeFileSync(
            join(cwd, input.region.name, path),
            input.region.name === 'eu' ? text.replaceAll('headrace-worker:0.1.0', 'headrace-worker:0.0.9') : text,
          );
    // helm get manifest RELEASE --kube-context CONTEXT …
    writeFileSync(
      helm,
      `#!/bin/sh
case $3 in *-flink) chart=flink-cluster;; *) chart=agents-app;; esac
cat "${cwd}/$(echo "$5" | sed s/-cluster//)/$chart.yaml" 2>/dev/null || { echo 'Error: release: not found' >&2; exit 1; }
`,
    );
    chmodSync(helm, 0o755);
    const env = { HEADRACE_HELM: helm };
    const contexts = (...names: string[]) => names.flatMap((name) => ['--context', `${name}=${name}-cluster`]);
    const { code, result } = await json(['--regions', 'us', 'eu', ...contexts('us', 'eu')], cwd, env);
    expect({ code, compared: result.compared }).toEqual({ code: 3, compared: 'installed' });
    expect(result.differences.map(({ a, b }) => [a?.split(':').at(-1), b?.split(':').at(-1)])).toContainEqual([
      '0.1.0',
      '0.0.9',
    ]);
    expect(new Set(result.differences.map(({ place }) => place.split('.').at(-1)))).toEqual(new Set(['image']));
    expect(await json(['--regions', 'us', 'asia', ...contexts('us', 'asia')], cwd, env)).toMatchObject({
      code: 1,
      result: { failures: [{ code: 'HR-PARITY-002' }] },
    });
  });

  test.each([
    [['--regions', 'us', 'mars'], '--regions us mars'],
    [['--regions', 'us', 'us'], '--regions us us'],
    [['--regions', 'us', 'eu', '--context', 'us=a'], '--context us=a'],
  ])('refuses %j', async (args, place) => {
    const { code, stderr } = await headrace(['diff', ...args], { cwd: exampleCopy() });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(`${place} HR-PARITY-001`) });
  });
});

describe('secrets', () => {
  const compare = async (answers: Answers, regions: readonly string[]) => {
    const { url } = await serving(answers);
    return (await compared(exampleCopy(), { regions, secrets: true }, url)).result.differences;
  };

  test.each([
    ['an enabled version', [{ attributes: { enabled: false } }, { attributes: { enabled: true } }], []],
    [
      'disabled ones only',
      [{ attributes: { enabled: false } }],
      [{ place: 'Secret/openai-key value', a: 'there', b: null }],
    ],
    ['no version', [], [{ place: 'Secret/openai-key value', a: 'there', b: null }]],
  ])('with a value in AWS, and %s in Azure', async (_, value, differences) => {
    const answers = {
      'secretsmanager.DescribeSecret': { VersionIdsToStages: { v1: ['AWSCURRENT'] } },
      '/secrets/reviews-eu-openai-key/versions?api-version=7.4': { value },
    };
    expect(await compare(answers, ['us', 'eu'])).toEqual(differences);
  });

  test('that nobody has set are missing on both sides', async () => {
    expect(await compare({}, ['us', 'asia'])).toEqual([{ place: 'Secret/openai-key value', a: null, b: null }]);
  });

  test('that nobody may look at fail, and name the entry', async () => {
    const { url } = await serving({ '/secrets/reviews-eu-openai-key/versions?api-version=7.4': refusal(403) });
    await expect(compared(exampleCopy(), { regions: ['eu', 'asia'], secrets: true }, url)).rejects.toMatchObject({
      code: 'HR-PARITY-003',
      place: 'eu reviews-eu-openai-key',
      exitCode: 1,
    });
  });
});
