import {
  type DeploymentModel,
  jobManagerMemory,
  jobsOf,
  managedPerSlot,
  type ProcessMemory,
  RUN_BYTES,
  sizing,
  taskManagerMemory,
  taskManagers,
  WORKER_BASE_BYTES,
  workerMemory,
} from '../../config/index.ts';
import type { AgentPlan } from '../../runtime/plan/index.ts';
import { table } from '../terminal/table.ts';

/** Sizes of one region's processes, with their arithmetic. Bytes. */
export interface RegionSizes {
  readonly region: string;
  readonly size: string;
  readonly jobManager: ProcessMemory;
  readonly taskManager: ProcessMemory & {
    readonly slots: number;
    readonly count: number;
    readonly managedPerSlot: number;
  };
  readonly worker: {
    readonly memory: number;
    readonly runsInFlight: number;
    readonly needed: number;
    readonly arithmetic: string;
    readonly enough: boolean;
  };
}

/** What each region's size gives, and whether it is enough for the agent. */
export function regionSizes(deployment: DeploymentModel, plan: AgentPlan): RegionSizes[] {
  const calls = Object.values(plan.resources).filter(({ kind }) => kind === 'chat' || kind === 'tool').length;
  return deployment.regions.map((region) => {
    const size = sizing(region.size);
    const count = taskManagers(region.size, deployment.agent.parallelism, jobsOf(deployment));
    const taskManager = taskManagerMemory(size.taskManager.memoryBytes);
    const inFlight = deployment.agent.inFlight * deployment.agent.parallelism;
    const runsInFlight = Math.ceil(inFlight / size.worker.min);
    const needed = workerMemory(runsInFlight, calls > 0);
    const each = calls > 0 ? RUN_BYTES.model : RUN_BYTES.none;
    return {
      region: region.name,
      size: region.size,
      jobManager: jobManagerMemory(size.jobManager.memoryBytes),
      taskManager: {
        ...taskManager,
        slots: size.taskManager.slots,
        count,
        managedPerSlot: managedPerSlot(taskManager, size.taskManager.slots),
      },
      worker: {
        memory: size.worker.memoryBytes,
        runsInFlight,
        needed,
        arithmetic: `${mib(WORKER_BASE_BYTES)} + ${runsInFlight.toLocaleString('en-US')} runs x ${(each / 1024).toFixed(0)} KiB (${calls > 0 ? 'each waits for a model or a tool' : 'none waits for a model'}), where ${deployment.agent.inFlight.toLocaleString('en-US')} a subtask x ${deployment.agent.parallelism} subtasks are spread over ${size.worker.min} workers`,
        enough: needed <= size.worker.memoryBytes,
      },
    };
  });
}

const mib = (bytes: number) => `${(bytes / 2 ** 20).toLocaleString('en-US', { maximumFractionDigits: 0 })} MiB`;

/** The same as text. */
export function renderSizes(sizes: readonly RegionSizes[]): string {
  return sizes
    .map((region) => {
      const { taskManager, worker } = region;
      return [
        `${region.region} (${region.size})`,
        part(`JobManager, ${mib(region.jobManager.total)}`, region.jobManager),
        part(`TaskManager, ${mib(taskManager.total)}`, taskManager),
        `  ${taskManager.count} x ${taskManager.slots} slots; RocksDB has ${mib(taskManager.managedPerSlot)} a slot`,
        `  worker, ${mib(worker.memory)}: needs ${mib(worker.needed)}, ${worker.enough ? 'enough' : 'TOO LITTLE: lower agent.inFlight, or take a larger size'}`,
        `    ${worker.arithmetic}`,
      ].join('\n');
    })
    .join('\n\n');
}

const part = (title: string, { parts, jvm }: ProcessMemory) =>
  `  ${title}\n${table(
    ['part', 'MiB', 'why'],
    parts.map(({ name, bytes, why }) => [name, (bytes / 2 ** 20).toFixed(1), why]),
    '    ',
  )}\n    ${jvm.join(' ')}`;
