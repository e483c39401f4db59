import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultImageTag, type ImageName } from '../../config/index.ts';
import type { OpenDeployment } from '../deployment/open.ts';
import { packageRoot } from '../package-root.ts';
import type { Builder, BuiltImage } from './builder.ts';
import { flinkContext } from './flink-context.ts';
import { headraceJars } from './java-build.ts';
import type { PlacedPackage } from './packages.ts';
import type { Platform } from './platform.ts';
import { revision } from './revision.ts';
import { settle } from './tree.ts';
import { workerContext } from './worker-context.ts';

export interface ImageBuild {
  readonly image: ImageName;
  readonly open: OpenDeployment;
  readonly references: readonly string[];
  readonly platform: Platform;
  /** What the Dockerfile builds on. Default: the one that it pins. */
  readonly baseImage?: string | undefined;
  /** Files and folders beside the agent's modules, relative to the deployment file. */
  readonly include: readonly string[];
  readonly say: (text: string) => void;
}

/** What an image was made of, for its bill of materials; the directory is gone when the callback returns. */
export interface ImageContext {
  readonly directory: string;
  readonly bytes: number;
  readonly revision: string;
  /** Packages of npm, where there are some. */
  readonly packages?: { readonly runtime: readonly PlacedPackage[]; readonly agent: readonly PlacedPackage[] };
}

export interface Built extends BuiltImage {
  readonly contextBytes: number;
  readonly seconds: { readonly context: number; readonly build: number };
}

export const dockerfileOf = (image: ImageName) => join(packageRoot, 'runtime/images', image, 'Dockerfile');

/** Prepares the context of an image, builds it, and hands the context over before it is removed. */
export async function buildImage(
  builder: Builder,
  request: ImageBuild,
  inspect: (context: ImageContext, built: BuiltImage) => Promise<void> = async () => {},
): Promise<Built> {
  const { image, open, say } = request;
  const directory = mkdtempSync(join(tmpdir(), `headrace-${image}-`));
  try {
    const begun = performance.now();
    say(`${image}: preparing the context`);
    const commit = await revision(image === 'worker' ? open.directory : packageRoot);
    let packages: ImageContext['packages'];
    const args: Record<string, string> = {
      VERSION: defaultImageTag(image),
      REVISION: commit,
      ...(request.baseImage === undefined ? {} : { BASE_IMAGE: request.baseImage }),
    };
    if (image === 'flink') await flinkContext(directory, await headraceJars(say), say);
    else if (image === 'worker') {
      const { entry, runtime, agent } = await workerContext(directory, open, request);
      packages = { runtime: runtime.packages, agent: agent.packages.packages };
      args['AGENT_ENTRY'] = entry;
      args['PLAN_HASH'] = open.plan.hash;
    }
    const bytes = settle(directory);
    const prepared = performance.now();
    say(`${image}: building with ${builder.name}`);
    const built = await builder.build({
      dockerfile: dockerfileOf(image),
      context: directory,
      platform: request.platform.name,
      references: request.references,
      args,
    });
    const seconds = { context: (prepared - begun) / 1000, build: (performance.now() - prepared) / 1000 };
    await inspect({ directory, bytes, revision: commit, ...(packages ? { packages } : {}) }, built);
    return { ...built, contextBytes: bytes, seconds };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
