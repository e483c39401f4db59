import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FlinkRest, type JobSpecification, type JobState } from '../../../runtime/remote/index.ts';
import type { MemoryStore } from '../../state/memory-store.ts';

/** What becomes of a job that is submitted. */
export type Fate =
  | 'healthy'
  /** Restarts for ever, with a reason. */
  | { readonly restarts: string }
  | { readonly fails: string }
  /** Flink does not take it. */
  | { readonly refused: string };

export interface ServedJob {
  readonly id: string;
  readonly specification: JobSpecification;
  readonly parameters: Record<string, string>;
  readonly from: string | undefined;
  readonly configuration: Record<string, string>;
  readonly allowNonRestoredState: boolean;
  readonly startedAt: number;
  state: JobState;
  endedAt: number;
  reason: string | undefined;
  restarts: number;
  completed: number;
  checkpointAt: number;
}

/**
 * Flink's REST interface as far as the commands use it, in its own wire format, with jobs that do as they are told and
 * write savepoints into a store.
 */
export class FlinkServer {
  readonly jobs = new Map<string, ServedJob>();
  readonly requests: string[] = [];
  readonly triggers = new Map<string, { location?: string; failure?: string }>();
  slots = 4;
  taskManagers = 1;
  fate: (specification: JobSpecification) => Fate = () => 'healthy';
  /** What a savepoint fails with. */
  savepointFailure: ((job: ServedJob) => string | undefined) | undefined;
  /** Called before a request; an answer of its own is sent instead, `drop` closes the connection. */
  before: (request: string, n: number) => readonly [number, unknown] | 'drop' | undefined = () => undefined;
  /** The savepoint is said to be complete, and is not in the store. */
  losesSavepoints = false;
  readonly #store: MemoryStore;
  #server: Server | undefined;
  #made = 0;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  async start(): Promise<FlinkRest> {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const url = request.url ?? '';
      const name = `${request.method} ${url.split('?')[0]}`;
      const told = this.before(name, this.requests.push(name));
      if (told === 'drop') {
        request.socket.destroy();
        return;
      }
      const multipart = /multipart/.test(request.headers['content-type'] ?? '');
      const body = multipart || chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
      const [status, answer] = told ?? (await this.#answer(request.method ?? '', url, body));
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
    await new Promise<void>((resolve) => this.#server?.listen(0, '127.0.0.1', resolve));
    return new FlinkRest({ url: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}` });
  }

  stop(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }

  running(): ServedJob[] {
    return [...this.jobs.values()].filter(({ state }) => !['FAILED', 'CANCELED', 'FINISHED'].includes(state));
  }

  /** Writes a complete snapshot. @returns its URI. */
  snapshot(key: string): string {
    // Past the hooks that stand for the command's own accesses.
    this.#store.objects.set(`${key}/_metadata`, { data: Buffer.from('metadata'), version: 1_000_000 + ++this.#made });
    return `state://${key}`;
  }

  async #answer(method: string, url: string, body: Record<string, unknown>): Promise<readonly [number, unknown]> {
    const [path = ''] = url.split('?');
    const parts = path.split('/').slice(1);
    if (path === '/jobmanager/config')
      return [
        200,
        [
          { key: 'execution.checkpointing.dir', value: 'state://checkpoints/reviews' },
          { key: 'execution.checkpointing.savepoint-dir', value: 'state://savepoints/reviews' },
        ],
      ];
    if (path === '/overview')
      return [
        200,
        {
          taskmanagers: this.taskManagers,
          'slots-total': this.slots,
          'slots-available': this.slots - this.running().length * 2,
          'flink-version': '2.3.0',
        },
      ];
    if (path === '/jobs/overview')
      return [
        200,
        {
          jobs: [...this.jobs.values()].map((job) => ({
            jid: job.id,
            name: job.specification.name,
            state: job.state,
            'start-time': job.startedAt,
            'end-time': job.endedAt,
          })),
        },
      ];
    if (path === '/jars/upload') return [200, { filename: '/tmp/flink-web/1_headrace-bridge.jar', status: 'success' }];
    if (parts[0] === 'jars') return method === 'DELETE' ? [200, {}] : this.#run(body);
    const job = this.jobs.get(parts[1] ?? '');
    if (!job)
      return [
        404,
        {
          errors: [
            `org.apache.flink.runtime.messages.FlinkJobNotFoundException: Could not find Flink job (${parts[1]})`,
          ],
        },
      ];
    if (method === 'PATCH') {
      if (job.endedAt > 0)
        return [
          409,
          { errors: ['Job cancellation failed because the job has already reached another terminal state'] },
        ];
      this.#end(job, 'CANCELED');
      return [202, {}];
    }
    switch (parts[2]) {
      case undefined:
        return [200, this.#details(job)];
      case 'config':
        return [
          200,
          { jid: job.id, name: job.specification.name, 'execution-config': { 'user-config': job.parameters } },
        ];
      case 'checkpoints':
        return method === 'POST' ? this.#checkpoint(job) : [200, this.#checkpoints(job)];
      case 'accumulators':
        return [
          200,
          {
            'job-accumulators': [],
            'user-task-accumulators': job.specification.rehearsal
              ? [
                  { name: 'restored-state-entries', type: 'LongCounter', value: '7' },
                  ...['1', '-1', '0', '255'].map((value, i) => ({
                    name: `restored-state-digest-${i}`,
                    type: 'LongCounter',
                    value,
                  })),
                ]
              : [],
          },
        ];
      case 'exceptions':
        return [
          200,
          {
            exceptionHistory: {
              entries: job.reason ? [{ stacktrace: `java.lang.Exception: outer\nCaused by: ${job.reason}` }] : [],
            },
          },
        ];
      case 'metrics':
        return [200, [{ id: 'numRestarts', value: String(job.restarts) }]];
      case 'vertices':
        return [
          200,
          [
            { id: 'action-execute-operator.headrace.runsInFlight', sum: 3 },
            { id: 'action-execute-operator.headrace.workers', sum: 4, max: 2 },
          ],
        ];
      case 'stop':
        return this.#savepoint(job, String(body['triggerId']), String(body['targetDirectory']), true);
      default:
        return method === 'POST'
          ? this.#savepoint(job, String(body['triggerId']), String(body['target-directory']), false)
          : this.#trigger(parts[3] ?? '');
    }
  }

  #run(body: Record<string, unknown>): readonly [number, unknown] {
    const id = String(body['jobId']);
    if (this.jobs.has(id))
      return [
        400,
        {
          errors: ['org.apache.flink.runtime.client.DuplicateJobSubmissionException: Job has already been submitted.'],
        },
      ];
    const [, argument = ''] = body['programArgsList'] as string[];
    const specification = JSON.parse(
      Buffer.from(argument.slice('base64:'.length), 'base64').toString(),
    ) as JobSpecification;
    const fate = this.fate(specification);
    if (typeof fate === 'object' && 'refused' in fate)
      return [400, { errors: [`Internal\nCaused by: ${fate.refused}`] }];
    const configuration = (body['flinkConfiguration'] ?? {}) as Record<string, string>;
    const bad = typeof fate === 'object';
    this.jobs.set(id, {
      id,
      specification,
      configuration,
      parameters: Object.fromEntries(
        (configuration['pipeline.global-job-parameters'] ?? '').split(',').map((pair) => pair.split(':')),
      ),
      from: body['savepointPath'] as string | undefined,
      allowNonRestoredState: body['allowNonRestoredState'] === true,
      startedAt: Date.now() + this.jobs.size,
      state: bad ? ('fails' in fate ? 'FAILED' : 'RESTARTING') : 'RUNNING',
      endedAt: bad && 'fails' in fate ? Date.now() : -1,
      reason: bad ? ('fails' in fate ? fate.fails : fate.restarts) : undefined,
      restarts: bad ? 7 : 0,
      completed: 0,
      checkpointAt: 0,
    });
    return [200, { jobid: id }];
  }

  #details(job: ServedJob) {
    const status = job.state === 'RUNNING' ? 'RUNNING' : job.state === 'RESTARTING' ? 'CANCELED' : job.state;
    return {
      jid: job.id,
      name: job.specification.name,
      state: job.state,
      now: Date.now(),
      'start-time': job.startedAt,
      'end-time': job.endedAt,
      timestamps: { RUNNING: job.startedAt },
      vertices: ['source', 'action-execute-operator', 'sink'].map((name) => ({
        id: name,
        name,
        parallelism: 2,
        maxParallelism: 128,
        status,
      })),
      plan: { nodes: [] },
    };
  }

