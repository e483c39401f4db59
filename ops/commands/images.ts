import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { neededImages } from '../../charts/index.ts';
import { IMAGE_NAMES, type ImageName } from '../../config/index.ts';
import { type OpenDeployment, openDeployment } from '../deployment/open.ts';
import { CommandError } from '../errors.ts';
import { billOfMaterials } from '../images/bom/document.ts';
import { buildImage, dockerfileOf } from '../images/build.ts';
import { Builder, buildArguments } from '../images/builder.ts';
import { chooseBuilder } from '../images/choose-builder.ts';
import { imagesError } from '../images/errors.ts';
import { isListed, materials } from '../images/materials.ts';
import { type Platform, platformOf } from '../images/platform.ts';
import { imageReferences, registries, tagOf } from '../images/references.ts';
import { readOutputs } from '../synth/outputs.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';

export interface ImagesOptions {
  readonly file: string;
  readonly profile?: string | undefined;
  readonly image?: string | undefined;
  readonly registry?: string | undefined;
  readonly outputs?: string | undefined;
  readonly tag?: string | undefined;
  readonly push: boolean;
  readonly builder?: string | undefined;
  readonly baseImage?: string | undefined;
  readonly platform: string;
  readonly include: readonly string[];
  readonly out: string;
  readonly dryRun: boolean;
}

export interface ImageResult {
  readonly image: ImageName;
  readonly references: readonly string[];
  /** The rest is absent after a dry run. */
  readonly id?: string;
  readonly bytes?: number;
  /** Absent for an image whose content is that of the image that it stands on. */
  readonly billOfMaterials?: string;
  /** Digests by reference, of what was pushed. */
  readonly pushed?: Readonly<Record<string, string>>;
  readonly seconds?: { readonly context: number; readonly build: number };
  readonly command?: readonly string[];
}

export interface ImagesResult {
  readonly builder: string;
  readonly images: readonly ImageResult[];
}

/** Builds the images of a deployment, writes a bill of materials for each, and pushes them when asked. */
export async function buildImages(options: ImagesOptions, context: CommandContext): Promise<Outcome<ImagesResult>> {
  const platform = platformOf(options.platform);
  const open = await openDeployment(options.file, { profile: options.profile });
  const images = imagesOf(options.image, open);
  const names = { ...options, outputs: options.outputs === undefined ? undefined : readOutputs(options.outputs) };
  if (options.push && registries(open, names).length === 0) {
    throw imagesError(
      'HR-IMAGES-007',
      '--push',
      'there is no registry to push to',
      "name one with --registry or images.registry, or give the regions' own with --outputs FILE, from: cdktf output --outputs-file FILE",
    );
  }
  const name = await chooseBuilder(options.builder);
  const results: ImageResult[] = [];
  for (const image of images) {
    const references = imageReferences(image, open, names);
    const work = { image, open, references, platform, tag: tagOf(image, open, names) };
    results.push(options.dryRun ? shown(work, name, options, context) : await made(work, name, options, context));
  }
  return { result: { builder: name, images: results } };
}

interface Work {
  readonly image: ImageName;
  readonly open: OpenDeployment;
  readonly references: readonly string[];
  readonly platform: Platform;
  readonly tag: string;
}

function imagesOf(name: string | undefined, { deployment }: OpenDeployment): readonly ImageName[] {
  if (name === undefined) return neededImages(deployment);
  const found = IMAGE_NAMES.filter((image) => image === name);
  if (found.length) return found;
  throw new CommandError('HR-CLI-006', '--image', `"${name}" is no value of it`, { mend: IMAGE_NAMES.join(' or ') });
}

function shown(
  { image, references, platform }: Work,
  name: Builder['name'],
  options: ImagesOptions,
  { terminal }: CommandContext,
): ImageResult {
  const args: Record<string, string> = options.baseImage === undefined ? {} : { BASE_IMAGE: options.baseImage };
  const dockerfile = relative(process.cwd(), dockerfileOf(image));
  const command = [
    name,
    ...buildArguments(name, { dockerfile, context: 'CONTEXT', platform: platform.name, references, args }),
    'CONTEXT',
  ];
  terminal.line(command.join(' '));
  if (options.push) for (const reference of references) terminal.line(`${name} push ${reference}`);
  return { image, references, command };
}

async function made(
  work: Work,
  name: Builder['name'],
  options: ImagesOptions,
  { terminal, signal }: CommandContext,
): Promise<ImageResult> {
  const { image, references, tag } = work;
  const [reference = ''] = references;
  terminal.step(reference);
  const builder = new Builder(name, { signal, progress: (line) => terminal.progress(line) });
  const bill = join(resolve(options.out), `headrace-${image}.cdx.json`);
  const built = await buildImage(
    builder,
    { ...work, baseImage: options.baseImage, include: options.include, say: (text) => terminal.line(`  ${text}`) },
    async (context, { id }) => {
      if (!isListed(image)) return;
      const components = await materials(image, context, builder, reference);
      mkdirSync(resolve(options.out), { recursive: true });
      writeFileSync(
        bill,
        billOfMaterials({ name: reference, version: tag, id, revision: context.revision, components }),
      );
    },
  );
  terminal.progressDone();
  terminal.line(`  ${megabytes(built.bytes)}, ${built.id}`);
  terminal.line(`  context ${built.seconds.context.toFixed(1)} s, build ${built.seconds.build.toFixed(1)} s`);
  if (isListed(image)) terminal.line(`  bill of materials: ${relative(process.cwd(), bill)}`);
  const pushed: Record<string, string> = {};
  for (const one of options.push ? references : []) {
    pushed[one] = await builder.push(one);
    terminal.progressDone();
    terminal.line(`  pushed ${one}@${pushed[one]}`);
  }
  return {
    image,
    references,
    id: built.id,
    bytes: built.bytes,
    ...(isListed(image) ? { billOfMaterials: relative(process.cwd(), bill) } : {}),
    seconds: built.seconds,
    ...(options.push ? { pushed } : {}),
  };
}

const megabytes = (bytes: number) => `${Math.round(bytes / 1e6).toLocaleString('en')} MB`;
