// What scanners find in the manifests: nothing without a stated reason, and no reason without a finding.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderManifests } from '../../../charts/index.ts';
import { DEPLOYMENTS } from '../deployments.ts';
import { type Manifest, objectsIn } from '../objects.ts';
import { SCANNERS } from './scanners.ts';

let work: string;
/** `Kind/component` by `Kind.namespace.name`. */
const components = new Map<string, string>();
/** One folder a region: names are their own only there. */
const folders: string[] = [];

beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'headrace-lint-'));
  for (const [title, load] of DEPLOYMENTS)
    for (const input of load()) {
      const folder = join(work, 'manifests', title.replaceAll(' ', '-'), input.region.name);
      folders.push(folder);
      for (const [path, text] of renderManifests(input)) {
        const file = join(folder, path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
        for (const { kind, metadata } of objectsIn(text) as Manifest[])
          components.set(
            `${kind}.${metadata.namespace ?? 'default'}.${metadata.name}`,
            `${kind}/${metadata.labels?.['app.kubernetes.io/component'] ?? metadata.name}`,
          );
      }
    }
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe.each(SCANNERS)('$name', ({ scan, stated, weakened }) => {
  let passed = 0;
  /** `check Kind/component` of every finding. */
  const found = new Set<string>();
  const reasons = new Set(stated.flatMap(({ check, objects }) => objects.map((object) => `${check} ${object}`)));

  beforeAll(() => {
    const result = scan(folders);
    passed = result.passed;
    for (const { check, object } of result.findings) found.add(`${check} ${components.get(object) ?? object}`);
  }, 300_000);

  it('looked at all of it', () => {
    expect(passed).toBeGreaterThan(500);
  });

  it('finds nothing without a stated reason', () => {
    expect([...found].filter((finding) => !reasons.has(finding))).toEqual([]);
  });

  it('still finds everything that a reason is stated for', () => {
    expect([...reasons].filter((finding) => !found.has(finding))).toEqual([]);
  });

  it('would see a weaker container', () => {
    const folder = mkdtempSync(join(work, 'weaker-'));
    const [, load] = DEPLOYMENTS[0];
    const [input] = load();
    const text = renderManifests(input as never).get('agents-app.yaml') ?? '';
    writeFileSync(join(folder, 'a.yaml'), text.replace(weakened.from, weakened.to));
    expect(scan([folder]).findings.map(({ check }) => check)).toContain(weakened.check);
  });
});