  #checkpoint(job: ServedJob): readonly [number, unknown] {
    if (job.state !== 'RUNNING') return [500, { errors: ['Checkpoint triggering task is not running'] }];
    job.completed += 1;
    job.checkpointAt = Math.max(Date.now(), job.startedAt);
    return [202, { 'request-id': 'c' }];
  }

  #checkpoints(job: ServedJob) {
    const completed = job.completed > 0;
    return {
      counts: { completed: job.completed, failed: 0, restored: job.from ? 1 : 0 },
      latest: {
        completed: completed
          ? {
              id: job.completed,
              trigger_timestamp: job.checkpointAt,
              latest_ack_timestamp: job.checkpointAt,
              end_to_end_duration: 5,
              state_size: 2048,
              external_path: 'state://x',
            }
          : null,
        savepoint: null,
        failed: null,
        restored: job.from ? { id: 1, external_path: job.from } : null,
      },
    };
  }

  #savepoint(job: ServedJob, trigger: string, directory: string, stops: boolean): readonly [number, unknown] {
    if (this.triggers.has(trigger)) return [202, { 'request-id': trigger }];
    if (job.state !== 'RUNNING')
      return [409, { errors: [`Job ${job.id} is not running: it is in state ${job.state}`] }];
    const failure = this.savepointFailure?.(job);
    if (failure === undefined) {
      const name = `savepoint-${job.id.slice(0, 6)}-${String(++this.#made).padStart(12, '0')}`;
      const location = `${directory}/${name}`;
      if (!this.losesSavepoints) this.snapshot(location.slice('state://'.length));
      this.triggers.set(trigger, { location });
      if (stops) this.#end(job, 'FINISHED');
    } else {
      this.triggers.set(trigger, { failure });
    }
    return [202, { 'request-id': trigger }];
  }

  #trigger(id: string): readonly [number, unknown] {
    const trigger = this.triggers.get(id);
    if (!trigger)
      return [
        404,
        { errors: ['org.apache.flink.runtime.rest.handler.async.UnknownOperationKeyException: No ongoing operation'] },
      ];
    return [
      200,
      {
        status: { id: 'COMPLETED' },
        operation: trigger.location
          ? { location: trigger.location }
          : { 'failure-cause': { 'stack-trace': `x\nCaused by: ${trigger.failure}` } },
      },
    ];
  }

  #end(job: ServedJob, state: JobState): void {
    job.state = state;
    job.endedAt = Date.now();
  }
}
