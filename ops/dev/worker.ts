import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child, freePort, listens } from './child.ts';

const UP_MS = 90_000;
/** TypeScript in a checkout, JavaScript in a build. */
const COMMAND = fileURLToPath(new URL(`../main${extname(new URL(import.meta.url).pathname)}`, import.meta.url));

export interface WorkerProcess {
  readonly child: Child;
  /** `host:port` for operators. */
  readonly target: string;
  readonly httpUrl: string;
}

export interface WorkerProcessOptions {
  readonly file: string;
  readonly profile?: string | undefined;
  /** Where its log goes. */
  readonly directory: string;
  /** Default: a free one. The same one again takes another's place. */
  readonly port?: number;
  /** Default: plain text. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a worker as a process of its own, on loopback. */
export async function startWorker(options: WorkerProcessOptions): Promise<WorkerProcess> {
  const port = options.port ?? (await freePort());
  const http = await freePort();
  const child = await Child.start(
    {
      name: 'worker',
      command: process.execPath,
      args: [
        ...[COMMAND, 'worker', '--file', options.file],
        ...(options.profile === undefined ? [] : ['--profile', options.profile]),
        ...['--listen', `127.0.0.1:${port}`, '--http', `127.0.0.1:${http}`],
        ...(options.args ?? ['--insecure-development']),
      ],
      env: { NO_COLOR: '1', ...options.env },
      log: join(options.directory, `worker-${port}.log`),
    },
    async () => (await listens(port)) && (await listens(http)),
    UP_MS,
  );
  return { child, target: `127.0.0.1:${port}`, httpUrl: `http://127.0.0.1:${http}` };
}
