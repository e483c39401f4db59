export { WorkerError } from './errors.ts';
export type { AgentSettings, WorkerSettings } from './settings.ts';
export { AgentWorker } from './worker.ts';
