import { CASES, type Facts } from './explain-cases.ts';
import type { ContainerStatus, KubeEvent, Pod, Snapshot } from './snapshot.ts';

/** Why something does not come up. */
export interface Explanation {
  /** `Pod reviews-agents-worker-0`, `StatefulSet reviews-flink-taskmanager`. */
  readonly object: string;
  readonly container?: string;
  /** What Kubernetes calls it, such as `ImagePullBackOff`. */
  readonly reason: string;
  /** Kubernetes' own words. */
  readonly says: string;
  /** What it probably means. */
  readonly meaning: string;
  readonly mend: string;
  /** The newest warnings about the object, the newest last. */
  readonly events: readonly string[];
  /** The last lines that the container printed. */
  readonly logs: readonly string[];
}

/** Last lines of a container by `pod/container`. */
export type Logs = ReadonlyMap<string, readonly string[]>;

const EVENTS = 4;
/** A pod that is not ready yet is no problem before this. */
const PATIENCE_MS = 45_000;

/**
 * Explains every pod, and every workload without its pods, that does not come up; what is on its way gets no explanation.
 * @param now in milliseconds since 1970.
 */
export function explain(view: Snapshot, logs: Logs, now: number): Explanation[] {
  const pods = view.pods
    .filter((pod) => !pod.metadata.deletionTimestamp)
    .flatMap((pod) => explainPod(pod, view, logs, now));
  const workloads = [...view.workloads].flatMap((workload) => {
    const events = eventsOf(view.events, workload.kind, workload.metadata.name);
    // A Deployment's pods are refused to its ReplicaSet.
    if (workload.kind === 'Deployment')
      events.push(
        ...view.events.filter(
          (event) =>
            event.involvedObject.kind === 'ReplicaSet' &&
            event.involvedObject.name.startsWith(`${workload.metadata.name}-`),
        ),
      );
    const wanted = workload.kind === 'Job' ? 1 : (workload.spec?.replicas ?? 1);
    const ready = workload.kind === 'Job' ? (workload.status?.succeeded ?? 0) : (workload.status?.readyReplicas ?? 0);
    if (ready >= wanted) return [];
    const facts: Facts = { events: events.filter(isWarning), view };
    return conclude(`${workload.kind} ${workload.metadata.name}`, facts, [], 'workload');
  });
  return [...pods, ...workloads];
}

function explainPod(pod: Pod, view: Snapshot, logs: Logs, now: number): Explanation[] {
  const events = eventsOf(view.events, 'Pod', pod.metadata.name, pod.metadata.uid).filter(isWarning);
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const isReady = pod.status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;
  if (isReady || pod.status?.phase === 'Succeeded') return [];
  const object = `Pod ${pod.metadata.name}`;
  const patient = now - Date.parse(pod.metadata.creationTimestamp ?? '') < PATIENCE_MS;
  for (const container of statuses.filter((status) => !finished(status))) {
    const lines = logs.get(`${pod.metadata.name}/${container.name}`) ?? [];
    const found = conclude(object, { pod, container, events, view, logs: lines, patient }, lines, 'container');
    if (found.length) return found;
  }
  return conclude(object, { pod, events, view, patient }, [], 'pod');
}

const finished = ({ ready, state }: ContainerStatus) => ready || state?.terminated?.exitCode === 0;

/** The first case that fits. */
function conclude(
  object: string,
  facts: Facts,
  logs: readonly string[],
  about: 'pod' | 'container' | 'workload',
): Explanation[] {
  for (const one of CASES) {
    if (one.about !== about) continue;
    const says = one.fits(facts);
    if (says === undefined) continue;
    return [
      {
        object,
        ...(facts.container ? { container: facts.container.name } : {}),
        reason: one.reason(facts),
        says: says.trim(),
        meaning: one.meaning,
        mend: one.mend,
        events: facts.events.slice(-EVENTS).map((event) => `${event.reason}: ${event.message ?? ''}`.trim()),
        logs,
      },
    ];
  }
  return [];
}

const isWarning = (event: KubeEvent) => event.type !== 'Normal';

/** Events of an object, the newest last. A pod of the same name may have been another one. */
const eventsOf = (events: readonly KubeEvent[], kind: string, name: string, uid?: string): KubeEvent[] =>
  events
    .filter(({ involvedObject: of }) => of.kind === kind && of.name === name && (!uid || !of.uid || of.uid === uid))
    .sort((a, b) => timeOf(a) - timeOf(b));

const timeOf = (event: KubeEvent) =>
  Date.parse(event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? '') || 0;

/** Containers whose last lines would help to explain, and whether those of the run before are meant. */
export function wantedLogs({ pods }: Snapshot): { pod: string; container: string; previous: boolean }[] {
  return pods.flatMap((pod) =>
    [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
      .filter((status) => !finished(status))
      .filter(({ state, restartCount }) => state?.terminated || state?.running || restartCount > 0)
      .map(({ name, state, restartCount }) => ({
        pod: pod.metadata.name,
        container: name,
        previous: restartCount > 0 && state?.terminated === undefined,
      })),
  );
}

/** One explanation as lines for a person. */
export function explanationLines(one: Explanation): string[] {
  return [
    `${one.object}${one.container ? `, container ${one.container}` : ''}: ${one.reason}`,
    ...(one.says ? one.says.split('\n').map((line) => `    ${line}`) : []),
    `  means:   ${one.meaning}`,
    `  mend:    ${one.mend}`,
    ...one.events
      .filter((event) => !one.says.includes(event.replace(/^\w+: /, '')))
      .map((event) => `  event:   ${event}`),
    ...(one.logs.length ? ['  its last lines:', ...one.logs.map((line) => `    ${line}`)] : []),
  ];
}
