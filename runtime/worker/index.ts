export { WorkerError } from './errors.ts';
export { type Health, type HealthServer, type MetricsText, serveHealth } from './http.ts';
export type { AgentSettings, WorkerSettings } from './settings.ts';
export { AgentWorker } from './worker.ts';
