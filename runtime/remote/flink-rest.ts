import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, type Dispatcher, FormData, fetch, type RequestInit } from 'undici';
import { RemoteError } from './errors.ts';
import type {
  CheckpointStatistics,
  JobDetails,
  JobState,
  ListedJob,
  RunOptions,
  SavepointProgress,
} from './flink-answers.ts';
import { firstLine, refused, rootCause, unreachable } from './flink-failures.ts';

export interface FlinkRestOptions {
  /** `https://flink-jobmanager:8081`. */
  readonly url: string;
  /** PEM files for TLS: `ca` to trust, `cert` and `key` to be known by. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string } | undefined;
  /** Sent with every request, for a proxy that asks for them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds for one request. Default: 60,000. */
  readonly timeout?: number;
}

const ENDED: ReadonlySet<JobState> = new Set(['FAILED', 'CANCELED', 'FINISHED', 'SUSPENDED']);
const TRIES = 20;
const BETWEEN_TRIES_MS = 500;
const POLL_MS = 100;
const DISCARD_MS = 5_000;
/**
 * Another JobManager has the upload; or a standby was asked, which hands the job graph to its leader by the name that the
 * leader's own hosts file has for it: in a pod, nobody else knows that name.
 */
const NOT_HERE = /does not exist|UnknownHostException/;

/** Flink's REST interface. Names of methods and fields are Flink's own. */
export class FlinkRest {
  readonly #options: FlinkRestOptions;
  readonly #connect: Agent.Options;
  readonly #dispatcher: Dispatcher | undefined;

  /** @throws RemoteError HR-REMOTE-004 when a file of `tls` cannot be read. */
  constructor(options: FlinkRestOptions) {
    this.#options = { ...options, url: options.url.replace(/\/+$/, '') };
    const { tls } = options;
    const pem = (file: string | undefined) => (file === undefined ? undefined : readPem(file));
    this.#connect = tls ? { connect: { ca: pem(tls.ca), cert: pem(tls.cert), key: pem(tls.key) } } : {};
    if (tls) this.#dispatcher = new Agent(this.#connect);
  }

  get url(): string {
    return this.#options.url;
  }

  overview(): Promise<{
    taskmanagers: number;
    'slots-total': number;
    'slots-available': number;
    'flink-version': string;
  }> {
    return this.#json('GET', '/overview');
  }

  jobs(): Promise<{ jobs: readonly { id: string; status: JobState }[] }> {
    return this.#json('GET', '/jobs');
  }

  /** Subtasks of a vertex: milliseconds that the present attempt of each has been in a state, as of `now`. */
  vertex(
    id: string,
    vertex: string,
  ): Promise<{
    readonly now: number;
    readonly subtasks: readonly { readonly 'status-duration': Readonly<Record<string, number>> }[];
  }> {
    return this.#json('GET', `/jobs/${id}/vertices/${vertex}`);
  }

  job(id: string): Promise<JobDetails> {
    return this.#json('GET', `/jobs/${id}`);
  }

  /** Every job that the cluster knows, ended ones of the recent past among them. */
  async listJobs(): Promise<readonly ListedJob[]> {
    return (await this.#json<{ jobs: readonly ListedJob[] }>('GET', '/jobs/overview')).jobs;
  }

  /** The parameters that a job was given for people to see. */
  async jobParameters(id: string): Promise<Readonly<Record<string, string>>> {
    const config = await this.#json<{ 'execution-config'?: { 'user-config'?: Record<string, string> } }>(
      'GET',
      `/jobs/${id}/config`,
    );
    return config['execution-config']?.['user-config'] ?? {};
  }

  /** The JobManager's configuration. */
  async configuration(): Promise<Readonly<Record<string, string>>> {
    const entries = await this.#json<readonly { key: string; value: string }[]>('GET', '/jobmanager/config');
    return Object.fromEntries(entries.map(({ key, value }) => [key, value]));
  }

  checkpoints(id: string): Promise<CheckpointStatistics> {
    return this.#json('GET', `/jobs/${id}/checkpoints`);
  }

  exceptions(id: string): Promise<{
    'root-exception'?: string;
    exceptionHistory?: { entries: { timestamp: number; stacktrace: string }[] };
  }> {
    return this.#json('GET', `/jobs/${id}/exceptions`);
  }

