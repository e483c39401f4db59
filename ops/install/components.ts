import type { Snapshot, Workload } from './snapshot.ts';

/** How far one component of a release is. */
export interface ComponentProgress {
  readonly name: string;
  readonly ready: number;
  readonly wanted: number;
}

const TITLES: Readonly<Record<string, string>> = {
  jobmanager: 'JobManagers',
  taskmanager: 'TaskManagers',
  worker: 'workers',
  job: 'job',
  replicator: 'replicator',
};
const COMPONENT = 'app.kubernetes.io/component';

/** Readiness by component, in the order in which they come up. */
export function components({ workloads }: Snapshot): ComponentProgress[] {
  const found = new Map<string, { ready: number; wanted: number }>();
  for (const workload of workloads) {
    if (workload.metadata.deletionTimestamp || scheduled(workload)) continue;
    const label = workload.metadata.labels?.[COMPONENT] ?? workload.metadata.name;
    const name = TITLES[label] ?? label;
    const before = found.get(name) ?? { ready: 0, wanted: 0 };
    const own = progress(workload);
    found.set(name, { ready: before.ready + own.ready, wanted: before.wanted + own.wanted });
  }
  const order = Object.values(TITLES);
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return [...found]
    .map(([name, counts]) => ({ name, ...counts }))
    .sort((a, b) => rank(a.name) - rank(b.name) || (a.name < b.name ? -1 : 1));
}

/** A Job that a CronJob started says nothing about an installation. */
const scheduled = ({ metadata }: Workload) =>
  metadata.ownerReferences?.some((owner) => owner.kind === 'CronJob') ?? false;

/** Ready pods count once they are of the new version: old ones are on their way out. */
function progress({ kind, spec, status }: Workload): { ready: number; wanted: number } {
  if (kind === 'Job') return { ready: Math.min(status?.succeeded ?? 0, 1), wanted: 1 };
  return {
    ready: Math.min(status?.readyReplicas ?? 0, status?.updatedReplicas ?? 0),
    wanted: spec?.replicas ?? 1,
  };
}

/** `JobManagers 1/2 ready, workers 0/2`. */
export const progressText = (found: readonly ComponentProgress[]): string =>
  found.length
    ? found.map(({ name, ready, wanted }) => `${name} ${ready}/${wanted}`).join(', ')
    : 'nothing is there yet';
