import { existsSync, lstatSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { agentContext } from '../../../ops/images/agent-context.ts';
import { PackageTree } from '../../../ops/images/packages.ts';
import { filesBelow, settle } from '../../../ops/images/tree.ts';
import { packageRoot } from '../../../ops/package-root.ts';
import { temporaryDirectory } from '../../runtime/temporary-directory.ts';

/** Files of a project, by path; a package of npm is a folder below node_modules. */
function project(files: Readonly<Record<string, string>>): string {
  const directory = realpathSync(temporaryDirectory());
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}

const described = (fields: object) => JSON.stringify({ version: '1.0.0', ...fields });
const AGENT = "import { agent } from 'headrace';\nexport default agent;\n";

async function context(directory: string, options: { include?: string[]; runtime?: PackageTree; entry?: string } = {}) {
  const to = join(temporaryDirectory(), 'agent');
  const made = await agentContext({
    entry: join(directory, options.entry ?? 'src/agent.ts'),
    include: (options.include ?? []).map((path) => join(directory, path)),
    runtime: options.runtime ?? new PackageTree(),
    to,
    headrace: join(dirname(to), 'headrace'),
  });
  return { ...made, to };
}

describe('the agent in the image', () => {
  it('keeps its modules as they are, in their folders, and nothing else', async () => {
    const directory = project({
      'package.json': described({
        name: 'mine',
        type: 'module',
        scripts: { leak: 'https://internal.example' },
        imports: { '#p': './src/prompt.ts' },
      }),
      'src/agent.ts':
        "import { agent } from 'headrace';\nimport './parts/rate.ts';\nimport prompt from '#p';\nexport default [agent, prompt, () => import('./late.ts')];\n",
      'src/parts/rate.ts':
        "import data from './data.json' with { type: 'json' };\nimport type { T } from '../types.ts';\nexport const x: T = data;\n",
      'src/parts/data.json': '{}',
      'src/prompt.ts': 'export default 1;\n',
      'src/late.ts': 'export const late = 1;\n',
      'src/types.ts': 'export type T = object;\n',
      'src/agent.test.ts': 'throw new Error();\n',
      '.env': 'KEY=secret\n',
      'headrace.yaml': 'version: 1\n',
    });
    const { to, entry } = await context(directory);
    expect(filesBelow(to)).toEqual([
      'package.json',
      'src/agent.ts',
      'src/late.ts',
      'src/parts/data.json',
      'src/parts/rate.ts',
      'src/prompt.ts',
    ]);
    expect(entry).toBe('src/agent.ts');
    expect(readFileSync(join(to, 'src/agent.ts'), 'utf8')).toBe(readFileSync(join(directory, 'src/agent.ts'), 'utf8'));
    expect(JSON.parse(readFileSync(join(to, 'package.json'), 'utf8'))).toEqual({
      name: 'mine',
      version: '1.0.0',
      private: true,
      type: 'module',
      imports: { '#p': './src/prompt.ts' },
    });
  });

  it('has the packages that it imports, with theirs, each version where it was', async () => {
    const directory = project({
      'package.json': described({ name: 'mine', type: 'module' }),
      'src/agent.ts': `${AGENT}import '@team/a/part';\nimport 'node:fs';\nimport 'c';\n`,
      'node_modules/@team/a/package.json': described({
        name: '@team/a',
        dependencies: { b: '1', gone: '1' },
        optionalDependencies: { gone: '1' },
      }),
      'node_modules/@team/a/part.js': '',
      'node_modules/@team/a/README.md': '',
      'node_modules/@team/a/LICENSE.md': '',
      'node_modules/@team/a/part.d.ts': '',
      'node_modules/b/package.json': described({ name: 'b', dependencies: { c: '2' } }),
      'node_modules/b/node_modules/c/package.json': described({ name: 'c', version: '2.0.0' }),
      'node_modules/c/package.json': described({ name: 'c' }),
      'node_modules/unused/package.json': described({ name: 'unused' }),
    });
    const { to, packages } = await context(directory);
    expect(packages.packages.map(({ place, version }) => `${place}@${version}`)).toEqual([
      'node_modules/@team/a@1.0.0',
      'node_modules/b@1.0.0',
      'node_modules/b/node_modules/c@2.0.0',
      'node_modules/c@1.0.0',
    ]);
    expect(filesBelow(join(to, 'node_modules'))).toEqual([
      '@team/a/LICENSE.md',
      '@team/a/package.json',
      '@team/a/part.js',
      'b/node_modules/c/package.json',
      'b/package.json',
      'c/package.json',
    ]);
  });

  it('shares the runtime, and packages that both use', async () => {
    const directory = project({
      'package.json': described({ name: 'mine', type: 'module' }),
      'src/agent.ts': `${AGENT}import 'shared';\n`,
      'node_modules/shared/package.json': described({ name: 'shared' }),
    });
    const runtime = new PackageTree();
    runtime.add(new Map([['shared', join(directory, 'x.ts')]]));
    const { to, packages } = await context(directory, { runtime });
    expect(packages.packages).toEqual([]);
    symlinkSync(directory, join(dirname(to), 'headrace'));
    expect(realpathSync(join(to, 'node_modules/shared'))).toBe(join(directory, 'node_modules/shared'));
    expect(lstatSync(join(to, 'node_modules/headrace')).isSymbolicLink()).toBe(true);
  });

  it('finds the runtime where the example imports it by a path', async () => {
    const { to, entry } = await context(packageRoot, { entry: 'examples/review-analysis/agent.ts' });
    expect(entry).toBe('examples/review-analysis/agent.ts');
    expect(filesBelow(to).filter((path) => !path.startsWith('node_modules/'))).toEqual([
      'examples/review-analysis/agent.ts',
      'package.json',
      'runtime/api/index.ts',
    ]);
    expect(readFileSync(join(to, 'runtime/api/index.ts'), 'utf8')).toBe("export * from 'headrace';\n");
  });

  it('gets the files that it reads, but none that begin with a dot', async () => {
    const directory = project({
      'package.json': described({ name: 'mine' }),
      'src/agent.ts': AGENT,
      'prompts/rate.txt': 'rate',
      'prompts/.env': 'KEY=secret',
      'prompts/node_modules/x/index.js': '',
    });
    const { to } = await context(directory, { include: ['prompts'] });
    expect(filesBelow(to)).toEqual(['package.json', 'prompts/rate.txt', 'src/agent.ts']);
  });

  it.each([
    ['a module that is not there', "import './away.ts';\n", 'HR-IMAGES-002', /agent\.ts:3:8$/, /away/],
    ['text that is no module', 'const = 1;\n', 'HR-IMAGES-002', /agent\.ts:3:7$/, /Expected/],
    ['a package that is not installed', "import 'away';\n", 'HR-IMAGES-003', /agent\.ts$/, /away is not installed/],
    ['a path of this machine', "import '/srv/x.ts';\n", 'HR-IMAGES-003', /agent\.ts$/, /path of this machine/],
    [
      'the inside of Headrace',
      `import 'HEADRACE/runtime/engine/index.ts';\n`,
      'HR-IMAGES-003',
      /agent\.ts$/,
      /runtime\/engine/,
    ],
  ])('is refused with %s', async (_, line, code, place, message) => {
    const directory = project({ 'package.json': described({ name: 'mine', type: 'module' }), 'src/agent.ts': '' });
    const up = join(directory, 'src')
      .split('/')
      .slice(1)
      .map(() => '..')
      .join('/');
    writeFileSync(
      join(directory, 'src/agent.ts'),
      AGENT + line.replace('HEADRACE', `${up}${packageRoot}`.replace(/\/$/, '')),
    );
    await expect(context(directory)).rejects.toMatchObject({
      code,
      place: expect.stringMatching(place),
      message: expect.stringMatching(message),
    });
  });

  it('is refused with a file to include that is not there', async () => {
    const directory = project({ 'package.json': described({}), 'src/agent.ts': AGENT });
    await expect(context(directory, { include: ['prompts'] })).rejects.toMatchObject({
      code: 'HR-IMAGES-002',
      place: '--include',
    });
  });
});

it('finds packages whose code is for other machines', () => {
  const directory = project({
    'node_modules/any/package.json': described({ name: 'any' }),
    'node_modules/only/package.json': described({ name: 'only', os: ['darwin'] }),
    'node_modules/native/package.json': described({ name: 'native' }),
    'node_modules/native/build/x.node': '',
  });
  const tree = new PackageTree();
  tree.add(new Map(['any', 'only', 'native'].map((name) => [name, join(directory, 'x.ts')])));
  const foreign = (cpu: string) => tree.nativeFor({ os: 'linux', cpu }).map(({ name }) => name);
  expect(foreign(process.arch)).toEqual(process.platform === 'linux' ? ['only'] : ['native', 'only']);
  expect(foreign('s390x')).toEqual(['native', 'only']);
});

it('gives files the same permissions and times on every machine', () => {
  const directory = project({ 'a/file': 'abc', 'a/program': 'x' });
  writeFileSync(join(directory, 'a/private'), 'y', { mode: 0o600 });
  writeFileSync(join(directory, 'a/run'), 'z', { mode: 0o700 });
  expect(settle(directory)).toBe(6);
  const mode = (path: string) => (lstatSync(join(directory, path)).mode & 0o7777).toString(8);
  expect(['a', 'a/private', 'a/run'].map(mode)).toEqual(['755', '644', '755']);
  expect(lstatSync(join(directory, 'a/file')).mtimeMs).toBe(Date.UTC(1980, 0, 1));
  expect(existsSync(join(directory, 'a/program'))).toBe(true);
});
