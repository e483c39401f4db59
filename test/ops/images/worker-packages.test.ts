import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { packageName } from '../../../ops/images/agent-modules.ts';
import { PackageTree } from '../../../ops/images/packages.ts';
import { isLeftOut, LEFT_OUT_FOLDERS } from '../../../ops/images/worker-context.ts';
import { packageRoot } from '../../../ops/package-root.ts';

/** Commands that are given where a deployment is made; all others must run in a pod. */
const OUTSIDE = [
  ...['bootstrap', 'deploy', 'destroy', 'diff', 'drill', 'drill-regions', 'images', 'init', 'install', 'plan'],
  ...['quickstart', 'secrets', 'synth', 'traffic', 'uninstall', 'validate'],
];

/** Packages and own modules that a command reaches, also those that it loads late. */
async function reached(command: string): Promise<{ packages: string[]; modules: string[] }> {
  const { metafile } = await build({
    entryPoints: [join(packageRoot, 'ops/commands', command)],
    absWorkingDir: packageRoot,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'silent',
  });
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports.filter((one) => one.external));
  return {
    packages: [...new Set(imports.map(({ path }) => packageName(path)))],
    modules: Object.keys(metafile.inputs),
  };
}

const commands = readdirSync(join(packageRoot, 'ops/commands')).filter(
  (file) => !OUTSIDE.includes(file.replace('.ts', '')),
);

describe.each(commands)('in a pod, the command of %s', (command) => {
  it('finds all that it imports', async () => {
    const { packages, modules } = await reached(command);
    expect(packages.filter(isLeftOut)).toEqual([]);
    expect(modules.filter((module) => LEFT_OUT_FOLDERS.some((folder) => module.startsWith(`${folder}/`)))).toEqual([]);
  });
});

it('leaves out what makes stacks and charts, and keeps what the runtime imports', () => {
  const tree = new PackageTree(isLeftOut);
  tree.addDependencies(packageRoot);
  const names = new Set(tree.packages.map(({ name }) => name));
  for (const name of [
    'cdktf',
    '@cdktf/provider-aws',
    'cdk8s',
    'cdk8s-plus-27',
    'constructs',
    'esbuild',
    'typescript',
    'vitest',
  ])
    expect(names).not.toContain(name);
  for (const name of ['zod', '@grpc/grpc-js', 'protobufjs', 'openai', '@aws-sdk/client-s3', 'commander'])
    expect(names).toContain(name);
});
