import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../../ops/dev/cache.ts';
import { Child, freePort, listens } from '../../ops/dev/child.ts';

const run = promisify(execFile);
/** flink-s3-fs-native works with it; older ones keep its chunk framing in the objects. */
const VERSION = '5.2.5';

/**
 * Starts a stand-in for S3. Needs Python's venv and, the first time, PyPI.
 * @param options `script` serves in place of moto's own, with the port as its argument; `host` is an address of this
 * machine. Default: loopback.
 */
export async function startMoto(
  directory: string,
  { script, host = '127.0.0.1' }: { readonly script?: string; readonly host?: string } = {},
): Promise<{ readonly url: string; readonly child: Child }> {
  const environment = join(cacheDirectory(), `moto-${VERSION}`);
  const server = join(environment, 'bin', 'moto_server');
  if (!existsSync(server)) {
    await run('python3', ['-m', 'venv', environment]);
    await run(join(environment, 'bin', 'pip'), ['install', '-q', `moto[server]==${VERSION}`], { maxBuffer: 1 << 24 });
  }
  const port = await freePort();
  const child = await Child.start(
    {
      name: 'moto',
      command: script === undefined ? server : join(environment, 'bin', 'python'),
      args: script === undefined ? ['-H', host, '-p', String(port)] : [script, String(port)],
      log: join(directory, 'moto.log'),
    },
    () => listens(port, host),
    180_000,
  );
  return { url: `http://${host}:${port}`, child };
}
