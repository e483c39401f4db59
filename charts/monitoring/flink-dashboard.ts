import type { Release } from '../release.ts';
import type { Row } from './dashboard.ts';
import { AGENT, JOB, TASK } from './flink-alerts.ts';
import { ofRelease } from './pod-monitor.ts';

const OPERATOR = `${TASK}operator_`;
const STATUS = { jobManager: 'flink_jobmanager_Status_JVM_', taskManager: 'flink_taskmanager_Status_JVM_' };

/** Rows of the dashboard of Flink and the job. */
export function flinkRows(release: Release): Row[] {
  const of = `{${ofRelease(release)}}`;
  const rate = (metric: string) => `sum(rate(${metric}${of}[$__rate_interval]))`;
  const latency = (quantile: string) =>
    `max(${AGENT}runLatencyMs{${ofRelease(release)},quantile="${quantile}"}) and on() sum(${AGENT}runsFinished${of}) > 0`;
  return [
    {
      title: 'Throughput and latency',
      panels: [
        {
          title: 'Runs and outputs',
          description: 'Runs that finished, and outputs that they gave, a second.',
          unit: 'ops',
          lines: { runs: rate(`${AGENT}runsFinished`), outputs: rate(`${AGENT}outputs`) },
        },
        {
          title: 'Latency of a run',
          description: 'From the first sending of a run to its end, retries included; the worst subtask.',
          unit: 'ms',
          lines: { median: latency('0.5'), '95 %': latency('0.95'), '99 %': latency('0.99') },
        },
        {
          title: 'Retries, dead letters, returned runs',
          description: 'Dead letters are given up; returned runs come back from workers that drain or are lost.',
          unit: 'ops',
          lines: {
            retries: rate(`${AGENT}retries`),
            'dead letters': rate(`${AGENT}deadLetters`),
            returned: rate(`${AGENT}runsReturned`),
          },
        },
      ],
    },
    {
      title: 'In flight and held back',
      panels: [
        {
          title: 'Unfinished inputs',
          description:
            'In flight: at a worker. Pending: behind another input of their key. In checkpoint: what it holds.',
          unit: 'short',
          lines: {
            'in flight': `sum(${AGENT}runsInFlight${of})`,
            pending: `sum(${AGENT}runsPending${of})`,
            'in checkpoint': `sum(${AGENT}checkpointedInputs${of})`,
          },
        },
        {
          title: 'Waiting at the source',
          description: 'Records in Kafka that the job has not read yet.',
          unit: 'short',
          lines: { records: `sum(${OPERATOR}pendingRecords${of})` },
        },
        {
          title: 'Backpressure',
          description: 'Part of a second that a task waits for the next one; the worst subtask.',
          unit: 'ms',
          lines: { '{{task_name}}': `max by (task_name) (${TASK}backPressuredTimeMsPerSecond${of})` },
        },
      ],
    },
    {
      title: 'Checkpoints and state',
      panels: [
        {
          title: 'Age and duration of the last checkpoint',
          description: 'The age is the work that a failover now would do again.',
          unit: 's',
          lines: {
            age: `time() - max(${JOB}lastCheckpointCompletedTimestamp${of} > 0) / 1000`,
            duration: `max(${JOB}lastCheckpointDuration${of}) / 1000`,
          },
        },
        {
          title: 'Size of state',
          description: 'All state, and what the last checkpoint added to the store.',
          unit: 'bytes',
          lines: { all: `max(${JOB}lastCheckpointFullSize${of})`, added: `max(${JOB}lastCheckpointSize${of})` },
        },
        {
          title: 'Checkpoints a minute',
          description: 'Completed and failed ones.',
          unit: 'short',
          lines: {
            completed: `60 * ${rate(`${JOB}numberOfCompletedCheckpoints`)}`,
            failed: `60 * ${rate(`${JOB}numberOfFailedCheckpoints`)}`,
          },
        },
      ],
    },
    {
      title: 'Job and processes',
      panels: [
        {
          title: 'Job and restarts',
          description: 'Jobs that run, and restarts within 15 minutes.',
          unit: 'short',
          lines: { running: `sum(${JOB}runningState${of})`, restarts: `sum(increase(${JOB}numRestarts${of}[15m]))` },
        },
        {
          title: 'TaskManagers, slots, workers',
          description: 'What is registered with the leader; workers of the subtask that has the fewest.',
          unit: 'short',
          lines: {
            TaskManagers: `max(flink_jobmanager_numRegisteredTaskManagers${of})`,
            'free slots': `max(flink_jobmanager_taskSlotsAvailable${of})`,
            workers: `min(${AGENT}workers${of})`,
          },
        },
        {
          title: 'CPU',
          description: 'Part of the CPUs that the JVM sees.',
          unit: 'percentunit',
          lines: {
            '{{pod}}': Object.values(STATUS)
              .map((status) => `${status}CPU_Load${of}`)
              .join(' or '),
          },
        },
        {
          title: 'Heap',
          description: 'Used part of the heap that the process may take.',
          unit: 'percentunit',
          lines: {
            '{{pod}}': Object.values(STATUS)
              .map((status) => `${status}Memory_Heap_Used${of} / ${status}Memory_Heap_Max${of}`)
              .join(' or '),
          },
        },
        {
          title: 'Garbage collection',
          description: 'Part of a second that all collectors took.',
          unit: 'ms',
          lines: {
            '{{pod}}': Object.values(STATUS)
              .map((status) => `${status}GarbageCollector_All_TimeMsPerSecond${of}`)
              .join(' or '),
          },
        },
        {
          title: 'Managed memory',
          description: 'Memory of RocksDB and its caches, against what is set aside for it.',
          unit: 'bytes',
          lines: {
            '{{pod}} used': `flink_taskmanager_Status_Flink_Memory_Managed_Used${of}`,
            '{{pod}} total': `flink_taskmanager_Status_Flink_Memory_Managed_Total${of}`,
          },
        },
      ],
    },
  ];
}