  /** @param path a metrics resource such as `/jobs/ID/vertices/ID/subtasks/metrics`. */
  /** Accumulators of a job by name; those of a running one are some seconds old. */
  async accumulators(id: string): Promise<ReadonlyMap<string, string>> {
    const { 'user-task-accumulators': found } = await this.#json<{
      readonly 'user-task-accumulators': readonly { readonly name: string; readonly value: string }[];
    }>('GET', `/jobs/${id}/accumulators`);
    return new Map(found.map(({ name, value }) => [name, value]));
  }

  metrics(
    path: string,
    names: readonly string[],
  ): Promise<readonly { id: string; value?: string; sum?: number; max?: number }[]> {
    return this.#json('GET', `${path}?get=${names.map(encodeURIComponent).join(',')}`);
  }

  /**
   * Uploads a jar, runs it, and takes the upload away again: it would lie on the JobManager's disk for good. Several
   * JobManagers do not share uploads, so all of it goes through one connection, behind which a Service has one of them;
   * where another one answers nevertheless, or a standby that does not find its leader, it is done again.
   * @returns the job's id
   */
  async submit(jar: string, options: RunOptions): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      const dispatcher = new Agent({ connections: 1, pipelining: 1, ...this.#connect });
      let id: string | undefined;
      try {
        id = await this.#upload(jar, dispatcher);
        return await this.#run(id, options, dispatcher);
      } catch (error) {
        const elsewhere = error instanceof RemoteError && NOT_HERE.test(error.message);
        if (!elsewhere || attempt === TRIES) throw error;
        await sleep(BETWEEN_TRIES_MS);
      } finally {
        if (id !== undefined) await this.#discard(id, dispatcher);
        await dispatcher.destroy();
      }
    }
  }

  /** What cannot be taken away at once stays: the job runs, and that counts. */
  async #discard(id: string, dispatcher: Dispatcher): Promise<void> {
    const init = { dispatcher, signal: AbortSignal.timeout(DISCARD_MS) };
    await this.#request('DELETE', `/jars/${id}`, init).catch(() => {});
  }

  async #upload(jar: string, dispatcher: Dispatcher): Promise<string> {
    const { openAsBlob } = await import('node:fs');
    const form = new FormData();
    form.append('jarfile', await openAsBlob(jar, { type: 'application/x-java-archive' }), basename(jar));
    const { filename } = await this.#json<{ filename: string }>('POST', '/jars/upload', {
      body: form,
      dispatcher,
    });
    return basename(filename);
  }

  async #run(jarId: string, options: RunOptions, dispatcher: Dispatcher): Promise<string> {
    const { jobid } = await this.#json<{ jobid: string }>('POST', `/jars/${jarId}/run`, {
      dispatcher,
      ...json({
        entryClass: options.entryClass,
        programArgsList: options.args,
        ...(options.savepointPath === undefined
          ? {}
          : { savepointPath: options.savepointPath, claimMode: options.claimMode ?? 'NO_CLAIM' }),
        ...(options.allowNonRestoredState ? { allowNonRestoredState: true } : {}),
        ...(options.configuration ? { flinkConfiguration: options.configuration } : {}),
        ...(options.jobId === undefined ? {} : { jobId: options.jobId }),
      }),
    });
    return jobid;
  }

  async cancel(id: string): Promise<void> {
    await this.#request('PATCH', `/jobs/${id}?mode=cancel`);
  }

  /** Stops a job with a savepoint. @returns the savepoint's path. @throws RemoteError HR-REMOTE-003 when it fails. */
  async stop(
    id: string,
    options: { readonly targetDirectory?: string; readonly drain?: boolean } = {},
  ): Promise<string> {
    return this.#savepoint(id, `/jobs/${id}/stop`, options);
  }

  /** Takes a savepoint of a job that goes on. @returns its path. */
  async savepoint(id: string, options: { readonly targetDirectory?: string } = {}): Promise<string> {
    return this.#savepoint(id, `/jobs/${id}/savepoints`, { 'target-directory': options.targetDirectory });
  }

  async #savepoint(id: string, path: string, body: object): Promise<string> {
    const trigger = await this.#trigger(path, body);
    for (;;) {
      const progress = await this.savepointProgress(id, trigger);
      if (progress.state === 'completed') return progress.location;
      if (progress.state === 'failed') {
        throw new RemoteError('HR-REMOTE-003', `job ${id}`, `the savepoint failed: ${progress.reason}`);
      }
      await sleep(POLL_MS);
    }
  }

  async #trigger(path: string, body: object): Promise<string> {
    return (await this.#json<{ 'request-id': string }>('POST', path, json(body)))['request-id'];
  }

  /**
   * Asks for a savepoint, with the job's end where `stops` says so.
   * @param trigger 32 hexadecimal digits that `savepointProgress` knows it by; asking twice takes one savepoint.
   */
  async triggerSavepoint(
    id: string,
    { trigger, directory, then }: { trigger: string; directory: string; then: 'goes-on' | 'stops' },
  ): Promise<void> {
    if (then === 'stops') {
      await this.#trigger(`/jobs/${id}/stop`, { targetDirectory: directory, drain: false, triggerId: trigger });
    } else {
      await this.#trigger(`/jobs/${id}/savepoints`, { 'target-directory': directory, triggerId: trigger });
    }
  }

  /** @throws RemoteError with status 404 once a JobManager that knew of it is gone. */
  async savepointProgress(id: string, trigger: string): Promise<SavepointProgress> {
    const { status, operation } = await this.#json<{
      status: { id: string };
      operation?: { location?: string; 'failure-cause'?: { 'stack-trace': string } };
    }>('GET', `/jobs/${id}/savepoints/${trigger}`);
    if (status.id !== 'COMPLETED') return { state: 'in-progress' };
    if (operation?.location) return { state: 'completed', location: operation.location };
    return { state: 'failed', reason: rootCause(operation?.['failure-cause']?.['stack-trace'] ?? 'no reason given') };
  }

  /** Asks for a checkpoint and does not wait for it. */
  async triggerCheckpoint(id: string): Promise<void> {
    await this.#trigger(`/jobs/${id}/checkpoints`, {});
  }

  /** Takes a checkpoint now. @returns its number. */
  async checkpoint(id: string): Promise<number> {
    const trigger = await this.#trigger(`/jobs/${id}/checkpoints`, {});
    for (;;) {
      const { status, operation } = await this.#json<{
        status: { id: string };
        operation?: { checkpointId?: number; 'failure-cause'?: { 'stack-trace': string } };
      }>('GET', `/jobs/${id}/checkpoints/${trigger}`);
      if (status.id === 'COMPLETED') {
        if (operation?.checkpointId !== undefined) return operation.checkpointId;
        throw new RemoteError(
          'HR-REMOTE-003',
          `job ${id}`,
          `the checkpoint failed: ${firstLine(operation?.['failure-cause']?.['stack-trace'] ?? 'no reason given')}`,
        );
      }
      await sleep(POLL_MS);
    }
  }

  /** Waits until a job is in a state. @throws RemoteError HR-REMOTE-002 when it ends in another one, with Flink's reason. */
  async until(id: string, wanted: JobState, signal?: AbortSignal): Promise<JobDetails> {
    for (;;) {
      const job = await this.job(id);
      if (job.state === wanted) return job;
      if (ENDED.has(job.state)) {
        const { exceptionHistory } = await this.exceptions(id);
        throw new RemoteError(
          'HR-REMOTE-002',
          `job ${job.name}`,
          `is ${job.state} instead of ${wanted}: ${rootCause(exceptionHistory?.entries[0]?.stacktrace ?? 'no reason given')}`,
        );
      }
      await sleep(POLL_MS, undefined, { signal });
    }
  }

  /** Waits until a job has ended, whichever way. @throws an AbortError when the signal comes first. */
  async untilEnded(id: string, signal?: AbortSignal): Promise<JobDetails> {
    for (;;) {
      const job = await this.job(id);
      if (ENDED.has(job.state)) return job;
      await sleep(POLL_MS, undefined, { signal });
    }
  }

  async #json<T>(method: string, path: string, init: RequestInit = {}): Promise<T> {
    return (await (await this.#request(method, path, init)).json()) as T;
  }

  /** One request; again while no JobManager leads. */
  async #request(method: string, path: string, init: RequestInit = {}) {
    const place = `${method} ${this.url}${path.split('?')[0]}`;
    for (let attempt = 1; ; attempt++) {
      let response: Awaited<ReturnType<typeof fetch>>;
      try {
        response = await fetch(`${this.url}${path}`, {
          ...(this.#dispatcher ? { dispatcher: this.#dispatcher } : {}),
          ...init,
          method,
          headers: { ...this.#options.headers, ...(init.headers as Record<string, string> | undefined) },
          signal: init.signal ?? AbortSignal.timeout(this.#options.timeout ?? 60_000),
        });
      } catch (cause) {
        throw unreachable(place, cause);
      }
      if (response.ok) return response;
      const text = await response.text();
      if (response.status === 503 && attempt < TRIES) {
        await sleep(BETWEEN_TRIES_MS);
        continue;
      }
      throw refused(place, response.status, text);
    }
  }
}

const json = (body: object): RequestInit => ({
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
});

function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new RemoteError('HR-REMOTE-004', file, (cause as Error).message, { cause, mend: 'name a PEM file' });
  }
}
