import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { imagesError } from './errors.ts';

const run = promisify(execFile);

export const BUILDERS = ['docker', 'podman', 'buildah'] as const;
export type BuilderName = (typeof BUILDERS)[number];

/** Answers only where images can be built: a docker command may be there without its daemon. */
const PROBE = {
  docker: ['version', '--format', '{{.Server.Version}}'],
  podman: ['info', '--format', '{{.Version.Version}}'],
  buildah: ['version'],
} as const;

/**
 * The first builder that works on this machine, or the one that was asked for.
 * @throws CommandError HR-IMAGES-001 with what is wrong with each.
 */
export async function chooseBuilder(asked: string | undefined, probe: Probe = probeCommand): Promise<BuilderName> {
  const candidates = asked === undefined ? BUILDERS : BUILDERS.filter((name) => name === asked);
  if (!candidates.length)
    throw imagesError('HR-IMAGES-001', '--builder', `"${asked}" is no value of it`, BUILDERS.join(', '));
  const found: string[] = [];
  for (const name of candidates) {
    const problem = await probe(name, PROBE[name]);
    if (problem === undefined) return name;
    found.push(`${name}: ${problem}`);
  }
  throw imagesError(
    'HR-IMAGES-001',
    asked === undefined ? 'images build' : `--builder ${asked}`,
    `nothing here builds images (${found.join('; ')})`,
    'install Docker and start it, or podman, or buildah; then run this again',
  );
}

/** @returns what is wrong with a command, or undefined when it answers. */
export type Probe = (command: string, args: readonly string[]) => Promise<string | undefined>;

const probeCommand: Probe = async (command, args) => {
  try {
    await run(command, args, { timeout: 15_000 });
    return undefined;
  } catch (error) {
    const { code, stderr, message } = error as { code?: string | number; stderr?: string; message: string };
    if (code === 'ENOENT') return 'not installed';
    return (stderr?.trim().split('\n')[0] || message).slice(0, 200);
  }
};
