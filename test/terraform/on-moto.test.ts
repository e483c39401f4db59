// A region on AWS made, changed and taken down by Headrace's own commands, with the real provider and a stand-in for AWS
// on this machine (aws/server.py: moto, and what moto lacks). Commands are told of it as any user would tell them of
// another endpoint: by AWS's own environment variables.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Child } from '../../ops/dev/child.ts';
import { startMoto } from '../flink/moto.ts';
import { providersOf, reached } from './terraform.ts';

const MAIN = fileURLToPath(new URL('../../ops/main.ts', import.meta.url));
const AGENT = fileURLToPath(new URL('../../examples/review-analysis/agent.ts', import.meta.url));
const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const CDKTF = join(PROJECT, 'node_modules/cdktf-cli/bundle/bin/cdktf.js');
const SERVER = fileURLToPath(new URL('./aws/server.py', import.meta.url));
/** A whole region takes two to four minutes, and nine to take down: the provider waits eight for the scraper to go. */
const MINUTES = 60_000;

const FILE = `version: 1
name: reviews
id: 5c1a9e
agent: { entry: ${AGENT} }
regions:
  - { name: us, cloud: aws, region: us-east-1, role: active }
dr: { mode: none }
source: { kafka: { topic: reviews, bootstrap: managed } }
sink: { kafka: { topic: ratings, bootstrap: managed } }
secrets: [openai-key]
resources: { judge: { chat: openai, model: gpt-4.1-mini, secret: openai-key } }
cluster: { deletionProtection: false }
observability: { alarms: [oncall@example.com], monthlyBudget: 900 }
terraform: { backend: { aws: { bucket: reviews-terraform, region: us-east-1, kmsKeyId: alias/reviews-terraform } } }
`;

const work = mkdtempSync(join(tmpdir(), 'headrace-moto-'));
/** Of a second stand-in. */
const other = join(work, 'other');
mkdirSync(other);
const why = await reached(join(work, 'probe'), providersOf('aws'));
if (why) process.stderr.write(`skipped: ${why}\n`);

let moto: Child | undefined;
let env: NodeJS.ProcessEnv;

/** A stand-in that has nothing yet. */
async function start(directory: string): Promise<void> {
  await moto?.stop('SIGKILL');
  writeFileSync(join(directory, 'headrace.yaml'), FILE);
  const started = await startMoto(directory, { script: SERVER });
  moto = started.child;
  env = {
    ...process.env,
    ...mirrorEnvironment(),
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL: started.url,
    // Its calls go to ACCOUNT.endpoint, a name that no resolver knows: they are handed to the stand-in as to a proxy.
    AWS_ENDPOINT_URL_S3_CONTROL: 'http://aws.test',
    HTTP_PROXY: started.url,
    NO_COLOR: '1',
  };
}

beforeAll(async () => {
  if (!why) await start(work);
}, 5 * MINUTES);
afterAll(async () => {
  await moto?.stop('SIGKILL');
  rmSync(work, { recursive: true, force: true });
});

function mirrorEnvironment(): NodeJS.ProcessEnv {
  const mirror = process.env['HEADRACE_TF_MIRROR'];
  if (!mirror) return {};
  const file = join(work, 'terraform.rc');
  writeFileSync(file, `provider_installation { filesystem_mirror { path = ${JSON.stringify(mirror)} } }\n`);
  return { TF_CLI_CONFIG_FILE: file };
}

interface Ran {
  readonly code: number;
  readonly output: string;
}

type OnOutput = (output: string, child: ChildProcess) => void;

/** Runs a command of Headrace. @param onOutput told of all output so far. */
const headrace = (args: readonly string[], onOutput?: OnOutput, cwd = work) =>
  ran([MAIN, ...args, '--yes'], { cwd, env }, onOutput);

/** Runs cdktf's own command, as its user would: in the project, with the file named. */
const cdktf = (command: 'deploy' | 'destroy') =>
  ran(
    [
      ...[CDKTF, command, 'reviews-us', '--auto-approve', '--no-color', '--output', join(work, 'by-cdktf')],
      // `terraform providers lock`, which cdktf runs as well, asks the registry even where there is a mirror.
      ...(process.env['HEADRACE_TF_MIRROR'] ? ['--skip-provider-lock'] : []),
    ],
    {
      cwd: PROJECT,
      env: { ...env, HEADRACE_FILE: join(work, 'headrace.yaml'), CI: '1', CHECKPOINT_DISABLE: '1' },
    },
  );

function ran(
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
  onOutput?: OnOutput,
): Promise<Ran> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, args, options);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        onOutput?.(output, child);
      });
    }
    child.on('error', fail).on('close', (code) => done({ code: code ?? -1, output }));
  });
}

