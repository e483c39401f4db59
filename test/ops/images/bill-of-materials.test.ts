import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as CycloneDX from '@cyclonedx/cyclonedx-library';
import { expect, it } from 'vitest';
import { VERSIONS } from '../../../config/index.ts';
import { licences } from '../../../ops/images/bom/component.ts';
import { debianComponents } from '../../../ops/images/bom/debian.ts';
import { billOfMaterials } from '../../../ops/images/bom/document.ts';
import { jarComponents } from '../../../ops/images/bom/jars.ts';
import { nodeComponent, npmComponents } from '../../../ops/images/bom/packages.ts';
import { PackageTree } from '../../../ops/images/packages.ts';
import { isLeftOut } from '../../../ops/images/worker-context.ts';
import { packageRoot } from '../../../ops/package-root.ts';
import { temporaryDirectory } from '../../runtime/temporary-directory.ts';

const STATUS = `Package: libc6
Status: install ok installed
Architecture: amd64
Source: glibc
Version: 2.36-9+deb12u13
Description: GNU C Library
 more

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1

Package: openjdk-17-jre-headless
Status: install ok installed
Architecture: amd64
Source: openjdk-17 (17.0.1)
Version: 17.0.2+8-1~deb12u1
`;

/** A jar as shading makes them: its own coordinates beside those of what was packed into it. */
function jar(directory: string, name: string, inside: readonly (readonly [string, string, string])[]): void {
  const source = temporaryDirectory();
  for (const [group, artifact, version] of inside) {
    const folder = join(source, 'META-INF/maven', group, artifact);
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'pom.properties'),
      `#made\nartifactId=${artifact}\ngroupId=${group}\nversion=${version}\n`,
    );
  }
  writeFileSync(join(source, 'other'), 'x'.repeat(100_000));
  mkdirSync(directory, { recursive: true });
  execFileSync('python3', [
    '-m',
    'zipfile',
    '-c',
    join(directory, name),
    ...['META-INF', 'other'].map((part) => join(source, part)),
  ]);
}

function components() {
  const directory = temporaryDirectory();
  jar(join(directory, 'lib'), 'flink-dist-2.3.0.jar', [
    ['org.apache.flink', 'flink-dist', '2.3.0'],
    ['org.xerial', 'snappy', '1.1.10'],
    ['org.xerial', 'snappy', '1.1.10'],
  ]);
  jar(directory, 'headrace-state-fs.jar', []);
  const packages = new PackageTree(isLeftOut);
  packages.addDependencies(packageRoot);
  return [
    ...debianComponents(STATUS),
    ...jarComponents(directory, '/opt/flink'),
    nodeComponent(process.execPath),
    ...npmComponents(packages.packages, '/opt/headrace'),
  ];
}

const subject = { name: 'headrace-flink:1', version: '1', id: `sha256:${'a'.repeat(64)}`, revision: 'unknown' };

it('is CycloneDX 1.6, by its schema', async () => {
  const validator = new CycloneDX.Validation.JsonStrictValidator(CycloneDX.Spec.Version.v1dot6);
  const text = billOfMaterials({ ...subject, components: components() });
  expect(await validator.validate(text)).toBeNull();
  expect(await validator.validate(text.replace('"type": "container"', '"type": "can"'))).not.toBeNull();
});

it('lists what is inside a jar, what Debian installed, and every package', () => {
  const all = components();
  const of = (ref: string) => all.find((one) => one['bom-ref'] === ref);
  expect(of('/opt/flink/lib/flink-dist-2.3.0.jar')).toMatchObject({
    purl: 'pkg:maven/org.apache.flink/flink-dist@2.3.0',
    hashes: [{ alg: 'SHA-256', content: expect.stringMatching(/^[0-9a-f]{64}$/) }],
    components: [{ purl: 'pkg:maven/org.xerial/snappy@1.1.10' }],
  });
  expect(of('/opt/flink/headrace-state-fs.jar')).toMatchObject({
    name: 'headrace-state-fs',
    version: VERSIONS.headrace,
  });
  const debian = all.filter(({ purl }) => purl?.startsWith('pkg:deb/'));
  expect(debian.map(({ name, version }) => `${name} ${version}`)).toEqual([
    'libc6 2.36-9+deb12u13',
    'openjdk-17-jre-headless 17.0.2+8-1~deb12u1',
  ]);
  expect(debian[0]?.purl).toBe('pkg:deb/debian/libc6@2.36-9%2Bdeb12u13?arch=amd64&distro=debian-12');
  expect(of('/opt/headrace/node_modules/zod')).toMatchObject({ name: 'zod', licenses: [{ expression: 'MIT' }] });
  expect(of('/opt/headrace/node_modules/@grpc/grpc-js')).toMatchObject({
    group: '@grpc',
    name: 'grpc-js',
    purl: expect.stringMatching(/^pkg:npm\/%40grpc\/grpc-js@\d/),
  });
});

it('is the same for the same image, in any order of parts', () => {
  const all = debianComponents(STATUS);
  const text = billOfMaterials({ ...subject, components: all });
  expect(billOfMaterials({ ...subject, components: [...all].reverse() })).toBe(text);
});

it.each([
  ['MIT', [{ expression: 'MIT' }]],
  ['(MIT OR Apache-2.0)', [{ expression: '(MIT OR Apache-2.0)' }]],
  ['SEE LICENSE IN LICENSE.md', [{ license: { name: 'SEE LICENSE IN LICENSE.md' } }]],
  ['Apache License, Version 2.0', [{ license: { name: 'Apache License, Version 2.0' } }]],
  [undefined, undefined],
] as const)('takes the licence %s as it is stated', (text, expected) => {
  expect(licences(text).licenses).toEqual(expected);
});
