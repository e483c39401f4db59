import type { AnyAgent } from './agent.ts';
import type { ChatModel } from './chat.ts';

/** Settings of a job as `getConfig()` gives them. */
export type ExecutionConfig = Readonly<Record<string, string | number | boolean>>;

/** A stream with an agent applied: what `execute` runs. */
export interface AgentStream<O = unknown> {
  /** Outputs after `execute`, in the order in which they were committed. */
  toList(): readonly O[];
}

/** Inputs that wait for an agent. */
export interface InputStream {
  apply(agent: AnyAgent): AgentStream;
}

/** Where agents run. The same calls build a job for the embedded engine and for a cluster. */
export interface AgentsExecutionEnvironment {
  getConfig(): ExecutionConfig;
  /** Binds a resource of the agents to a client or to a deployment file's entry. */
  addResource(name: string, resource: ChatModel): this;
  /** Records given here; for trying and testing, refused by a cluster. */
  fromList(records: readonly unknown[]): InputStream;
  /** Records of a source of the deployment file, by its kind. */
  fromDataStream(source: unknown): InputStream;
  /** Records of a table of the deployment file, by its name. */
  fromTable(table: string): InputStream;
  execute(jobName?: string): Promise<void>;
}
