import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, realpathSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../package-root.ts';
import { type AgentModules, agentModules } from './agent-modules.ts';
import { imagesError } from './errors.ts';
import { findPackage, PackageTree } from './packages.ts';
import { copy } from './tree.ts';

const run = promisify(execFile);

/** The agent in a build context. */
export interface AgentContext {
  /** The entry's path below the agent's directory. */
  readonly entry: string;
  readonly packages: PackageTree;
}

export interface AgentContextOptions {
  /** Absolute path of the agent's module. */
  readonly entry: string;
  /** Absolute paths of files and folders that the agent reads. */
  readonly include: readonly string[];
  readonly runtime: PackageTree;
  /** Directory of the context that becomes /opt/agent. */
  readonly to: string;
  /** The runtime as seen from the agent's directory. */
  readonly headrace: string;
}

/**
 * Copies the agent's own modules as they are, in the folders that they are in, with the packages that they import. The
 * runtime, and packages that it uses as well, are linked rather than copied: an agent made by another copy of the
 * runtime is none to it.
 */
export async function agentContext(options: AgentContextOptions): Promise<AgentContext> {
  const entry = realpathSync(options.entry);
  const modules = await agentModules(entry);
  const descriptions = [...new Set(modules.files.map(nearestDescription))].filter((path) => path !== undefined);
  const include = options.include.map((path) => included(path));
  const base = commonDirectory([...modules.files, ...descriptions, ...modules.ofHeadrace, ...include]);
  const place = (path: string) => join(options.to, relative(base, path));
  for (const file of modules.files) copy(file, place(file));
  for (const path of include) copy(path, place(path), (inside) => !/(^|\/)(node_modules|\.[^/]+)$/.test(inside));
  for (const file of descriptions) writeDescription(file, place(file));
  for (const file of modules.ofHeadrace) {
    mkdirSync(dirname(place(file)), { recursive: true });
    writeFileSync(place(file), "export * from 'headrace';\n");
  }
  const packages = agentPackages(modules, options.runtime);
  packages.write(options.to, options.headrace);
  linkRuntime(options);
  return { entry: relative(base, entry).split(sep).join('/'), packages };
}

/** The package.json that says how Node reads a module. */
function nearestDescription(file: string): string | undefined {
  for (let directory = dirname(file); ; directory = dirname(directory)) {
    const found = join(directory, 'package.json');
    if (existsSync(found)) return found;
    if (directory === dirname(directory)) return undefined;
  }
}

function included(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  throw imagesError(
    'HR-IMAGES-002',
    '--include',
    `there is no ${path}`,
    'name files or folders, relative to the deployment file',
  );
}

/** What Node reads of a package.json: the rest may name hosts and scripts, which are nobody's business. */
function writeDescription(from: string, to: string): void {
  const { name, version, type, imports } = JSON.parse(readFileSync(from, 'utf8')) as Record<string, unknown>;
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, `${JSON.stringify({ name, version, private: true, type, imports }, null, 2)}\n`);
}

export function commonDirectory(paths: readonly string[]): string {
  const split = paths.map((path) => (statSync(path).isDirectory() ? path : dirname(path)).split(sep));
  const [first = ['']] = split;
  const depth = first.findIndex((part, i) => split.some((other) => other[i] !== part));
  return first.slice(0, depth === -1 ? first.length : depth).join(sep) || sep;
}

function agentPackages({ packages }: AgentModules, runtime: PackageTree): PackageTree {
  const tree = new PackageTree((name) => name === 'headrace', runtime);
  const importer = packages.get('headrace');
  const found = importer === undefined ? undefined : findPackage('headrace', dirname(importer));
  if (importer !== undefined && found !== undefined && found !== realpathSync(packageRoot)) {
    throw imagesError(
      'HR-IMAGES-003',
      importer,
      `it imports another copy of Headrace than this command's: ${found}`,
      "call that one's command where the agent is: npx headrace images build",
    );
  }
  tree.add(packages);
  return tree;
}

function linkRuntime({ to, headrace }: AgentContextOptions): void {
  const link = join(to, 'node_modules', 'headrace');
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(relative(dirname(link), headrace), link);
}

/** @throws CommandError HR-IMAGES-008 when the agent does not load in the context, or has another plan there. */
export async function checkAgent(script: string, entry: string, planHash: string): Promise<void> {
  try {
    await run(process.execPath, [script], { env: { AGENT_ENTRY: entry, PLAN_HASH: planHash, HOME: '/' } });
  } catch (error) {
    const { stderr = '', message } = error as { stderr?: string; message: string };
    throw imagesError(
      'HR-IMAGES-008',
      basename(entry),
      `the agent does not load as the image has it: ${stderr.trim().split('\n').slice(-3).join('\n') || message}`,
      'import packages by name, and add files that are imported by a computed name with --include',
    );
  }
}
