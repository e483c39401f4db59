export { type RemoteEnvironmentOptions, RemoteExecutionEnvironment, type RemoteTarget } from './environment.ts';
export { RemoteError } from './errors.ts';
export * from './flink-answers.ts';
export { agentConfiguration } from './flink-configuration.ts';
export { rootCause } from './flink-failures.ts';
export * from './flink-rest.ts';
export * from './job-specification.ts';
