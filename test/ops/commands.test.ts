import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadDeployment } from '../../config/index.ts';
import { readHistory } from '../../ops/drill/index.ts';
import { edit, exampleCopy, headrace, tree } from './command-line.ts';

const output = (cwd: string) =>
  new Map([...tree(cwd)].filter(([path]) => path.startsWith('cdktf.out') || path.startsWith('dist')));

describe('headrace validate', () => {
  it('prints the plan, no wider than 110 columns, and writes nothing', async () => {
    const cwd = exampleCopy();
    const before = tree(cwd);
    const { code, stdout } = await headrace(['validate'], { cwd });
    expect(code).toBe(0);
    for (const word of ['us-east-1', 'westeurope', 'asia-southeast1', 'EKS', 'AKS', 'GKE', 'small', 'standby'])
      expect(stdout).toContain(word);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110);
    expect(tree(cwd)).toEqual(before);
  });

  it('gives the plan as JSON', async () => {
    const { stdout } = await headrace(['validate', '--json'], { cwd: exampleCopy() });
    const { ok, plan } = JSON.parse(stdout);
    expect(ok).toBe(true);
    expect(plan.regions.map((r: { name: string }) => r.name)).toEqual(['us', 'eu', 'asia']);
    expect(plan.regions[0]).toMatchObject({ cloud: 'aws', replicatesTo: ['eu', 'asia'], egress: ['api.openai.com'] });
  });
});

describe('headrace plan', () => {
  it('shows sizes with their arithmetic, and writes nothing', async () => {
    const cwd = exampleCopy();
    const before = tree(cwd);
    const { code, stdout } = await headrace(['plan', '--sizes'], { cwd });
    expect(code).toBe(0);
    for (const text of [
      'TaskManager, 4,096 MiB',
      'task heap',
      '-XX:MaxMetaspaceSize=268435456',
      'runs x 241 KiB',
      'enough',
    ])
      expect(stdout).toContain(text);
    const json = JSON.parse((await headrace(['plan', '--sizes', '--json'], { cwd })).stdout);
    for (const { jobManager, taskManager } of json.sizes)
      for (const { total, parts } of [jobManager, taskManager])
        expect(parts.reduce((sum: number, part: { bytes: number }) => sum + part.bytes, 0)).toBe(total);
    expect(tree(cwd)).toEqual(before);
  });

  it('says when the workers of a size have too little memory', async () => {
    const cwd = exampleCopy((file) => file.replace('inFlight: 1000', 'inFlight: 20000'));
    expect((await headrace(['plan', '--sizes'], { cwd })).stdout).toContain('TOO LITTLE: lower agent.inFlight');
  });
});

