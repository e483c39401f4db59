import { createHash } from 'node:crypto';
import { type CheckpointManifest, checkpointManifestSchema, metadataKey, type StateFile } from './checkpoint.ts';
import { StateError } from './errors.ts';
import { type FlinkMetadataReader, isFlinkMetadata } from './flink-metadata.ts';
import type { FoundMetadata, OfferedCheckpoint, OfferedFile } from './offered-checkpoint.ts';

/** The scheme that the root of a state has on Flink: `state://checkpoints/…` is `<root>/checkpoints/…`. */
const SCHEME = 'state://';

/**
 * Reads what a checkpoint consists of. Undefined for one of another job, which lies below by accident of names.
 * @throws StateError HR-STATE-003, HR-STATE-004, HR-STATE-010
 */
export async function readOffered(
  root: string,
  job: string,
  found: FoundMetadata,
  readFlink: FlinkMetadataReader | undefined,
): Promise<OfferedCheckpoint | undefined> {
  const { key, data } = found;
  const metadata = { key, size: data.byteLength, sha256: createHash('sha256').update(data).digest('hex') };
  if (isFlinkMetadata(data)) {
    if (!readFlink) {
      throw new StateError('HR-STATE-010', `${root}/${key}`, 'a checkpoint of Flink, and no reader for it', {
        mend: 'name the Flink distribution: --flink, or FLINK_HOME',
      });
    }
    return offeredByFlink(`${root}/${key}`, job, found, metadata, readFlink);
  }
  const { region, files, job: of, ...manifest } = decodeManifest(`${root}/${key}`, data);
  const { checkpoint, epoch, engine, planHash, triggeredAt, completedAt, records } = manifest;
  if (of !== job) return undefined;
  return {
    job,
    checkpoint,
    epoch,
    engine,
    planHash,
    triggeredAt,
    completedAt,
    records,
    origin: region,
    files,
    metadata,
  };
}

function decodeManifest(place: string, data: Uint8Array): CheckpointManifest {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(data));
  } catch (cause) {
    throw new StateError('HR-STATE-003', place, 'not a checkpoint manifest: no JSON', { cause });
  }
  const parsed = checkpointManifestSchema.safeParse(value);
  if (parsed.success && place.endsWith(`/${metadataKey(parsed.data.job, parsed.data.checkpoint)}`)) return parsed.data;
  throw new StateError('HR-STATE-004', place, 'not a checkpoint manifest of format 1', {
    mend: 'run the same version of Headrace in every region',
  });
}

async function offeredByFlink(
  place: string,
  job: string,
  { key, modified, data }: FoundMetadata,
  metadata: StateFile,
  read: FlinkMetadataReader,
): Promise<OfferedCheckpoint | undefined> {
  const directory = key.slice(0, key.lastIndexOf('/'));
  const content = await read(`${SCHEME}${directory}`, data);
  if (!content.job) {
    throw new StateError('HR-STATE-010', place, 'a checkpoint of a job on Flink that is not Headrace’s', {
      mend: 'give that job a checkpoint directory of its own',
    });
  }
  if (content.job.job !== job) return undefined;
  const files = new Map<string, OfferedFile>();
  for (const { path, size } of content.files) {
    if (!path.startsWith(SCHEME)) {
      throw new StateError('HR-STATE-010', place, `needs ${path}, which another region does not find under its root`, {
        mend: 'set execution.checkpointing.dir and execution.checkpointing.savepoint-dir to state://…',
      });
    }
    const name = path.slice(SCHEME.length);
    files.set(name, { key: name, size: size ?? files.get(name)?.size, sha256: undefined });
  }
  const { region, epoch, planHash, flinkVersion, triggeredAt } = content.job;
  return {
    job,
    checkpoint: content.checkpoint,
    epoch,
    engine: 'flink',
    planHash,
    triggeredAt,
    // By the store's clock: Flink writes _metadata last.
    completedAt: modified,
    records: undefined,
    origin: region,
    flink: { version: flinkVersion, directory, savepoint: content.savepoint, positions: content.positions },
    files: [...files.values()],
    metadata,
  };
}
