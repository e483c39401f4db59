/** Words that the deployment file, the stacks and the charts share. */
export const CLOUDS = ['aws', 'azure', 'gcp'] as const;
export type Cloud = (typeof CLOUDS)[number];

export const SIZES = ['small', 'medium', 'large'] as const;
export type Size = (typeof SIZES)[number];

/** Kubernetes service accounts that hold a cloud identity, one each. */
export const WORKLOADS = ['flink', 'worker', 'replicator'] as const;
export type Workload = (typeof WORKLOADS)[number];
