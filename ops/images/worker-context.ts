import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { OpenDeployment } from '../deployment/open.ts';
import { nodeDistribution } from '../dev/cache.ts';
import { isCheckout, packageRoot } from '../package-root.ts';
import { type AgentContext, agentContext, checkAgent } from './agent-context.ts';
import { imagesError } from './errors.ts';
import { headraceJars } from './java-build.ts';
import { PackageTree } from './packages.ts';
import type { Platform } from './platform.ts';
import { copy } from './tree.ts';

const run = promisify(execFile);

/** Packages of commands that run where a deployment is made, not in its pods: two thirds of all that is installed. */
const LEFT_OUT = /^(cdktf|@cdktf\/.*|cdk8s|cdk8s-plus-\d+|constructs|@clack\/prompts|esbuild)$/;
/** Folders of the build that need them. */
export const LEFT_OUT_FOLDERS = ['stacks', 'charts', 'ops/images', 'ops/init', 'ops/quickstart', 'ops/synth'];

export const isLeftOut = (name: string) => LEFT_OUT.test(name);

export interface WorkerContext {
  /** Absolute path of the agent's module in the image. */
  readonly entry: string;
  readonly runtime: PackageTree;
  readonly agent: AgentContext;
}

/**
 * Fills the build context of the worker's image: node/, headrace/ and agent/, which lie below /opt in the image as here.
 * @param include paths relative to the deployment file.
 */
export async function workerContext(
  directory: string,
  open: OpenDeployment,
  { platform, include, say }: { platform: Platform; include: readonly string[]; say: (text: string) => void },
): Promise<WorkerContext> {
  const at = (...path: string[]) => join(directory, ...path);
  copy(await nodeDistribution(platform.node, say), at('node'));

  const runtime = new PackageTree(isLeftOut);
  runtime.addDependencies(packageRoot);
  // The check below loads the agent in these folders, where they lie as they do in the image.
  const [headrace, agent] = [at('headrace'), at('agent')];
  runtime.write(headrace);
  await writeRuntime(headrace, say);
  const made = await agentContext({
    entry: open.entry,
    include: include.map((path) => resolve(open.directory, path)),
    runtime,
    to: agent,
    headrace,
  });
  const foreign = [...runtime.nativeFor(platform), ...made.packages.nativeFor(platform)];
  if (foreign[0]) {
    throw imagesError(
      'HR-IMAGES-003',
      foreign.map(({ name }) => name).join(', '),
      `holds code for this machine, and the image is for ${platform.name}`,
      `run this command on ${platform.name}, or in a container of it`,
    );
  }
  await checkAgent(at('headrace/check-agent.mjs'), join(agent, made.entry), open.plan.hash);
  return { entry: `/opt/agent/${made.entry}`, runtime, agent: made };
}

/** The compiled runtime, as `npm run build` makes it, and what it reads beside its own modules. */
async function writeRuntime(to: string, say: (text: string) => void): Promise<void> {
  const build = join(to, 'build');
  if (isCheckout) {
    say('compiling TypeScript');
    await compile(build);
    copy(join(packageRoot, 'runtime/wire/headrace'), join(build, 'runtime/wire/headrace'));
  } else copy(join(packageRoot, 'build'), build, (path) => !/\.(d\.ts|map)$/.test(path));
  for (const folder of LEFT_OUT_FOLDERS) rmSync(join(build, folder), { recursive: true, force: true });
  copy(join(packageRoot, 'runtime/images/worker/check-agent.mjs'), join(to, 'check-agent.mjs'));
  copy((await headraceJars(say)).bridge, join(to, 'runtime/flink/bridge/target/headrace-bridge.jar'));
  const { name, version, license, type, exports } = JSON.parse(
    readFileSync(join(packageRoot, 'package.json'), 'utf8'),
  ) as Record<string, unknown>;
  writeFileSync(
    join(to, 'package.json'),
    `${JSON.stringify({ name, version, private: true, license, type, exports }, null, 2)}\n`,
  );
}

async function compile(to: string): Promise<void> {
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const args = ['-p', 'tsconfig.build.json', '--outDir', to, '--declaration', 'false', '--sourceMap', 'false'];
  try {
    await run(process.execPath, [compiler, ...args], { cwd: packageRoot, maxBuffer: 16 << 20 });
  } catch (error) {
    const { stdout = '', message } = error as { stdout?: string; message: string };
    throw imagesError('HR-IMAGES-009', packageRoot, (stdout || message).trim().slice(0, 2000), 'npx tsc -p . shows it');
  }
}
