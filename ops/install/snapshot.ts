import type { Kubectl } from './kubectl.ts';

/** Objects of Kubernetes, with the fields that are looked at here. */
interface Meta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
}

export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: { readonly startedAt?: string };
  readonly terminated?: { readonly exitCode: number; readonly reason?: string; readonly message?: string };
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly image?: string;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

export interface Pod {
  readonly kind: 'Pod';
  readonly metadata: Meta;
  readonly spec?: {
    readonly nodeName?: string;
    readonly volumes?: readonly { readonly persistentVolumeClaim?: { readonly claimName: string } }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

export interface Workload {
  readonly kind: 'StatefulSet' | 'Deployment' | 'Job';
  readonly metadata: Meta;
  readonly spec?: { readonly replicas?: number; readonly completions?: number };
  readonly status?: {
    readonly readyReplicas?: number;
    readonly updatedReplicas?: number;
    readonly succeeded?: number;
    readonly failed?: number;
    readonly active?: number;
  };
}

export interface Claim {
  readonly kind: 'PersistentVolumeClaim';
  readonly metadata: Meta;
  readonly spec?: { readonly storageClassName?: string };
  readonly status?: { readonly phase?: string };
}

export interface KubeEvent {
  readonly kind: 'Event';
  readonly metadata: Meta;
  readonly involvedObject: { readonly kind: string; readonly name: string; readonly uid?: string };
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
}

/** What there is in a namespace at one moment. */
export interface Snapshot {
  readonly pods: readonly Pod[];
  readonly workloads: readonly Workload[];
  readonly claims: readonly Claim[];
  readonly events: readonly KubeEvent[];
}

const KINDS = 'pods,statefulsets,deployments,jobs,persistentvolumeclaims,events';

/** Reads a namespace in one call. @throws CommandError HR-INSTALL-002 */
export async function snapshot(kubectl: Kubectl): Promise<Snapshot> {
  const { items } = await kubectl.json<{ items: readonly { kind: string }[] }>(['get', KINDS]);
  const of = <T>(...kinds: string[]) => items.filter((item) => kinds.includes(item.kind)) as unknown as T[];
  return {
    pods: of<Pod>('Pod'),
    workloads: of<Workload>('StatefulSet', 'Deployment', 'Job'),
    claims: of<Claim>('PersistentVolumeClaim'),
    events: of<KubeEvent>('Event'),
  };
}

const INSTANCE = 'app.kubernetes.io/instance';

/** What belongs to a release; events belong to everything. */
export const ofReleases = (all: Snapshot, releases: readonly string[]): Snapshot => {
  const mine = (object: { metadata: Meta }) => releases.includes(object.metadata.labels?.[INSTANCE] ?? '');
  return {
    pods: all.pods.filter(mine),
    workloads: all.workloads.filter(mine),
    claims: all.claims.filter(mine),
    events: all.events,
  };
};
