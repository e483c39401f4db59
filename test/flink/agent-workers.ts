import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child, freePort, listens } from '../../ops/dev/child.ts';

const COMMAND = fileURLToPath(new URL('../../ops/main.ts', import.meta.url));

export interface WorkerProcess {
  readonly child: Child;
  readonly target: string;
  readonly httpUrl: string;
}

/** Starts a worker as a process of its own. @param port the same one again takes another's place. */
export async function startWorker(options: {
  readonly file: string;
  readonly profile?: string;
  readonly directory: string;
  readonly port?: number;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}): Promise<WorkerProcess> {
  const port = options.port ?? (await freePort());
  const http = await freePort();
  const child = new Child({
    name: 'worker',
    command: process.execPath,
    args: [
      COMMAND,
      'worker',
      ...['--file', options.file],
      ...(options.profile ? ['--profile', options.profile] : []),
      ...['--listen', `127.0.0.1:${port}`, '--http', `127.0.0.1:${http}`],
      ...(options.args ?? ['--insecure-development']),
    ],
    env: { NO_COLOR: '1', ...options.env },
    log: join(options.directory, `worker-${port}.log`),
  });
  await child.until(async () => (await listens(port)) && (await listens(http)), 30_000);
  return { child, target: `127.0.0.1:${port}`, httpUrl: `http://127.0.0.1:${http}` };
}
