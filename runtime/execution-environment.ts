import type { AgentsExecutionEnvironment } from './api/index.ts';
import { type LocalEnvironmentOptions, LocalExecutionEnvironment } from './local/index.ts';
import { type RemoteEnvironmentOptions, RemoteExecutionEnvironment } from './remote/index.ts';

/** Either the embedded engine's options, or a cluster's under `remote`. */
export type EnvironmentOptions = LocalEnvironmentOptions | { readonly remote: RemoteEnvironmentOptions };

/** The environment that agents run in: this process on the embedded engine, or a Flink cluster. Default: the former. */
export const getExecutionEnvironment = (options: EnvironmentOptions = {}): AgentsExecutionEnvironment =>
  'remote' in options ? new RemoteExecutionEnvironment(options.remote) : new LocalExecutionEnvironment(options);
