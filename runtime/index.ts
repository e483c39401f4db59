export * from './api/index.ts';
export { type EnvironmentOptions, getExecutionEnvironment } from './execution-environment.ts';
export { fileSource, type LocalEnvironmentOptions, listSource } from './local/index.ts';
export type { RemoteEnvironmentOptions } from './remote/index.ts';
