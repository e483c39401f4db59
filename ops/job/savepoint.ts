import { listRestorePoints } from '../../runtime/state/restore-point-catalog.ts';
import { type JobContext, patience } from './context.ts';
import { runningJob } from './health.ts';
import { type SavepointDirectory, superfluous } from './retention.ts';
import { takeSavepoint } from './stop.ts';
import { readDeployed, readUpgrade } from './upgrade.ts';

export interface SavepointResult {
  readonly jobId: string;
  readonly savepoint: string;
  /** Bytes of all its files. */
  readonly size: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly deleted: readonly string[];
  /** How many of this command's are kept. */
  readonly kept: number;
}

/** Where this command's savepoints lie: those of upgrades and of people lie elsewhere, and are not touched. */
export const periodicDirectory = ({ places }: Pick<JobContext, 'places'>) => `${places.savepoints}/periodic`;

/** Takes a savepoint and deletes those beyond `retain`. @throws CommandError HR-JOB-011 HR-JOB-012 */
export async function savepointAndRetain(context: JobContext, retain: number): Promise<SavepointResult> {
  const jobId = await runningJob(context);
  const begun = Date.now();
  const savepoint = await takeSavepoint(context, jobId, periodicDirectory(context), 'goes-on', patience(context));
  const duration = Date.now() - begun;
  const key = context.places.keyOf(savepoint) ?? savepoint;
  const directories = await savepointDirectories(context);
  const deleted = superfluous(directories, retain, [key, ...(await references(context))], Date.now());
  for (const one of deleted) await deleteSavepoint(context, one);
  return {
    jobId,
    savepoint,
    size: directories.find((one) => one.key === key)?.size ?? 0,
    duration,
    deleted: deleted.map((one) => context.places.uriOf(one)),
    kept: directories.filter((one) => one.complete && !deleted.includes(one.key)).length,
  };
}

async function savepointDirectories(context: JobContext): Promise<(SavepointDirectory & { readonly size: number })[]> {
  const prefix = `${periodicDirectory(context)}/`;
  const found = new Map<string, { complete: boolean; at: number; size: number }>();
  for await (const { key, size, modified } of context.store.list(prefix)) {
    const [name = '', ...rest] = key.slice(prefix.length).split('/');
    if (rest.length === 0 || !name.startsWith('savepoint-')) continue;
    const one = found.get(name) ?? { complete: false, at: 0, size: 0 };
    if (rest.join('/') === '_metadata' && size > 0) one.complete = true;
    found.set(name, { complete: one.complete, at: Math.max(one.at, modified), size: one.size + size });
  }
  return [...found].map(([name, one]) => ({ key: `${prefix}${name}`, ...one }));
}

/** Keys that records and restore points refer to. */
async function references(context: JobContext): Promise<string[]> {
  const [deployed, upgrade, points] = await Promise.all([
    readDeployed(context),
    readUpgrade(context),
    listRestorePoints(context.store, context.name),
  ]);
  const uris = [deployed?.value.startedFrom, upgrade?.value.savepoint, upgrade?.value.from?.startedFrom];
  return [
    ...uris.flatMap((uri) => (uri ? [context.places.keyOf(uri) ?? uri] : [])),
    ...points.flatMap(({ point }) => point?.files.map(({ key }) => key) ?? []),
  ];
}

/** `_metadata` goes first: what is left after an interruption is no savepoint, and is cleared later. */
async function deleteSavepoint(context: JobContext, key: string): Promise<void> {
  await context.store.delete(`${key}/_metadata`);
  const rest: string[] = [];
  for await (const object of context.store.list(`${key}/`)) rest.push(object.key);
  for (const one of rest) await context.store.delete(one);
}
