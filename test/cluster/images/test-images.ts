import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { OWN_IMAGES } from '../../../config/index.ts';
import { openDeployment } from '../../../ops/deployment/open.ts';
import { cacheDirectory } from '../../../ops/dev/cache.ts';
import { buildImage } from '../../../ops/images/build.ts';
import { Builder } from '../../../ops/images/builder.ts';
import { platformOf } from '../../../ops/images/platform.ts';
import { filesBelow } from '../../../ops/images/tree.ts';
import { packageRoot } from '../../../ops/package-root.ts';
import { makeBase, privateStorage } from './base-image.ts';

type OwnImage = (typeof OWN_IMAGES)[number];

const EXAMPLE = join(packageRoot, 'examples/review-analysis');
/** What each image is made of: a change of it makes another image. */
const INPUTS: Readonly<Record<OwnImage, readonly string[]>> = {
  flink: ['runtime/images/flink', 'runtime/flink', 'ops/images', 'ops/dev', 'test/cluster/images'],
  worker: [
    ...['runtime', 'config', 'ops', 'examples/review-analysis', 'test/cluster/images'],
    ...['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'],
  ],
};

/**
 * Archives of both images with the example's agent, named `localhost/headrace-flink:test` and
 * `localhost/headrace-worker:test`; `ctr images import` reads them. The very Dockerfiles of `headrace images build`, on a
 * base made from Debian's packages. Needs root, buildah, debootstrap, Maven and a JDK; made once for the same inputs.
 */
export async function testImages(say: (text: string) => void): Promise<{ flink: string; worker: string }> {
  return { flink: await testImage('flink', say), worker: await testImage('worker', say) };
}

export async function testImage(image: OwnImage, say: (text: string) => void): Promise<string> {
  const directory = join(cacheDirectory(), 'images');
  const file = join(directory, `headrace-${image}-${digest(INPUTS[image])}.tar`);
  if (existsSync(file)) return file;
  mkdirSync(directory, { recursive: true });
  const env = privateStorage(join(directory, 'storage'));
  await makeBase(env, say);
  const builder = new Builder('buildah', { env, progress: (line) => say(`  ${line}`) });
  const reference = `localhost/headrace-${image}:test`;
  const built = await buildImage(builder, {
    image,
    open: await openDeployment(join(EXAMPLE, 'headrace.yaml')),
    references: [reference],
    platform: platformOf(process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64'),
    include: [],
    say,
  });
  say(
    `${reference}: ${Math.round(built.bytes / 1e6)} MB, context ${built.seconds.context.toFixed(1)} s, build ${built.seconds.build.toFixed(1)} s`,
  );
  const partial = `${file}.${process.pid}`;
  await builder.save(reference, partial);
  renameSync(partial, file);
  return file;
}

/** Of the sources, not of what was built from them: jars differ from build to build. */
function digest(inputs: readonly string[]): string {
  const hash = createHash('sha256');
  for (const input of inputs) {
    const path = join(packageRoot, input);
    const files = statSync(path).isDirectory() ? filesBelow(path).map((name) => join(input, name)) : [input];
    for (const file of files.filter((name) => !/\/(target|node_modules)\//.test(name)))
      hash.update(`${file}\n`).update(readFileSync(join(packageRoot, file)));
  }
  return hash.digest('hex').slice(0, 16);
}
