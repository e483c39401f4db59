// What a security scanner finds in the manifests: nothing without a stated reason, and no reason without a finding.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderManifests } from '../../charts/index.ts';
import { DEPLOYMENTS } from './deployments.ts';
import { CHECKOV } from './lint-suppressions.ts';
import { type Manifest, objectsIn } from './objects.ts';

function checkov(): string {
  const folders = [process.env['HEADRACE_TOOLS'], ...(process.env['PATH'] ?? '').split(delimiter)];
  const found = folders.flatMap((folder) => (folder ? [join(folder, 'checkov')] : [])).find((file) => existsSync(file));
  if (!found)
    throw new Error('checkov is missing: pip install checkov==3.3.30, then put it on PATH or into HEADRACE_TOOLS');
  return found;
}

interface Report {
  readonly results: { readonly failed_checks: readonly { readonly check_id: string; readonly resource: string }[] };
  readonly summary: { readonly passed: number; readonly parsing_errors: number };
}

/** Scans a folder of manifests. */
function scan(folder: string): Report {
  const run = spawnSync(
    checkov(),
    ['--directory', folder, '--framework', 'kubernetes', '--skip-download', '--compact', '--quiet', '--output', 'json'],
    { encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  const parsed = JSON.parse(run.stdout) as Report | Report[];
  return Array.isArray(parsed) ? (parsed[0] as Report) : parsed;
}

let work: string;
/** `check Kind/component` of every finding. */
let findings: string[];
let passed = 0;

beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'headrace-lint-'));
  const components = new Map<string, string>();
  for (const [title, load] of DEPLOYMENTS)
    for (const input of load())
      for (const [path, text] of renderManifests(input)) {
        const file = join(work, title.replaceAll(' ', '-'), input.region.name, path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
        for (const { kind, metadata } of objectsIn(text) as Manifest[])
          components.set(
            `${kind}.${metadata.namespace ?? 'default'}.${metadata.name}`,
            `${kind}/${metadata.labels?.['app.kubernetes.io/component'] ?? metadata.name}`,
          );
      }
  const { results, summary } = scan(work);
  expect(summary.parsing_errors).toBe(0);
  passed = summary.passed;
  findings = results.failed_checks.map(
    // A pod of a workload is named after it, with a suffix of its own.
    ({ check_id, resource }) => `${check_id} ${components.get(resource) ?? resource}`,
  );
}, 300_000);
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe('checkov', () => {
  it('looked at all of it', () => {
    expect(passed).toBeGreaterThan(500);
  });

  it('finds nothing without a stated reason', () => {
    const stated = new Set(CHECKOV.flatMap(({ check, objects }) => objects.map((object) => `${check} ${object}`)));
    expect([...new Set(findings)].filter((finding) => !stated.has(finding))).toEqual([]);
  });

  it('still finds everything that a reason is stated for', () => {
    const found = new Set(findings);
    const stale = CHECKOV.flatMap(({ check, objects }) =>
      objects.map((object) => `${check} ${object}`).filter((finding) => !found.has(finding)),
    );
    expect(stale).toEqual([]);
  });

  it('would see a container that may become root', () => {
    const folder = join(work, 'broken');
    mkdirSync(folder);
    const [, load] = DEPLOYMENTS[0];
    const [input] = load();
    const text = renderManifests(input as never).get('agents-app.yaml') ?? '';
    writeFileSync(
      join(folder, 'a.yaml'),
      text.replace('allowPrivilegeEscalation: false', 'allowPrivilegeEscalation: true'),
    );
    expect(scan(folder).results.failed_checks.map((one) => one.check_id)).toContain('CKV_K8S_20');
  }, 120_000);
});