/** How many resources a run says that it makes, changes and takes away in a stack. */
const counts = (output: string, stack: string) =>
  new RegExp(`^ *(?:aws +)?${stack} +(\\d+) +(\\d+) +(\\d+)`, 'm').exec(output)?.slice(1).map(Number);

describe.skipIf(why)('a region on AWS', () => {
  test(
    'bootstrap makes the store of Terraform’s state, and moves what describes it inside',
    async () => {
      const first = await headrace(['bootstrap']);
      expect(first.code, first.output).toBe(0);
      expect(counts(first.output, 'reviews-terraform')).toEqual([9, 0, 0]);
      expect(existsSync(join(work, 'terraform.reviews-bootstrap-aws.tfstate'))).toBe(false);
      const again = await headrace(['bootstrap']);
      expect(again.code, again.output).toBe(0);
      expect(again.output).toContain('Nothing was changed.');
    },
    15 * MINUTES,
  );

  let before = 0;
  test(
    'a first deploy that is interrupted says where the next goes on',
    async () => {
      let interrupted = false;
      const { code, output } = await headrace(['deploy', '--region', 'us'], (soFar, child) => {
        // Keys take ten seconds to settle and fill every slot: nothing else is being made just then.
        if (interrupted || !/aws_kms_key\S+: create, 10 s/.test(soFar)) return;
        interrupted = true;
        child.kill('SIGINT');
      });
      expect(interrupted, output).toBe(true);
      expect(code, output).not.toBe(0);
      [before = 0] = counts(output, 'reviews-us') ?? [];
      expect(before).toBeGreaterThan(190);
    },
    15 * MINUTES,
  );

  test(
    'the next deploy makes the rest, and saves what the charts need',
    async () => {
      const { code, output } = await headrace(['deploy', '--region', 'us']);
      expect(code, output).toBe(0);
      const [made = 0, changed] = counts(output, 'reviews-us') ?? [];
      expect(made).toBeLessThan(before);
      expect(changed).toBe(0);
      const outputs = JSON.parse(readFileSync(join(work, 'headrace-outputs.json'), 'utf8'));
      expect(outputs['reviews-us']).toMatchObject({
        cluster_name: 'reviews-us',
        oidc_issuer: expect.stringMatching(/^https:\/\/oidc\.eks\.us-east-1\./),
        kafka_bootstrap: expect.stringContaining(':9098'),
      });
    },
    20 * MINUTES,
  );

  test(
    'a second deploy has nothing to do',
    async () => {
      const { code, output } = await headrace(['deploy', '--region', 'us']);
      expect(code, output).toBe(0);
      expect(output).toContain('Nothing was changed.');
    },
    10 * MINUTES,
  );

  test(
    'cdktf deploy finds the same, and has nothing to do',
    async () => {
      const { code, output } = await cdktf('deploy');
      expect(code, output).toBe(0);
      expect(output).toMatch(/No changes\.|0 added, 0 changed, 0 destroyed/);
    },
    10 * MINUTES,
  );

  test(
    'destroy takes everything down, and then finds nothing',
    async () => {
      const refused = await headrace(['destroy', '--region', 'us']);
      expect(refused.output).toContain('HR-DEPLOY-010');
      const { code, output } = await headrace(['destroy', '--region', 'us', '--delete-state']);
      expect(code, output).toBe(0);
      expect(output).toContain('1 stacks taken down.');
      const again = await headrace(['destroy', '--region', 'us', '--delete-state']);
      expect(again.output).toContain('Nothing was taken down.');
    },
    20 * MINUTES,
  );

  test(
    'cdktf deploy makes a region from nothing, and cdktf destroy takes it down',
    async () => {
      // A secret that was taken down keeps its name for a while.
      await start(other);
      const bootstrapped = await headrace(['bootstrap'], undefined, other);
      expect(bootstrapped.code, bootstrapped.output).toBe(0);
      const made = await cdktf('deploy');
      expect(made.code, made.output).toBe(0);
      const count = Number(/(\d+) added, 0 changed, 0 destroyed/.exec(made.output)?.[1]);
      expect(count, made.output).toBeGreaterThan(190);
      const gone = await cdktf('destroy');
      expect(gone.code, gone.output).toBe(0);
      expect(Number(/(\d+) destroyed/.exec(gone.output)?.[1]), gone.output).toBe(count);
    },
    30 * MINUTES,
  );

  test('no call was one that the stand-in does not know', () => {
    for (const log of [join(work, 'moto.log'), join(other, 'moto.log')])
      expect(readFileSync(log, 'utf8').match(/^UNKNOWN .*|^StandInFailed.*/gm) ?? []).toEqual([]);
  });
});
