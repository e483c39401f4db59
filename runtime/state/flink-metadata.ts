import { z } from 'zod';

/** What every `_metadata` of Flink begins with (`Checkpoints.HEADER_MAGIC_NUMBER`, since Flink 1.3). */
const MAGIC = 0x49_60_67_2d;
export const isFlinkMetadata = (data: Uint8Array) =>
  data.byteLength >= 8 && new DataView(data.buffer, data.byteOffset).getUint32(0) === MAGIC;

/** What the Java tool prints about a checkpoint (`dev.headrace.flink.checkpoint.CheckpointFiles`). */
export const flinkMetadataSchema = z.strictObject({
  checkpoint: z.number().int().min(1),
  /** Version of the metadata's format. */
  format: z.number().int(),
  savepoint: z.boolean(),
  /** As the job on Flink recorded it at the trigger; null for a job that is not Headrace's. */
  job: z
    .strictObject({
      job: z.string().min(1),
      region: z.string(),
      epoch: z.number().int().min(0),
      planHash: z.string(),
      flinkVersion: z.string(),
      /** Milliseconds since 1970. */
      triggeredAt: z.number(),
    })
    .nullable(),
  files: z.array(
    z.strictObject({
      /** Absolute URI as Flink wrote it, or completed from the checkpoint's own place. */
      path: z.string().min(1),
      /** Null where only segments of the file are known. */
      size: z.number().int().min(0).nullable(),
    }),
  ),
  positions: z.array(
    z.strictObject({
      operator: z.string(),
      topic: z.string(),
      partition: z.number().int().min(0),
      /** Next record to read; Flink's marks for earliest, latest and committed are below zero. */
      offset: z.number().int(),
    }),
  ),
});
export type FlinkMetadata = z.infer<typeof flinkMetadataSchema>;

/** Takes a `_metadata` apart. @param directory URI of its folder, as Flink names it. */
export type FlinkMetadataReader = (directory: string, data: Uint8Array) => Promise<FlinkMetadata>;

/** What a restore point of a checkpoint by Flink knows beyond that of the embedded engine. */
export const flinkPointSchema = z.strictObject({
  /** Flink's version that wrote it. */
  version: z.string(),
  /** Place to restore from, relative to the state root: `checkpoints/<job>/<Flink's job id>/chk-7`. */
  directory: z.string().min(1),
  savepoint: z.boolean(),
  /** Where the sources go on, in the cluster that the checkpoint was made with. */
  positions: flinkMetadataSchema.shape.positions,
});