describe('headrace synth', () => {
  it('writes a stack a region, a global one, manifests and charts: the same bytes each time, wherever', async () => {
    const [one, two] = [exampleCopy(), exampleCopy()];
    expect((await headrace(['synth'], { cwd: one })).code).toBe(0);
    const first = output(one);
    for (const path of [
      'cdktf.out/stacks/reviews-us/cdk.tf.json',
      'cdktf.out/stacks/reviews-eu/cdk.tf.json',
      'cdktf.out/stacks/reviews-asia/cdk.tf.json',
      'cdktf.out/stacks/reviews-global/cdk.tf.json',
      'dist/manifests/us/flink-cluster.yaml',
      'dist/helm/flink-cluster/Chart.yaml',
      'dist/helm/agents-app/values.schema.json',
    ]) {
      expect(first.has(path), path).toBe(true);
    }
    expect((await headrace(['synth'], { cwd: one })).code).toBe(0);
    expect(output(one)).toEqual(first);
    expect((await headrace(['synth'], { cwd: two })).code).toBe(0);
    expect(output(two)).toEqual(first);
    for (const content of first.values()) expect(content).not.toContain(one);
  });

  it('leaves what was there when the input is bad, and nothing of it when a region goes', async () => {
    const cwd = exampleCopy();
    await headrace(['synth'], { cwd });
    const before = output(cwd);
    edit(cwd, 'headrace.yaml', (text) => text.replace('cloud: gcp', 'cloud: gpc'));
    expect((await headrace(['synth'], { cwd })).code).toBe(2);
    expect(output(cwd)).toEqual(before);
    edit(cwd, 'headrace.yaml', (text) => text.replace(/ {2}- \{ name: asia.*\n/, ''));
    expect((await headrace(['synth'], { cwd })).code).toBe(0);
    expect([...output(cwd).keys()].filter((path) => path.includes('asia'))).toEqual([]);
  });

  it('leaves nothing of a killed one beside its output', async () => {
    const cwd = exampleCopy();
    const left = join(cwd, '.headrace/synth-999999999-abc');
    mkdirSync(join(left, 'cdktf.out'), { recursive: true });
    const before = readdirSync(cwd);
    expect((await headrace(['synth'], { cwd })).code).toBe(0);
    expect((await headrace(['synth'], { cwd })).code).toBe(0);
    expect(readdirSync(cwd).sort()).toEqual([...before, 'cdktf.out', 'dist'].sort());
    expect(readdirSync(join(cwd, '.headrace'))).toEqual([]);
  });

  it('fills in what only a deployment knows', async () => {
    const cwd = exampleCopy();
    const outputs = {
      'reviews-eu': {
        identities: { flink: 'f-1', worker: 'w-1', replicator: 'r-1' },
        secret_tenant: 't-1',
        registry: 'r.azurecr.io',
        kafka_bootstrap: 'k:9093',
      },
    };
    const file = join(cwd, 'outputs.json');
    writeFileSync(file, JSON.stringify(outputs));
    const { stdout } = await headrace(['synth', '--outputs', 'outputs.json', '--json'], { cwd });
    expect(JSON.parse(stdout).pending.eu).toEqual([]);
    const manifests = readFileSync(join(cwd, 'dist/manifests/eu/agents-app.yaml'), 'utf8');
    expect(manifests).toContain('w-1');
    expect(manifests).toContain('r.azurecr.io/headrace-worker');
    expect(manifests).not.toContain('pending-stack-output');
  });
});

describe('headrace init', () => {
  it.each([
    ['one region', ['--region', 'us=aws:us-east-1']],
    ['two regions', ['--region', 'us=aws:us-east-1:medium', '--region', 'eu=azure:westeurope']],
    [
      'three regions and Ollama',
      [
        '--region',
        'a=gcp:europe-west4',
        '--region',
        'b=aws:eu-west-1',
        '--region',
        'c=azure:westeurope:large',
        '--model',
        'ollama',
      ],
    ],
    ['defaults', []],
  ])('with %s writes a file that validates, and an agent that runs', async (_, flags) => {
    const cwd = exampleCopy();
    const made = ['init', '--yes', '--file', 'new/deployment.yaml', '--name', 'fresh', ...flags];
    expect(await headrace(made, { cwd })).toMatchObject({ code: 0, stderr: '' });
    expect(loadDeployment(join(cwd, 'new/deployment.yaml')).name).toBe('fresh');
    expect(await headrace(['validate', '--file', 'new/deployment.yaml'], { cwd })).toMatchObject({
      code: 0,
      stderr: '',
    });
    const run = await headrace(['run', '--file', 'new/deployment.yaml', '--json'], { cwd });
    expect(JSON.parse(run.stdout)).toMatchObject({ ok: true, state: 'finished', outputs: 2, deadLetters: 0 });
  });

  it('replaces a file only when told to', async () => {
    const cwd = exampleCopy();
    expect((await headrace(['init', '--yes', '--name', 'other', '--force'], { cwd })).code).toBe(0);
    expect(loadDeployment(join(cwd, 'headrace.yaml')).name).toBe('other');
  });
});

describe('headrace run', () => {
  it('says that it is done when it is run again, and starts afresh when told to', async () => {
    const cwd = exampleCopy();
    const first = JSON.parse((await headrace(['run', '--json'], { cwd })).stdout);
    expect(first).toMatchObject({ ok: true, outputs: 3708, modelCalls: 3708, state: 'finished' });
    expect(JSON.parse((await headrace(['run', '--json'], { cwd })).stdout)).toMatchObject({
      outputs: 3708,
      modelCalls: 0,
      state: 'finished',
    });
    expect(JSON.parse((await headrace(['run', '--json', '--fresh'], { cwd })).stdout)).toMatchObject({
      outputs: 3708,
      modelCalls: 3708,
    });
    expect(existsSync(join(cwd, 'out'))).toBe(true);
  });

  it('forgets its own state and outputs with --fresh, and no other file of these directories', async () => {
    const cwd = exampleCopy();
    await headrace(['run', '--state', 'work'], { cwd });
    const kept = ['out/notes.md', 'out/part-1.jsonl', 'work/state/leases/reviews.json', 'work/journal/notes.log'];
    for (const path of kept) {
      mkdirSync(join(cwd, path, '..'), { recursive: true });
      writeFileSync(join(cwd, path), 'mine');
    }
    writeFileSync(join(cwd, 'out/.part-0000000001.jsonl.77-0b8ac4a4-9c34-4d8c-8c53-5f0a3e0f6a55'), 'torn');
    const again = await headrace(['run', '--state', 'work', '--fresh', '--json'], { cwd });
    expect(JSON.parse(again.stdout)).toMatchObject({ outputs: 3708, modelCalls: 3708 });
    for (const path of kept) expect(readFileSync(join(cwd, path), 'utf8'), path).toBe('mine');
    expect(readdirSync(join(cwd, 'out')).filter((name) => name.startsWith('.part'))).toEqual([]);
  });
});

describe('an interruption', () => {
  it.each([
    ['quickstart', 'Manifests and Helm charts', []],
    ['quickstart', 'Drill: the active region dies', []],
    ['drill', 'the active region works', ['--at', '0.9']],
  ])('of %s at "%s" is told as one, and ends with code 130', async (command, text, args) => {
    const cwd = exampleCopy();
    const { code, stderr } = await headrace([command, ...args], { cwd, signalAt: { text, signal: 'SIGINT' } });
    expect({ code, stderr }).toEqual({ code: 130, stderr: 'interrupted\n' });
  });
});

describe('headrace drill', () => {
  it('ends with code 3 when an objective of the file was missed', async () => {
    const cwd = exampleCopy((file) => file.replace('rto: 5m', 'rto: 1s'));
    const { code, stdout } = await headrace(['drill', '--json'], { cwd });
    expect(code).toBe(3);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ ok: false, exact: true, passed: false, rto: { met: false } });
    expect(readHistory(join(cwd, '.headrace/drill/history.jsonl'))).toMatchObject([
      { scenario: 'kill-region', passed: false, exact: true, report: result.files.report },
    ]);
  });
});

describe('help', () => {
  it.each([
    'init',
    'validate',
    'plan',
    'synth',
    'run',
    'drill',
    'worker',
    'install',
    'uninstall',
    'savepoint',
    'status',
    'restore-test',
    'quickstart',
  ])('of %s says what it does and what it takes', async (command) => {
    const { code, stdout } = await headrace([command, '--help'], { cwd: exampleCopy() });
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Usage: headrace ${command} \\[options\\]\n\n\\S.{30,}`));
    expect(stdout).toContain('--file <path>');
    expect(stdout).toContain('--json');
  });
});
