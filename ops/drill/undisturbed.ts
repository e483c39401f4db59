import { join } from 'node:path';
import { runLocal, type StateDigest, stateDigest } from '../../runtime/local/index.ts';
import { FileStore } from '../../runtime/state/file-store.ts';
import type { LoggedOutput } from './count.ts';
import { readLog } from './output-log.ts';
import type { drillJob } from './region-job.ts';

/** What a stream gives that nothing happens to. */
export interface Undisturbed {
  /** Inputs. */
  readonly read: number;
  readonly outputs: readonly LoggedOutput[];
  readonly state: StateDigest;
}

/** The same stream in one go, without a fault and without a limit to its rate: what the log should hold. */
export async function undisturbed(
  job: Awaited<ReturnType<typeof drillJob>>,
  directory: string,
  signal: AbortSignal,
): Promise<Undisturbed> {
  const sink = join(directory, 'outputs');
  const store = new FileStore(join(directory, 'state'));
  const { read, state } = await runLocal({ ...job, sink, store, journal: join(directory, 'journal'), signal });
  if (state === 'stopped') signal.throwIfAborted();
  const digest = await stateDigest(store, job.job);
  return { read, outputs: await readLog(sink), state: digest ?? { keys: 0, sha256: '' } };
}
