// What a security scanner finds in the stacks: nothing without a reason beside the resource, and no reason without a finding.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildApp } from '../../../stacks/app.ts';
import { DEPLOYMENTS } from '../../terraform/deployments.ts';
import { acceptedBy } from './accepted.ts';
import { type Finding, type Scan, scan, share } from './checkov.ts';

/** Deployments and, of each, the stacks that hold what no other one here does. A stack takes seconds to scan. */
const SCANNED: Readonly<Record<string, readonly string[]>> = {
  'the-example': ['reviews-us', 'reviews-eu', 'reviews-asia'],
  'dedicated-on-aws': ['reviews-one'],
  'restricted-on-aws': ['reviews-one'],
  'restricted-on-azure': ['reviews-one'],
  'restricted-on-gcp': ['reviews-one'],
  'everything-with-dns-of-aws': ['reviews-global'],
};
/** Finished within a minute on two cores; a loaded machine takes longer. */
const MINUTES = 60_000;

const work = mkdtempSync(join(tmpdir(), 'headrace-checkov-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

let found: Scan;
/** `deployment stack check name`, with the reason. */
const accepted = new Map<string, string>();
const keyOf = ({ file, check, resource }: Finding) => {
  const [, title = '', stack = ''] = /([^/]+)\/([^/]+)\/cdk\.tf\.json$/.exec(file) ?? [];
  return `${title} ${stack} ${check} ${resource}`;
};

beforeAll(async () => {
  for (const [title, load] of DEPLOYMENTS) {
    const wanted = SCANNED[title];
    if (!wanted) continue;
    const outdir = join(work, 'synthesized', title);
    mkdirSync(outdir, { recursive: true });
    const { app } = await buildApp(load(), outdir);
    app.synth();
    for (const [key, reason] of acceptedBy(app)) {
      if (wanted.some((stack) => key.startsWith(`${stack} `))) accepted.set(`${title} ${key}`, reason);
    }
    for (const stack of wanted) {
      cpSync(join(outdir, 'stacks', stack), join(work, 'scanned', title, stack), { recursive: true });
    }
  }
  found = scan('stacks', join(work, 'scanned'));
  process.stdout.write(`checkov: ${share(found, (finding) => accepted.has(keyOf(finding)))}\n`);
}, 10 * MINUTES);

test('every stack was looked at', () => {
  expect(found.passed).toBeGreaterThan(1_000);
});

test('nothing is found without a reason beside the resource', () => {
  const unreasoned = found.findings.filter((finding) => !accepted.has(keyOf(finding)));
  expect(unreasoned.map((finding) => `${keyOf(finding)}: ${finding.title}`)).toEqual([]);
});

test('every reason still has its finding', () => {
  // Keys and log groups come in kinds (`key-kafka`): one of a kind is enough.
  const kindOf = (key: string) => {
    const [, , check, name = ''] = key.split(' ');
    return `${check} ${name.split('-')[0]}`;
  };
  const seen = new Set(found.findings.map((finding) => kindOf(keyOf(finding))));
  expect([...new Set([...accepted.keys()].map(kindOf))].filter((kind) => !seen.has(kind))).toEqual([]);
});

test('every reason says something', () => {
  for (const [key, reason] of accepted) expect(reason.length, key).toBeGreaterThan(15);
});

test(
  'a key that is not rotated and a bucket without its lock would be found',
  () => {
    const file = join(work, 'scanned', 'the-example', 'reviews-us', 'cdk.tf.json');
    const stack = JSON.parse(readFileSync(file, 'utf8')) as { resource: Record<string, Record<string, object>> };
    const key = stack.resource['aws_kms_key']?.['key-state'];
    const bucket = stack.resource['aws_s3_bucket']?.['state'];
    const broken = join(work, 'broken', 'cdk.tf.json');
    mkdirSync(dirname(broken));
    const resource = {
      aws_kms_key: { state: { ...key, enable_key_rotation: false } },
      aws_s3_bucket: { state: bucket },
    };
    writeFileSync(broken, JSON.stringify({ resource }));
    const checks = scan('stacks', dirname(broken)).findings.map(({ check }) => check);
    expect(checks).toEqual(expect.arrayContaining(['CKV_AWS_7', 'CKV2_AWS_6']));
  },
  MINUTES,
);
