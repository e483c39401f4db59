import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dockerfileOf } from '../../../ops/images/build.ts';

const run = promisify(execFile);

/** Where buildah keeps images of these tests, apart from the machine's own, and how it works without a daemon. */
export function privateStorage(directory: string): NodeJS.ProcessEnv {
  mkdirSync(directory, { recursive: true });
  const file = (name: string) => join(directory, name);
  writeFileSync(
    file('storage.conf'),
    `[storage]\ndriver = "${process.env['HEADRACE_STORAGE_DRIVER'] ?? 'overlay'}"\ngraphroot = "${file('images')}"\nrunroot = "${file('run')}"\n`,
  );
  return { CONTAINERS_STORAGE_CONF: file('storage.conf'), BUILDAH_ISOLATION: 'chroot', BUILDAH_FORMAT: 'docker' };
}

/** How this machine reaches its packages: a proxy, credentials, a mirror's rules; not what it does after an installation. */
const aptSettings = (): string[] =>
  readdirSync('/etc/apt/apt.conf.d')
    .filter((name) => /Acquire/.test(readFileSync(join('/etc/apt/apt.conf.d', name), 'utf8')))
    .map((name) => `apt.conf.d/${name}`);

/** The base image that the Dockerfiles pin. */
export function pinnedBase(): string {
  const found = /^ARG BASE_IMAGE=(\S+)$/m.exec(readFileSync(dockerfileOf('flink'), 'utf8'))?.[1];
  if (found === undefined) throw new Error('the Dockerfile pins no base image');
  return found;
}

/**
 * Makes the base image from Debian's packages, for machines that reach a mirror of Debian and no image registry. It
 * gets this machine's package sources, so that `apt-get` of the Dockerfiles finds what this machine finds.
 */
export async function makeBase(env: NodeJS.ProcessEnv, say: (text: string) => void): Promise<void> {
  const name = pinnedBase();
  const options = { env: { ...process.env, ...env }, maxBuffer: 64 << 20 };
  const there = await run('buildah', ['images', '--quiet', '--filter', `reference=${name}`], options);
  if (there.stdout.trim()) return;
  say(`making ${name} from Debian's packages`);
  const directory = mkdtempSync(join(tmpdir(), 'headrace-base-'));
  try {
    const root = join(directory, 'rootfs');
    await run('debootstrap', ['--variant=minbase', 'bookworm', root], options);
    for (const part of ['sources.list', 'sources.list.d/debian.sources', ...aptSettings()]) {
      const from = join('/etc/apt', part);
      if (existsSync(from)) cpSync(from, join(root, 'etc/apt', part));
    }
    if (existsSync(join(root, 'etc/apt/sources.list.d/debian.sources')))
      rmSync(join(root, 'etc/apt/sources.list'), { force: true });
    for (const part of [
      'var/cache/apt/archives',
      'var/lib/apt/lists',
      'usr/share/doc',
      'usr/share/man',
      'usr/share/locale',
    ])
      rmSync(join(root, part), { recursive: true, force: true });
    for (const part of ['var/cache/apt/archives/partial', 'var/lib/apt/lists/partial'])
      mkdirSync(join(root, part), { recursive: true });
    writeFileSync(join(directory, 'Dockerfile'), 'FROM scratch\nCOPY rootfs/ /\nCMD ["bash"]\n');
    await run('buildah', ['build', '--tag', name, directory], options);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
