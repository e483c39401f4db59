import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The directory of this package, in a checkout (TypeScript) as in a build (JavaScript below `build/`). */
export const packageRoot: string = above(dirname(fileURLToPath(import.meta.url)));

/** Whether the sources are here, so that builds are made from them rather than taken as they are. */
export const isCheckout = existsSync(join(packageRoot, 'ops', 'main.ts'));

function above(directory: string): string {
  return existsSync(join(directory, 'package.json')) ? directory : above(dirname(directory));
}
