import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { cacheDirectory } from '../../ops/dev/cache.ts';
import { Child, freePort, listens } from '../../ops/dev/child.ts';
import type { ObjectStore } from '../../runtime/state/object-store.ts';
import { openObjectStore, type StoreOptions } from '../../runtime/state/open-store.ts';
import { startMoto } from '../flink/moto.ts';

const run = promisify(execFile);
const ONE_AT_A_TIME = fileURLToPath(new URL('./moto_one_at_a_time.py', import.meta.url));
const AZURITE = fileURLToPath(new URL('../../node_modules/azurite/dist/src/blob/main.js', import.meta.url));
const FAKE_GCS = { name: 'fake-gcs-server', version: 'v1.56.1', module: 'github.com/fsouza/fake-gcs-server' };
/** What azurite ships for everyone. */
const AZURITE_ACCOUNT = 'devstoreaccount1';
const AZURITE_KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
const UP_MS = 60_000;
export const BUCKET = 'state';
/** For a start that may have to build or fetch its server first. */
export const BUILD_MS = 600_000;

/** A server that stands for a vendor's object store, with one empty bucket. */
export interface StandIn {
  readonly url: string;
  readonly child: Child;
  /** URI of a place below the bucket. */
  uri(prefix: string): string;
  /** How to reach the server; over another URL, such as a proxy's, where one is given. */
  options(url?: string): StoreOptions;
  /** The vendor's own variables that say the same to every process. */
  readonly environment: Readonly<Record<string, string>>;
}

export const open = (standIn: StandIn, prefix: string, more: StoreOptions = {}): Promise<ObjectStore> =>
  openObjectStore(standIn.uri(prefix), merged(standIn.options(), more));

export const freshPrefix = () => `test/${randomUUID()}`;

export const merged = (a: StoreOptions, b: StoreOptions): StoreOptions => ({
  s3: { ...a.s3, ...b.s3 },
  azure: { ...a.azure, ...b.azure },
  gcs: { ...a.gcs, ...b.gcs },
});

export async function startS3(directory: string): Promise<StandIn> {
  const { url, child } = await startMoto(directory, { script: ONE_AT_A_TIME });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new S3Client({ endpoint: url, region: 'us-east-1', forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  client.destroy();
  return {
    url,
    child,
    uri: (prefix) => `s3://${BUCKET}/${prefix}`,
    options: (endpoint = url) => ({ s3: { endpoint, region: 'us-east-1', credentials } }),
    environment: {
      AWS_ENDPOINT_URL_S3: url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
  };
}

export async function startAzure(directory: string): Promise<StandIn> {
  const port = await freePort();
  const child = await Child.start(
    {
      name: 'azurite',
      command: process.execPath,
      args: [
        ...[AZURITE, '--silent', '--skipApiVersionCheck', '--disableTelemetry'],
        ...['--blobHost', '127.0.0.1', '--blobPort', String(port), '--location', join(directory, 'azurite')],
      ],
      log: join(directory, 'azurite.log'),
    },
    () => listens(port),
    UP_MS,
  );
  const url = `http://127.0.0.1:${port}/${AZURITE_ACCOUNT}`;
  const credential = new StorageSharedKeyCredential(AZURITE_ACCOUNT, AZURITE_KEY);
  await new BlobServiceClient(url, credential).getContainerClient(BUCKET).create();
  return {
    url,
    child,
    uri: (prefix) => `abfss://${BUCKET}@${AZURITE_ACCOUNT}.dfs.core.windows.net/${prefix}`,
    options: (endpoint = url) => ({ azure: { endpoint, key: AZURITE_KEY } }),
    environment: { AZURE_STORAGE_BLOB_ENDPOINT: url, AZURE_STORAGE_KEY: AZURITE_KEY },
  };
}

/** Needs Go the first time, and builds for two minutes then. */
export async function startGcs(directory: string): Promise<StandIn> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = await Child.start(
    {
      name: FAKE_GCS.name,
      command: await fakeGcs(),
      args: [
        ...['-scheme', 'http', '-host', '127.0.0.1', '-port', String(port), '-backend', 'memory'],
        ...['-external-url', url, '-public-host', `127.0.0.1:${port}`],
      ],
      log: join(directory, 'fake-gcs.log'),
    },
    () => listens(port),
    UP_MS,
  );
  const made = await fetch(`${url}/storage/v1/b?project=test`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: BUCKET }),
  });
  if (!made.ok) throw new Error(`no bucket: ${made.status} ${await made.text()}`);
  return {
    url,
    child,
    uri: (prefix) => `gs://${BUCKET}/${prefix}`,
    options: (endpoint = url) => ({ gcs: { endpoint } }),
    environment: { STORAGE_EMULATOR_HOST: url },
  };
}

async function fakeGcs(): Promise<string> {
  const tools = process.env['HEADRACE_TOOLS'] ?? join(cacheDirectory(), 'tools');
  const path = join(tools, FAKE_GCS.name);
  if (!existsSync(path)) {
    const env = { ...process.env, GOBIN: tools };
    await run('go', ['install', `${FAKE_GCS.module}@${FAKE_GCS.version}`], { env, maxBuffer: 1 << 24 });
  }
  return path;
}
