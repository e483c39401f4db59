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

/** `flink.configuration` names a key that the chart writes itself. Its message is what a person should read. */
export class ReservedKeyError extends Error {
  override readonly name = 'ReservedKeyError';
  readonly code = 'HR-CHART-001';
  /** Place in the deployment file. */
  readonly path: string;

  constructor(key: string, received: unknown, mend: string) {
    const path = `flink.configuration["${key}"]`;
    super(`HR-CHART-001 ${path}: the chart sets this key\n  found:   ${JSON.stringify(received)}\n  mend:    ${mend}`);
    this.path = path;
  }
}

/** @throws ReservedKeyError for the first key that the chart writes itself. */
export function refuseReservedKeys(configuration: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(configuration)) {
    const mend = Object.hasOwn(RESERVED_KEYS, key) ? RESERVED_KEYS[key] : undefined;
    if (mend !== undefined) throw new ReservedKeyError(key, value, mend);
  }
}
