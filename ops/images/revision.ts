import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The commit that a directory is at, with `-dirty` behind it when its files are not that commit's; `unknown` outside of git. */
export async function revision(directory: string): Promise<string> {
  try {
    const git = async (...args: string[]) => (await run('git', ['-C', directory, ...args])).stdout.trim();
    const commit = await git('rev-parse', 'HEAD');
    return (await git('status', '--porcelain', '--', '.')) ? `${commit}-dirty` : commit;
  } catch {
    return 'unknown';
  }
}
