export { type RemoteEnvironmentOptions, RemoteExecutionEnvironment, type RemoteTarget } from './environment.ts';
export { RemoteError } from './errors.ts';
export { agentConfiguration } from './flink-configuration.ts';
export * from './flink-rest.ts';
export * from './job-specification.ts';
