// Two regions compared: by what the file makes of them, by what Helm says is installed, and by which secrets have a value.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { renderManifests } from '../../../charts/index.ts';
import { type DiffResult, diff } from '../../../ops/commands/diff.ts';
import { openDeployment } from '../../../ops/deployment/open.ts';
import { differencesBetween, sift } from '../../../ops/parity/differences.ts';
import { factsOf } from '../../../ops/parity/facts.ts';
import { awsLook, azureLook, gcpLook } from '../../../ops/parity/secrets.ts';
import { chartInputs } from '../../../ops/synth/inputs.ts';
import { exampleCopy, headrace } from '../command-line.ts';

const json = async (args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}) => {
  const { code, stdout, stderr } = await headrace(['diff', ...args, '--json'], { cwd, env });
  return { code, stderr, result: JSON.parse(stdout) as DiffResult & { failures?: { code: string }[] } };
};

describe('facts', () => {
  const us = { deployment: 'reviews', id: '5c1a9e', region: 'us' };
  const eu = { ...us, region: 'eu' };
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
  /** A service that answers by path. */
  async function serving(answers: Readonly<Record<string, unknown>>): Promise<string> {
    const server = createServer((request, response) => {
      const found = answers[(request.headers['x-amz-target'] as string | undefined) ?? request.url ?? ''];
      response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(found ?? { __type: 'ResourceNotFoundException' }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const token = async () => 'token';
  const compare = async (answers: Readonly<Record<string, unknown>>, regions: readonly string[]) => {
    const url = await serving(answers);
    const terminal = { line: vi.fn(), step: vi.fn(), progress: vi.fn(), progressDone: vi.fn() };
    const cwd = exampleCopy();
    const { result } = await diff(
      { file: join(cwd, 'headrace.yaml'), regions, context: [], secrets: true, all: false },
      { terminal, json: true, signal: new AbortController().signal },
      { aws: awsLook(url), azure: azureLook(token, () => url), gcp: gcpLook(token, url) },
    );
    return result.differences;
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
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    const answers = {
      'secretsmanager.DescribeSecret': { VersionIdsToStages: { v1: ['AWSCURRENT'] } },
      '/secrets/reviews-eu-openai-key/versions?api-version=7.4': { value },
    };
    expect(await compare(answers, ['us', 'eu'])).toEqual(differences);
  });

  test('that nobody has set are missing on both sides', async () => {
    expect(await compare({}, ['us', 'asia'])).toEqual([{ place: 'Secret/openai-key value', a: null, b: null }]);
  });
});
