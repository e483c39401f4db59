import type { Release } from '../release.ts';

/** Name of the workers' workload, of the headless Service that finds each, and of their policies. */
export const workerName = (release: Release) => `${release.name}-worker`;
