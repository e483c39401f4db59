export * from './api/index.ts';
export { getExecutionEnvironment } from './execution-environment.ts';
export { fileSource, type LocalEnvironmentOptions, listSource } from './local/index.ts';
