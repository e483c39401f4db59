export { RemoteError } from './errors.ts';
export * from './flink-rest.ts';
export * from './job-specification.ts';
