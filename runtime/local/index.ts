export { type LocalDataStream, type LocalEnvironmentOptions, LocalExecutionEnvironment } from './environment.ts';
export { forgetJob } from './forget.ts';
export { readParts } from './part-files.ts';
export { runLocal } from './run-local.ts';
export * from './settings.ts';
export * from './source.ts';
export { type FileSourceOptions, fileSource } from './sources/file.ts';
export { generatedSource, listSource } from './sources/list.ts';
export { type StateDigest, stateDigest } from './state-digest.ts';
