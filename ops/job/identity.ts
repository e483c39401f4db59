import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { hashJson } from '../../runtime/plan/index.ts';
import type { JobSpecification } from '../../runtime/remote/index.ts';

/** Names of the parameters that a job shows in Flink. */
export const PARAMETERS = {
  identity: 'headrace.identity',
  version: 'headrace.version',
  plan: 'headrace.plan',
} as const;

/**
 * What a running job is recognized by. The epoch is left out: it says which lease a job runs under, not what runs; and so is
 * where it began to read.
 * @param jar SHA-256 of the bridge.
 */
export function identityOf(specification: JobSpecification, jar: string): string {
  const { epoch: _, rehearsal: __, ...lasting } = specification;
  const { startingTime: ___, ...kafka } = lasting.source.kafka ?? {};
  const source = lasting.source.kafka ? { ...lasting.source, kafka } : lasting.source;
  return hashJson({ specification: { ...lasting, source }, jar });
}

/** SHA-256 of a file, lower-case hexadecimal. */
export async function fileDigest(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

/** Flink's form of a map in one option. Values here have neither commas nor colons. */
export const jobParameters = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([key, value]) => `${key}:${value}`)
    .join(',');
