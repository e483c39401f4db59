import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Builder, buildArguments } from '../../../ops/images/builder.ts';
import { BUILDERS, type BuilderName, chooseBuilder, type Probe } from '../../../ops/images/choose-builder.ts';
import { login } from '../../../ops/images/failures.ts';
import { temporaryDirectory } from '../../runtime/temporary-directory.ts';

const REQUEST = {
  dockerfile: 'runtime/images/flink/Dockerfile',
  context: '/context',
  platform: 'linux/amd64',
  references: ['one.example.com/headrace-flink:1', 'two.example.com/headrace-flink:1'],
  args: { VERSION: '1' },
};

/** Stands for machines: which commands answer. */
const machine =
  (...working: BuilderName[]): Probe =>
  async (name) =>
    working.includes(name as BuilderName) ? undefined : 'not installed';

describe('which builder', () => {
  it.each([
    [['docker', 'podman', 'buildah'], 'docker'],
    [['podman', 'buildah'], 'podman'],
    [['buildah'], 'buildah'],
  ] as const)('of %j is %s', async (working, chosen) => {
    expect(await chooseBuilder(undefined, machine(...working))).toBe(chosen);
  });

  it('is the one that was asked for', async () => {
    expect(await chooseBuilder('buildah', machine('docker', 'buildah'))).toBe('buildah');
    await expect(chooseBuilder('podman', machine('docker'))).rejects.toMatchObject({
      code: 'HR-IMAGES-001',
      place: '--builder podman',
    });
    await expect(chooseBuilder('kaniko', machine('docker'))).rejects.toMatchObject({
      code: 'HR-IMAGES-001',
      mend: 'docker, podman, buildah',
    });
  });

  it('is said to be missing, with what is wrong with each', async () => {
    const probe: Probe = async (name) => (name === 'docker' ? 'Cannot connect to the Docker daemon' : 'not installed');
    await expect(chooseBuilder(undefined, probe)).rejects.toMatchObject({
      code: 'HR-IMAGES-001',
      message: expect.stringContaining('docker: Cannot connect to the Docker daemon; podman: not installed'),
      mend: expect.stringContaining('install Docker'),
    });
  });
});

it.each(BUILDERS)('asks %s for one platform, all names, and no newer base', (name) => {
  const args = buildArguments(name, REQUEST);
  expect(args.join(' ')).toContain(
    '--file runtime/images/flink/Dockerfile --platform linux/amd64 --tag one.example.com/headrace-flink:1 --tag two.example.com/headrace-flink:1 --build-arg VERSION=1',
  );
  expect(args).not.toContain('--pull');
});

/** A command that stands for a builder which fails: what it says is what the real ones say. */
async function failing(name: BuilderName, says: string): Promise<Builder> {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'bin'));
  const file = join(directory, 'bin', name);
  writeFileSync(file, `#!/bin/sh\ncat >&2 <<'END'\n${says}\nEND\nexit 125\n`);
  chmodSync(file, 0o755);
  return new Builder(name, { env: { PATH: [join(directory, 'bin'), process.env['PATH']].join(delimiter) } });
}

describe('a builder that fails', () => {
  it.each([
    ['docker', 'ERROR: failed to resolve source metadata for docker.io/library/debian:x: not found'],
    [
      'podman',
      'Error: creating build container: initializing source docker://debian:x: reading manifest x in debian: manifest unknown',
    ],
    [
      'buildah',
      'error: initializing source docker://debian:x: pinging container registry: dial tcp: lookup registry: no such host',
    ],
  ] as const)('%s without the base image names a way out', async (name, says) => {
    const builder = await failing(name, says);
    await expect(builder.build(REQUEST)).rejects.toMatchObject({
      code: 'HR-IMAGES-005',
      place: REQUEST.references[0],
      mend: expect.stringContaining('--base-image'),
    });
  });

  it('shows its last lines otherwise', async () => {
    const builder = await failing('buildah', 'step 3\njlink: command not found');
    await expect(builder.build(REQUEST)).rejects.toMatchObject({
      code: 'HR-IMAGES-004',
      exitCode: 1,
      message: expect.stringContaining('jlink: command not found'),
    });
  });

  it.each([
    ['docker', 'denied: requested access to the resource is denied'],
    ['docker', 'no basic auth credentials'],
    ['podman', 'Error: writing blob: unauthorized: authentication required'],
  ] as const)('%s without a login says how to log in: %s', async (name, says) => {
    const builder = await failing(name, says);
    await expect(builder.push('registry.example.com/team/headrace-flink:1')).rejects.toMatchObject({
      code: 'HR-IMAGES-006',
      mend: `${name} login registry.example.com`,
    });
  });

  it('tells a registry that is away from one that refuses', async () => {
    const builder = await failing('docker', 'dial tcp: lookup registry.example.com: no such host');
    await expect(builder.push('registry.example.com/headrace-flink:1')).rejects.toMatchObject({
      code: 'HR-IMAGES-007',
    });
  });
});

it.each([
  ['123456789012.dkr.ecr.us-east-1.amazonaws.com', 'aws ecr get-login-password --region us-east-1 |'],
  ['reviewseu.azurecr.io', 'az acr login --name reviewseu '],
  ['asia-docker.pkg.dev', 'gcloud auth print-access-token |'],
  ['registry.example.com', 'podman login registry.example.com'],
])('logs in to %s with what its cloud has', (host, command) => {
  const text = login('podman', `${host}/team/headrace-flink:1`);
  expect(text.startsWith(command)).toBe(true);
  expect(text).toContain(`podman login`);
});
