import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BuilderName } from './choose-builder.ts';
import { buildFailure, pushFailure } from './failures.ts';

const run = promisify(execFile);
const KEPT_LINES = 40;

export interface BuildRequest {
  readonly dockerfile: string;
  readonly context: string;
  readonly platform: string;
  /** All names of the image; the first is the one that messages use. */
  readonly references: readonly string[];
  readonly args: Readonly<Record<string, string>>;
}

/** How each builder asks for the same. Base images are pinned, so one that is here is not asked for again. */
const BUILD = { docker: ['build'], podman: ['build', '--pull=missing'], buildah: ['build', '--pull=false'] } as const;
/** Arguments of a build, which are the same for all builders but for the first. */
export const buildArguments = (name: BuilderName, request: BuildRequest): string[] => [
  ...BUILD[name],
  ...['--file', request.dockerfile, '--platform', request.platform],
  ...request.references.flatMap((reference) => ['--tag', reference]),
  ...Object.entries(request.args).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]),
];

export interface BuiltImage {
  /** Digest of the image's configuration: what a builder calls its id. */
  readonly id: string;
  /** Of all layers, not compressed. */
  readonly bytes: number;
}

/** Builds, inspects and pushes with one of the three. */
export class Builder {
  readonly name: BuilderName;
  readonly #env: NodeJS.ProcessEnv;
  readonly #signal: AbortSignal | undefined;
  readonly #progress: (line: string) => void;

  /** @param env variables laid over this process's own, such as where images are stored. */
  constructor(
    name: BuilderName,
    options: { env?: NodeJS.ProcessEnv; signal?: AbortSignal; progress?: (line: string) => void } = {},
  ) {
    this.name = name;
    this.#env = { ...process.env, DOCKER_BUILDKIT: '1', BUILDKIT_PROGRESS: 'plain', ...options.env };
    this.#signal = options.signal;
    this.#progress = options.progress ?? (() => {});
  }

  /** @throws CommandError HR-IMAGES-004 with the end of what the builder said, HR-IMAGES-005 without a base image. */
  async build(request: BuildRequest): Promise<BuiltImage> {
    const scratch = mkdtempSync(join(tmpdir(), 'headrace-build-'));
    try {
      const idFile = join(scratch, 'id');
      const args = [...buildArguments(this.name, request), '--iidfile', idFile, request.context];
      const { code, said } = await this.#follow(args);
      if (code !== 0) throw buildFailure(this.name, request, said);
      return { id: readFileSync(idFile, 'utf8').trim(), bytes: await this.#bytes(request.references[0] ?? '') };
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }

  /**
   * @returns the digest that the registry knows the image by.
   * @throws CommandError HR-IMAGES-006 for a registry that wants a login, HR-IMAGES-007 otherwise.
   */
  async push(reference: string): Promise<string> {
    const scratch = mkdtempSync(join(tmpdir(), 'headrace-push-'));
    try {
      const file = join(scratch, 'digest');
      const { code, said } = await this.#follow([
        'push',
        ...(this.name === 'docker' ? [] : ['--digestfile', file]),
        reference,
      ]);
      if (code !== 0) throw pushFailure(this.name, reference, said);
      if (this.name !== 'docker') return readFileSync(file, 'utf8').trim();
      return said.map((line) => /\bdigest: (sha256:[0-9a-f]{64})\b/.exec(line)?.[1]).findLast(Boolean) ?? '';
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }

  /** Writes an archive that `ctr images import` and `docker load` read. */
  async save(reference: string, file: string): Promise<void> {
    const { code, said } = await this.#follow(
      this.name === 'buildah'
        ? ['push', reference, `docker-archive:${file}:${reference}`]
        : ['save', '--output', file, reference],
    );
    if (code !== 0) throw buildFailure(this.name, { references: [reference] }, said);
  }

  /** Content of files of an image, one after another. */
  async read(reference: string, paths: readonly string[]): Promise<string> {
    const options = { env: this.#env, maxBuffer: 64 << 20 };
    if (this.name !== 'buildah') {
      const args = ['run', '--rm', '--network', 'none', '--entrypoint', 'cat', reference, ...paths];
      return (await run(this.name, args, options)).stdout;
    }
    const container = (await run('buildah', ['from', '--pull-never', reference], options)).stdout.trim();
    try {
      return (await run('buildah', ['run', container, '--', 'cat', ...paths], options)).stdout;
    } finally {
      await run('buildah', ['rm', container], options);
    }
  }

  async #bytes(reference: string): Promise<number> {
    const args =
      this.name === 'buildah'
        ? ['inspect', '--type', 'image', '--format', '{{.Manifest}}', reference]
        : ['image', 'inspect', '--format', '{{.Size}}', reference];
    const { stdout } = await run(this.name, args, { env: this.#env, maxBuffer: 64 << 20 });
    if (this.name !== 'buildah') return Number(stdout.trim());
    const { layers } = JSON.parse(stdout) as { layers: { size: number }[] };
    return layers.reduce((sum, layer) => sum + layer.size, 0);
  }

  /** Runs a command to its end, line by line. @returns its last lines. */
  #follow(args: readonly string[]): Promise<{ code: number | null; said: string[] }> {
    return new Promise((done, reject) => {
      const child = spawn(this.name, args, {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: this.#env,
        ...(this.#signal ? { signal: this.#signal } : {}),
      });
      const said: string[] = [];
      for (const stream of [child.stdout, child.stderr]) {
        let rest = '';
        stream.setEncoding('utf8').on('data', (chunk: string) => {
          const lines = (rest + chunk).split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines.filter((text) => text.trim())) {
            said.push(line);
            if (said.length > KEPT_LINES) said.shift();
            this.#progress(line);
          }
        });
        stream.on('end', () => rest.trim() && said.push(rest));
      }
      child.on('error', reject).on('close', (code) => done({ code, said }));
    });
  }
}
