import { asText } from '../helm/placeholder.ts';
import { textEntries } from '../helm/range.ts';
import type { FlinkValues } from './values.ts';

/**
 * The `flinkConfiguration` of a FlinkDeployment: the keys of our own config.yaml but for those that the operator refuses
 * (kubernetes.cluster-id, kubernetes.namespace, high-availability.cluster-id: it takes the object's name) or derives
 * from `resource` (memory), and the operator's own. Its docs, "Configuration".
 */
export function operatorConfiguration({ agent, configuration, operator, taskManager }: FlinkValues) {
  const { autoscaler } = operator;
  const time = (seconds: number) => `${seconds} s`;
  return {
    ...textEntries(configuration),
    ...textEntries(agent, 'agent.'),
    'taskmanager.numberOfTaskSlots': asText(taskManager.slots),
    'kubernetes.entry.path': operator.entryPath,
    // A container's CPU limit is a multiple of its request, which cannot be left out: far above means not throttled.
    'kubernetes.jobmanager.cpu.limit-factor': '4.0',
    'kubernetes.taskmanager.cpu.limit-factor': '4.0',
    'kubernetes.operator.deployment.rollback.enabled': 'true',
    'kubernetes.operator.deployment.readiness.timeout': time(operator.readinessSeconds),
    // Deleting the object deletes high-availability data, which is all that names the newest checkpoint.
    'kubernetes.operator.job.savepoint-on-deletion': 'true',
    'kubernetes.operator.periodic.savepoint.interval': time(operator.savepointSeconds),
    'kubernetes.operator.savepoint.format.type': 'NATIVE',
    'kubernetes.operator.savepoint.history.max.count': asText(operator.savepointRetain),
    'kubernetes.operator.savepoint.history.max.age': time(operator.savepointMaxAgeSeconds),
    'kubernetes.operator.savepoint.dispose-on-delete': 'true',
    'job.autoscaler.enabled': asText(autoscaler.enabled),
    'job.autoscaler.metrics.window': time(autoscaler.metricsWindowSeconds),
    'job.autoscaler.stabilization.interval': time(autoscaler.stabilizationSeconds),
    'job.autoscaler.utilization.target': asText(autoscaler.utilization),
    'job.autoscaler.vertex.min-parallelism': asText(autoscaler.minParallelism),
    'job.autoscaler.vertex.max-parallelism': asText(autoscaler.maxParallelism),
  };
}
