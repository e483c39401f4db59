import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnyAgent } from '../api/agent.ts';
import type { ChatModel } from '../api/chat.ts';
import type { AgentStream, AgentsExecutionEnvironment, ExecutionConfig, InputStream } from '../api/environment.ts';
import { HeadraceError } from '../api/errors.ts';
import { shorten } from '../engine/index.ts';
import { FileStore } from '../state/file-store.ts';
import { readParts } from './part-files.ts';
import { runLocal } from './run-local.ts';
import { DEFAULT_RETRY, type RetrySettings } from './settings.ts';
import type { Source } from './source.ts';
import { type FileSourceOptions, fileSource } from './sources/file.ts';
import { listSource } from './sources/list.ts';

export interface LocalEnvironmentOptions {
  /** What actions read from `ctx.config` and `getConfig` gives. Default: nothing. */
  readonly config?: ExecutionConfig;
  /**
   * Directory of state, journal and outputs; a later process that is given the same one goes on where this one ended.
   * Default: a temporary one, removed when `execute` ends.
   */
  readonly directory?: string;
  /** Default: five tries, then `execute` rejects. */
  readonly retry?: RetrySettings;
}

/** What `fromDataStream` reads on one machine: a source of this runtime, or one as the deployment file describes it. */
export type LocalDataStream = Source | { readonly file: FileSourceOptions } | { readonly list: readonly unknown[] };

/** An agent that waits for `execute`, and its outputs afterwards. */
interface Stream extends AgentStream {
  readonly agent: AnyAgent;
  readonly source: Source;
  outputs: readonly unknown[] | undefined;
}

/** Runs agents in this process, on the embedded engine. */
export class LocalExecutionEnvironment implements AgentsExecutionEnvironment {
  readonly #options: LocalEnvironmentOptions;
  readonly #models: Record<string, ChatModel> = {};
  #streams: Stream[] = [];

  constructor(options: LocalEnvironmentOptions = {}) {
    this.#options = options;
  }

  getConfig(): ExecutionConfig {
    return { ...this.#options.config };
  }

  /** @throws HeadraceError HR-RUNTIME-009 when the name is taken. */
  addResource(name: string, resource: ChatModel): this {
    if (Object.hasOwn(this.#models, name)) {
      throw new HeadraceError('HR-RUNTIME-009', `resources.${name}`, 'a resource of this name was added before', {
        mend: 'give one of them another name',
      });
    }
    this.#models[name] = resource;
    return this;
  }

  fromList(records: readonly unknown[]): InputStream {
    return this.#input(listSource([...records]));
  }

  /** @param source a LocalDataStream. @throws HeadraceError HR-RUNTIME-009 for what one machine cannot read. */
  fromDataStream(source: unknown): InputStream {
    const given = (source ?? {}) as Partial<Source> & { file?: FileSourceOptions; list?: readonly unknown[] };
    if (typeof given.open === 'function') return this.#input(given as Source);
    if (given.file) return this.#input(fileSource(given.file));
    if (Array.isArray(given.list)) return this.#input(listSource(given.list));
    throw new HeadraceError('HR-RUNTIME-009', 'fromDataStream', 'the embedded engine cannot read this source', {
      received: shorten(source),
      mend: 'give fileSource({ … }), { file: { path, format } } or { list: [ … ] }',
    });
  }

  /** @throws HeadraceError HR-RUNTIME-009: tables belong to a cluster. */
  fromTable(table: string): InputStream {
    throw new HeadraceError('HR-RUNTIME-009', `fromTable('${table}')`, 'the embedded engine has no tables', {
      mend: 'use fromDataStream with a file, or fromList',
    });
  }

  /**
   * Runs every stream that was applied since the last call, one after another, to the end of its source.
   * @param jobName default: the agent's name.
   * @throws HeadraceError or StateError of the first stream that fails.
   */
  async execute(jobName?: string): Promise<void> {
    const streams = this.#streams;
    if (streams.length === 0) {
      throw new HeadraceError('HR-RUNTIME-009', 'execute', 'there is nothing to run', {
        mend: 'apply an agent first: environment.fromList([ … ]).apply(agent)',
      });
    }
    this.#streams = [];
    const { directory = await mkdtemp(join(tmpdir(), 'headrace-')) } = this.#options;
    try {
      for (const [i, stream] of streams.entries()) {
        const name = jobName ?? stream.agent.name;
        await this.#run(stream, streams.length === 1 ? name : `${name}-${i + 1}`, directory);
      }
    } finally {
      if (this.#options.directory === undefined) await rm(directory, { recursive: true, force: true });
    }
  }

  #input(source: Source): InputStream {
    return {
      apply: (agent) => {
        const stream: Stream = {
          agent,
          source,
          outputs: undefined,
          toList() {
            if (this.outputs) return this.outputs;
            throw new HeadraceError('HR-RUNTIME-009', `agent ${agent.name}`, 'its stream has no outputs yet', {
              mend: 'await environment.execute() first',
            });
          },
        };
        this.#streams.push(stream);
        return stream;
      },
    };
  }

  async #run(stream: Stream, job: string, directory: string): Promise<void> {
    const sink = join(directory, 'outputs', job);
    await runLocal({
      agent: stream.agent,
      job,
      source: stream.source,
      sink,
      store: new FileStore(join(directory, 'state')),
      journal: join(directory, 'journal', job),
      models: this.#models,
      config: this.getConfig(),
      retry: this.#options.retry ?? { ...DEFAULT_RETRY, onFailure: 'fail' },
    });
    const outputs: unknown[] = [];
    for await (const { value } of readParts<{ value: unknown }>(sink)) outputs.push(value);
    stream.outputs = outputs;
  }
}
