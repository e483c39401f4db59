/**
 * Keys of Flink's config.yaml that the chart writes from values of its own, since they also size pods or name the
 * release. Given twice, Flink's YAML parser refuses the whole file.
 */
export const RESERVED_KEYS: Readonly<Record<string, string>> = {
  'kubernetes.cluster-id': 'it follows from the name of the release',
  'kubernetes.namespace': 'it follows from the namespace of the release',
  'high-availability.cluster-id': 'it follows from the name of the release',
  'jobmanager.memory.process.size': "set the region's size, or jobManager.memoryMiB of the Helm chart",
  'taskmanager.memory.process.size': "set the region's size, or taskManager.memoryMiB of the Helm chart",
  'taskmanager.numberOfTaskSlots': "set the region's size, or taskManager.slots of the Helm chart",
  agent: 'set agent.config',
};
