const MiB = 2 ** 20;
const GiB = 2 ** 30;

/** Flink reads fractions as 32-bit floats; its sums come out the same only with those. */
const TENTH = Math.fround(0.1);
const TWO_FIFTHS = Math.fround(0.4);
const METASPACE = 256 * MiB;
const FRAMEWORK_HEAP = 128 * MiB;
const FRAMEWORK_OFF_HEAP = 128 * MiB;
const JOB_MANAGER_OFF_HEAP = 128 * MiB;
const OVERHEAD = { min: 192 * MiB, max: GiB };
const NETWORK_MIN = 64 * MiB;

/** A part of a process's memory, bytes, and why it has that size. */
export interface MemoryPart {
  /** As Flink's documentation names it. */
  readonly name: string;
  readonly bytes: number;
  readonly why: string;
}

export interface ProcessMemory {
  readonly total: number;
  /** They add up to the total. */
  readonly parts: readonly MemoryPart[];
  /** What Flink's scripts give the JVM. */
  readonly jvm: readonly string[];
}

const overhead = (total: number) => Math.min(Math.max(Math.floor(total * TENTH), OVERHEAD.min), OVERHEAD.max);
const OVERHEAD_WHY = 'a tenth of the process, from 192 MiB to 1 GiB: stacks, code, garbage collection';
const METASPACE_WHY = 'fixed: classes';

/**
 * How Flink 2.3 divides a TaskManager's `taskmanager.memory.process.size` with its default fractions.
 * Source: Flink's documentation, "Set up TaskManager Memory"; the figures are those of its own calculator.
 * @param total bytes; at least 1 GiB.
 */
export function taskManagerMemory(total: number): ProcessMemory {
  const jvmOverhead = overhead(total);
  const flink = total - METASPACE - jvmOverhead;
  const network = Math.max(Math.floor(flink * TENTH), NETWORK_MIN);
  const managed = Math.floor(flink * TWO_FIFTHS);
  const taskHeap = flink - network - managed - FRAMEWORK_HEAP - FRAMEWORK_OFF_HEAP;
  const heap = taskHeap + FRAMEWORK_HEAP;
  return {
    total,
    parts: [
      { name: 'JVM metaspace', bytes: METASPACE, why: METASPACE_WHY },
      { name: 'JVM overhead', bytes: jvmOverhead, why: OVERHEAD_WHY },
      { name: 'framework heap', bytes: FRAMEWORK_HEAP, why: 'fixed: Flink itself' },
      { name: 'framework off-heap', bytes: FRAMEWORK_OFF_HEAP, why: 'fixed: Flink itself' },
      { name: 'network', bytes: network, why: 'a tenth of what Flink has: buffers between subtasks' },
      { name: 'managed', bytes: managed, why: 'two fifths of what Flink has: RocksDB, shared by the slots' },
      { name: 'task heap', bytes: taskHeap, why: 'the rest: records, and inputs that are not finished' },
    ],
    jvm: [
      `-Xmx${heap}`,
      `-Xms${heap}`,
      `-XX:MaxDirectMemorySize=${network + FRAMEWORK_OFF_HEAP}`,
      `-XX:MaxMetaspaceSize=${METASPACE}`,
    ],
  };
}

/**
 * How Flink 2.3 divides a JobManager's `jobmanager.memory.process.size`. Source: Flink's documentation, "Set up
 * JobManager Memory". @param total bytes; at least 1 GiB.
 */
export function jobManagerMemory(total: number): ProcessMemory {
  const jvmOverhead = overhead(total);
  const heap = total - METASPACE - jvmOverhead - JOB_MANAGER_OFF_HEAP;
  return {
    total,
    parts: [
      { name: 'JVM metaspace', bytes: METASPACE, why: METASPACE_WHY },
      { name: 'JVM overhead', bytes: jvmOverhead, why: OVERHEAD_WHY },
      { name: 'off-heap', bytes: JOB_MANAGER_OFF_HEAP, why: 'fixed: RPC' },
      { name: 'heap', bytes: heap, why: "the rest: the job's graph, checkpoints' metadata" },
    ],
    jvm: [`-Xmx${heap}`, `-Xms${heap}`, `-XX:MaxMetaspaceSize=${METASPACE}`],
  };
}

/** RocksDB's memory of one slot: the managed memory of a TaskManager, divided. */
export const managedPerSlot = (memory: ProcessMemory, slots: number): number =>
  Math.floor((memory.parts.find(({ name }) => name === 'managed')?.bytes ?? 0) / slots);

/** What one run in flight costs a worker, bytes, by what it waits for. */
export const RUN_BYTES = {
  /** 1,359 MiB with 5,000 model calls in flight, 180 MiB at rest, divided (npm run bench:flink). */
  model: Math.round(((1_359 - 180) * MiB) / 5_000),
  /** 10,000 runs that waited for nothing else than a timer took 40 MiB on the embedded engine (npm run bench:engine). */
  none: 4 * 1024,
} as const;
/** A worker and its agent process at rest. */
export const WORKER_BASE_BYTES = 180 * MiB;

/** Memory that a worker needs for runs in flight, an estimate. @param calls whether the agent calls models or tools. */
export const workerMemory = (runsInFlight: number, calls: boolean): number =>
  WORKER_BASE_BYTES + runsInFlight * (calls ? RUN_BYTES.model : RUN_BYTES.none);
