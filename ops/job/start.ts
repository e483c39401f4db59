import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { asArgument, JOB_CLASS, type JobSpecification, RemoteError } from '../../runtime/remote/index.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { stateOf } from './cluster.ts';
import { type JobContext, patience } from './context.ts';
import { fileDigest, jobParameters, PARAMETERS } from './identity.ts';
import { patiently } from './patience.ts';
import { jarKey, jobPrefix, type Version } from './records.ts';

/** Puts the bridge beside the records, where a rollback finds it, whatever image it runs in. */
export async function keepJar(context: JobContext, path: string, sha256: string): Promise<void> {
  const key = jarKey(context.name, sha256);
  for await (const object of context.store.list(key)) if (object.key === key && object.size > 0) return;
  await context.store.put(key, createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Uint8Array>);
}

/** Removes bridges that neither what runs nor what ran before needs. */
export async function forgetJars(context: JobContext, needed: readonly string[]): Promise<void> {
  const keep = new Set(needed.map((sha256) => jarKey(context.name, sha256)));
  for await (const { key } of context.store.list(`${jobPrefix(context.name)}jars/`))
    if (!keep.has(key)) await context.store.delete(key);
}

/** Calls with a version's bridge as a file. @throws CommandError HR-JOB-014 when it is not, or not whole, in the store. */
export async function withJar<T>(
  context: Pick<JobContext, 'store' | 'name'>,
  sha256: string,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'headrace-jar-'));
  try {
    const path = join(directory, 'headrace-bridge.jar');
    const key = jarKey(context.name, sha256);
    await pipeline(context.store.read(key), createWriteStream(path));
    if ((await fileDigest(path)) !== sha256) {
      throw new CommandError('HR-JOB-014', `${context.store.uri}/${key}`, 'this jar does not match its name', {
        exitCode: EXIT.failed,
        mend: 'remove it, and submit with the image that it came with',
      });
    }
    return await use(path);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

export interface StartOptions {
  readonly jobId: string;
  /** Null: empty. */
  readonly savepoint: string | null;
  /** The job under whose name the bridge is kept. Default: this one. */
  readonly jarOf?: string;
  /** Laid over what every job gets. */
  readonly configuration?: Readonly<Record<string, string>>;
  readonly allowNonRestoredState?: boolean;
}

/**
 * Starts a version as the job of an id; one that Flink knows already is left as it is.
 * @returns what Flink refused it for; undefined when it was taken.
 */
export async function start(
  context: JobContext,
  version: Pick<Version, 'specification' | 'jar' | 'identity' | 'headrace'>,
  options: StartOptions,
): Promise<string | undefined> {
  if ((await stateOf(context, options.jobId)) !== undefined) return undefined;
  return withJar({ store: context.store, name: options.jarOf ?? context.name }, version.jar, async (jar) => {
    const specification =
      context.nextEpoch === undefined
        ? version.specification
        : { ...version.specification, epoch: await context.nextEpoch() };
    try {
      await patiently('submits the job', patience(context), () =>
        context.rest.submit(jar, {
          entryClass: JOB_CLASS,
          args: ['--specification', asArgument(specification)],
          jobId: options.jobId,
          savepointPath: options.savepoint ?? undefined,
          allowNonRestoredState: options.allowNonRestoredState ?? false,
          configuration: {
            'execution.checkpointing.dir': context.places.uriOf(context.places.checkpoints),
            'execution.checkpointing.savepoint-dir': context.places.uriOf(context.places.savepoints),
            'pipeline.global-job-parameters': shownParameters(version, specification),
            ...options.configuration,
          },
        }),
      );
      return undefined;
    } catch (error) {
      if (!(error instanceof RemoteError) || error.status === undefined) throw error;
      // The answer to an earlier attempt was lost.
      if (/already (been )?submitted|DuplicateJobSubmission/i.test(error.message)) return undefined;
      if ((await stateOf(context, options.jobId)) !== undefined) return undefined;
      return error.message;
    }
  });
}

const shownParameters = ({ identity, headrace }: Pick<Version, 'identity' | 'headrace'>, { plan }: JobSpecification) =>
  jobParameters({ [PARAMETERS.identity]: identity, [PARAMETERS.version]: headrace, [PARAMETERS.plan]: plan.hash });
