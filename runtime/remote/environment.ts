import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyAgent } from '../api/agent.ts';
import type { ChatModel } from '../api/chat.ts';
import type { AgentStream, AgentsExecutionEnvironment, ExecutionConfig, InputStream } from '../api/environment.ts';
import { HeadraceError } from '../api/errors.ts';
import { compilePlan } from '../plan/index.ts';
import { agentConfiguration } from './flink-configuration.ts';
import { FlinkRest, type FlinkRestOptions } from './flink-rest.ts';
import {
  asArgument,
  JOB_CLASS,
  type JobSettings,
  type JobSpecification,
  jobSpecification,
} from './job-specification.ts';

/** Where jobs go: to a cluster's REST interface, or as files for a container that starts in application mode. */
export type RemoteTarget =
  | { readonly rest: FlinkRestOptions; readonly jar: string; readonly savepointPath?: string }
  | { readonly directory: string };

export interface RemoteEnvironmentOptions {
  readonly target: RemoteTarget;
  /** What all jobs of this environment have in common; each has its own name and source. */
  readonly job: Omit<JobSettings, 'name' | 'source'>;
  /** CREATE TABLE statements by the name of the table. Default: none. */
  readonly tables?: Readonly<Record<string, string>>;
  /** Directory of Flink's config.yaml. Default: FLINK_CONF_DIR. */
  readonly configurationDirectory?: string;
}

interface Applied {
  readonly agent: AnyAgent;
  readonly source: JobSettings['source'];
}

/** Runs agents on a Flink cluster. `execute` returns when the job was accepted: streams have no end. */
export class RemoteExecutionEnvironment implements AgentsExecutionEnvironment {
  readonly #options: RemoteEnvironmentOptions;
  readonly #config: ExecutionConfig;
  #applied: Applied[] = [];
  /** Ids of submitted jobs, or files of written ones, in order. */
  readonly jobs: string[] = [];

  /** @throws RemoteError HR-REMOTE-005 for a configuration file that cannot be read, with line and column. */
  constructor(options: RemoteEnvironmentOptions) {
    this.#options = options;
    this.#config = agentConfiguration(options.configurationDirectory);
  }

  getConfig(): ExecutionConfig {
    return { ...this.#config };
  }

  /** @throws HeadraceError HR-RUNTIME-009 always: a client cannot travel to the workers. */
  addResource(name: string, resource: ChatModel): this {
    throw new HeadraceError(
      'HR-RUNTIME-009',
      `resources.${name}`,
      `${typeof resource?.name === 'string' ? resource.name : 'this value'} is a client of this process; workers make their own`,
      { mend: `bind it in the deployment file, by what describes it: resources: { ${name}: { chat: … } }` },
    );
  }

  /** @throws HeadraceError HR-RUNTIME-009 always: a list lives in this process. */
  fromList(_records: readonly unknown[]): InputStream {
    throw new HeadraceError('HR-RUNTIME-009', 'fromList', 'a cluster cannot read a list of this process', {
      mend: "use fromDataStream({ kafka: … } or { file: … }) or fromTable('name')",
    });
  }

  /** @param source `{ kafka }`, `{ file }` or `{ sql }` as in a job specification. @throws HeadraceError HR-RUNTIME-009 */
  fromDataStream(source: unknown): InputStream {
    const given = (source ?? {}) as JobSettings['source'];
    if (given.kafka || given.file || given.sql) return this.#input(given);
    throw new HeadraceError('HR-RUNTIME-009', 'fromDataStream', 'a cluster cannot read this source', {
      received: JSON.stringify(source)?.slice(0, 200),
      mend: 'give { kafka: { topic, bootstrap, … } }, { file: { path, … } } or { sql: { ddl, table } }',
    });
  }

  /** @throws HeadraceError HR-RUNTIME-009 for a table that the options do not have. */
  fromTable(table: string): InputStream {
    const ddl = this.#options.tables?.[table];
    if (ddl !== undefined) return this.#input({ sql: { ddl, table } });
    const known = Object.keys(this.#options.tables ?? {});
    throw new HeadraceError('HR-RUNTIME-009', `fromTable('${table}')`, 'there is no such table', {
      mend: known.length ? `there are ${known.join(', ')}` : 'give its CREATE TABLE statement under tables',
    });
  }

  /**
   * Submits every stream that was applied since the last call as a job of its own.
   * @param jobName default: the agent's name.
   * @throws RemoteError when the cluster refuses; the jobs before it run.
   */
  async execute(jobName?: string): Promise<void> {
    const applied = this.#applied;
    if (applied.length === 0) {
      throw new HeadraceError('HR-RUNTIME-009', 'execute', 'there is nothing to run', {
        mend: 'apply an agent first: environment.fromDataStream({ … }).apply(agent)',
      });
    }
    this.#applied = [];
    for (const [i, { agent, source }] of applied.entries()) {
      const name = jobName ?? agent.name;
      const job = jobSpecification(compilePlan(agent), {
        ...this.#options.job,
        name: applied.length === 1 ? name : `${name}-${i + 1}`,
        source,
      });
      this.jobs.push(await this.#submit(job));
    }
  }

  async #submit(job: JobSpecification): Promise<string> {
    const { target } = this.#options;
    if ('directory' in target) {
      const file = join(target.directory, `${job.name}.json`);
      writeFileSync(file, `${JSON.stringify(job, null, 2)}\n`);
      return file;
    }
    return new FlinkRest(target.rest).submit(target.jar, {
      entryClass: JOB_CLASS,
      args: ['--specification', asArgument(job)],
      savepointPath: target.savepointPath,
    });
  }

  #input(source: JobSettings['source']): InputStream {
    return {
      apply: (agent): AgentStream => {
        this.#applied.push({ agent, source });
        return {
          toList() {
            throw new HeadraceError('HR-RUNTIME-009', `agent ${agent.name}`, 'outputs of a cluster are in its sink', {
              mend: 'read the sink',
            });
          },
        };
      },
    };
  }
}
