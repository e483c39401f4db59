import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FlinkRest, type JobState } from '../../runtime/remote/index.ts';
import { runningOf } from '../dev/leftovers.ts';
import { writeWhole } from '../plan/write-whole.ts';
import { savepointOf } from './flink-places.ts';

export const JOB_FILE = 'job.json';
/** Flink's directory below a run's. */
export const FLINK = 'flink';
/** Where Flink writes what ended jobs came to, below a run's directory: it outlives the processes. */
export const ARCHIVE = join(FLINK, 'archive');
const SETTLE_MS = 15_000;

/** The job of a run, for the next one should the command be killed: its Flink goes on without it. */
export interface NotedJob {
  readonly jobId: string;
  readonly webUi: string;
  readonly kafka?: string | undefined;
  /** It was told to stop with a savepoint: Flink calls it finished as well once that is there. */
  readonly stopping?: boolean;
}

export const noteJob = (directory: string, job: NotedJob): void =>
  writeWhole(join(directory, JOB_FILE), `${JSON.stringify(job)}\n`);

/**
 * Whether the job of a killed run came to its source's end while no command looked. Flink has then deleted its
 * checkpoints, and a start without any would make each output once more. A job that still runs is cancelled, which
 * keeps its checkpoints: killed in the moment of its end it would leave neither them nor word of it.
 * @returns the job; undefined when its work is not done.
 */
export async function finishedWhileAlone(directory: string): Promise<NotedJob | undefined> {
  const job = readNote(join(directory, JOB_FILE));
  if (!job) return undefined;
  const state = (await settle(directory, job)) ?? archivedState(directory, job.jobId);
  const stopped = job.stopping && savepointOf(join(directory, FLINK), job.jobId) !== undefined;
  return state === 'FINISHED' && !stopped ? job : undefined;
}

/** @returns how the job ended; undefined when nobody answers that knows. */
async function settle(directory: string, { jobId, webUi }: NotedJob): Promise<JobState | undefined> {
  // Another program may have the address by now.
  if (runningOf(directory).length === 0) return undefined;
  const rest = new FlinkRest({ url: webUi, timeout: SETTLE_MS });
  try {
    // Refused where it has ended.
    await rest.cancel(jobId).catch(() => {});
    return (await rest.untilEnded(jobId, AbortSignal.timeout(SETTLE_MS))).state;
  } catch {
    return undefined;
  }
}

/** A note that was never written whole says nothing. */
function readNote(file: string): NotedJob | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as NotedJob;
  } catch {
    return undefined;
  }
}

/** The file in which Flink's archive keeps a job; it lies in folders of its cluster and application. */
export function archivedJob(directory: string, jobId: string): string | undefined {
  const archive = join(directory, ARCHIVE);
  if (!existsSync(archive)) return undefined;
  const found = readdirSync(archive, { recursive: true, encoding: 'utf8' }).find((path) =>
    path.endsWith(join('jobs', jobId)),
  );
  return found === undefined ? undefined : join(archive, found);
}

/** What the archive says of a job: answers of the REST interface, each by its path. */
function archivedState(directory: string, jobId: string): JobState | undefined {
  const file = archivedJob(directory, jobId);
  if (file === undefined) return undefined;
  try {
    const { archive } = JSON.parse(readFileSync(file, 'utf8')) as { archive: { path: string; json: string }[] };
    const overview = archive.find(({ path }) => path === '/jobs/overview');
    return (JSON.parse(overview?.json ?? '{}') as { jobs?: { state: JobState }[] }).jobs?.[0]?.state;
  } catch {
    return undefined;
  }
}
