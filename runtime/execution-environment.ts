import type { AgentsExecutionEnvironment } from './api/index.ts';
import { type LocalEnvironmentOptions, LocalExecutionEnvironment } from './local/index.ts';

/** The environment that this process runs agents in: the embedded engine. */
export const getExecutionEnvironment = (options: LocalEnvironmentOptions = {}): AgentsExecutionEnvironment =>
  new LocalExecutionEnvironment(options);
