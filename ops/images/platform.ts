import type { NodePlatform } from '../dev/cache.ts';
import { imagesError } from './errors.ts';

/** The kind of machine that an image is for. */
export interface Platform {
  readonly name: string;
  readonly node: NodePlatform;
  /** As npm calls them. */
  readonly os: 'linux';
  readonly cpu: 'x64' | 'arm64';
}

const PLATFORMS: readonly Platform[] = [
  { name: 'linux/amd64', node: 'linux-x64', os: 'linux', cpu: 'x64' },
  { name: 'linux/arm64', node: 'linux-arm64', os: 'linux', cpu: 'arm64' },
];

/** @throws CommandError HR-IMAGES-007 for a platform that images are not built for. */
export function platformOf(name: string): Platform {
  const found = PLATFORMS.find((platform) => platform.name === name);
  if (found) return found;
  throw imagesError(
    'HR-IMAGES-007',
    '--platform',
    `"${name}" is no value of it`,
    PLATFORMS.map((p) => p.name).join(' or '),
  );
}
