import type { Cloud, Size } from '../vocabulary.ts';

const GiB = 2 ** 30;
const MiB = 2 ** 20;

/** A node pool: instance type per cloud, its capacity and the autoscaler's bounds over all three zones. */
export interface NodePool {
  readonly instance: Record<Cloud, string>;
  readonly vcpu: number;
  readonly memoryBytes: number;
  readonly min: number;
  readonly max: number;
  readonly diskGiB: number;
}

/** A container's requests; memory's limit equals its request, CPU has none, so that it is never throttled. */
export interface Resources {
  readonly cpu: number;
  readonly memoryBytes: number;
}

/** Everything that a region's `size` decides. */
export interface Sizing {
  readonly pools: { readonly system: NodePool; readonly flink: NodePool; readonly worker: NodePool };
  readonly jobManager: Resources;
  readonly taskManager: Resources & {
    /** Task slots a TaskManager: one a virtual CPU, as Flink advises. */
    readonly slots: number;
    /** Local volume for RocksDB and local recovery. */
    readonly volumeGiB: number;
  };
  readonly worker: Resources & { readonly min: number; readonly max: number };
}

const instances = {
  '2x8': { aws: 'm7i.large', azure: 'Standard_D2ds_v5', gcp: 'n2-standard-2' },
  '4x16': { aws: 'm7i.xlarge', azure: 'Standard_D4ds_v5', gcp: 'n2-standard-4' },
  '8x32': { aws: 'm7i.2xlarge', azure: 'Standard_D8ds_v5', gcp: 'n2-standard-8' },
  '16x64': { aws: 'm7i.4xlarge', azure: 'Standard_D16ds_v5', gcp: 'n2-standard-16' },
} as const;

const pool = (shape: keyof typeof instances, min: number, max: number, diskGiB: number): NodePool => {
  const [vcpu, memory] = shape.split('x').map(Number) as [number, number];
  return { instance: instances[shape], vcpu, memoryBytes: memory * GiB, min, max, diskGiB };
};

const SIZING: Record<Size, Sizing> = {
  small: {
    pools: { system: pool('2x8', 3, 6, 50), flink: pool('4x16', 3, 6, 100), worker: pool('4x16', 3, 9, 50) },
    jobManager: { cpu: 0.5, memoryBytes: 1600 * MiB },
    taskManager: { cpu: 2, memoryBytes: 4 * GiB, slots: 2, volumeGiB: 50 },
    worker: { cpu: 1, memoryBytes: 2 * GiB, min: 2, max: 6 },
  },
  medium: {
    pools: { system: pool('4x16', 3, 6, 50), flink: pool('8x32', 3, 12, 200), worker: pool('8x32', 3, 15, 50) },
    jobManager: { cpu: 1, memoryBytes: 2 * GiB },
    taskManager: { cpu: 4, memoryBytes: 12 * GiB, slots: 4, volumeGiB: 100 },
    worker: { cpu: 2, memoryBytes: 4 * GiB, min: 3, max: 15 },
  },
  large: {
    pools: { system: pool('4x16', 3, 9, 50), flink: pool('16x64', 3, 30, 400), worker: pool('16x64', 3, 30, 50) },
    jobManager: { cpu: 2, memoryBytes: 4 * GiB },
    taskManager: { cpu: 8, memoryBytes: 28 * GiB, slots: 8, volumeGiB: 250 },
    worker: { cpu: 4, memoryBytes: 8 * GiB, min: 6, max: 60 },
  },
};

export const sizing = (size: Size): Sizing => SIZING[size];

/** Slots beside those of the job: a test of restoring runs in one. */
const SPARE_SLOTS = 1;

/** TaskManagers that give every subtask of `jobs` jobs a slot, and have one to spare: over slots, rounded up. */
export const taskManagers = (size: Size, parallelism: number, jobs = 1) =>
  Math.ceil((jobs * parallelism + SPARE_SLOTS) / SIZING[size].taskManager.slots);
