import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import type { WrittenObject } from '../object-store.ts';
import { MAX_PARTS, type Part, type PartStream, sendParts } from './parts.ts';

/** Where a multipart upload goes. */
export interface S3Target {
  readonly client: S3Client;
  readonly bucket: string;
  readonly name: string;
}

/** Writes a large object. It appears whole at the end; a failed upload's parts are removed. */
export async function uploadInParts(
  target: S3Target,
  first: Part,
  stream: PartStream,
  concurrency: number,
): Promise<WrittenObject> {
  const { client, bucket, name } = target;
  try {
    return await multipart(target, { ChecksumAlgorithm: 'SHA256' }, async (UploadId, completed) => {
      await sendParts(first, stream, concurrency, async ({ index, data }) => {
        if (index >= MAX_PARTS) throw new RangeError(`larger than ${MAX_PARTS} parts`);
        // S3 compares it with what arrived.
        const ChecksumSHA256 = createHash('sha256').update(data).digest('base64');
        const part = { PartNumber: index + 1, ChecksumSHA256 };
        const { ETag } = await client.send(
          new UploadPartCommand({ Bucket: bucket, Key: name, UploadId, Body: data, ...part }),
        );
        completed.push({ ...part, ETag });
      });
      return stream.written();
    });
  } catch (error) {
    await stream.stop();
    throw error;
  }
}

/** Copies an object that is too large for one request, inside the store. */
export async function copyInParts(
  target: S3Target,
  source: { readonly name: string; readonly size: number; readonly version: string },
  partSize: number,
): Promise<void> {
  const { client, bucket, name } = target;
  await multipart(target, {}, async (UploadId, completed) => {
    for (let start = 0, PartNumber = 1; start < source.size; start += partSize, PartNumber++) {
      const { CopyPartResult } = await client.send(
        new UploadPartCopyCommand({
          Bucket: bucket,
          Key: name,
          UploadId,
          PartNumber,
          CopySource: `${bucket}/${encodeURIComponent(source.name)}`,
          CopySourceIfMatch: source.version,
          CopySourceRange: `bytes=${start}-${Math.min(start + partSize, source.size) - 1}`,
        }),
      );
      completed.push({ PartNumber, ETag: CopyPartResult?.ETag });
    }
  });
}

async function multipart<T>(
  { client, bucket, name }: S3Target,
  options: { readonly ChecksumAlgorithm?: 'SHA256' },
  fill: (uploadId: string, completed: CompletedPart[]) => Promise<T>,
): Promise<T> {
  const place = { Bucket: bucket, Key: name };
  const { UploadId = '' } = await client.send(new CreateMultipartUploadCommand({ ...place, ...options }));
  try {
    const Parts: CompletedPart[] = [];
    const result = await fill(UploadId, Parts);
    Parts.sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
    await client.send(new CompleteMultipartUploadCommand({ ...place, UploadId, MultipartUpload: { Parts } }));
    return result;
  } catch (error) {
    // Otherwise a bucket's rule has to remove the parts, which cost until then.
    await client.send(new AbortMultipartUploadCommand({ ...place, UploadId })).catch(() => {});
    throw error;
  }
}
