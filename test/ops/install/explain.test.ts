// Each row is a state that a real cluster shows, in its own words, and what a person must be told about it.
import { describe, expect, it } from 'vitest';
import { components, progressText } from '../../../ops/install/components.ts';
import { type Explanation, explain, explanationLines, wantedLogs } from '../../../ops/install/explain.ts';
import { CASES } from '../../../ops/install/explain-cases.ts';
import type { Claim, ContainerStatus, KubeEvent, Pod, Snapshot, Workload } from '../../../ops/install/snapshot.ts';
import { ofReleases } from '../../../ops/install/snapshot.ts';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const before = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

const event = (kind: string, name: string, reason: string, message: string, uid?: string): KubeEvent => ({
  kind: 'Event',
  metadata: { name: `${name}.1` },
  involvedObject: { kind, name, ...(uid ? { uid } : {}) },
  type: 'Warning',
  reason,
  message,
  lastTimestamp: before(5),
});

type Status = NonNullable<Pod['status']>;
const pod = (status: Status, more: Partial<Pod> = {}, age = 300): Pod => ({
  kind: 'Pod',
  metadata: { name: 'r-worker-0', uid: 'u1', creationTimestamp: before(age) },
  status,
  ...more,
});
const container = (state: ContainerStatus['state'], more: Partial<ContainerStatus> = {}): Status => ({
  phase: 'Pending',
  containerStatuses: [{ name: 'worker', ready: false, restartCount: 0, ...(state ? { state } : {}), ...more }],
});
const waiting = (reason: string, message: string) => container({ waiting: { reason, message } });
const unscheduled = (message: string): Status => ({
  phase: 'Pending',
  conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
});
const set = (name: string, kind: Workload['kind'] = 'StatefulSet', status: Workload['status'] = {}): Workload => ({
  kind,
  metadata: { name },
  spec: { replicas: 2 },
  status,
});
const claim = (storageClassName: string): Claim => ({
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'work-0' },
  spec: { storageClassName },
  status: { phase: 'Pending' },
});
const withClaim = { spec: { volumes: [{ persistentVolumeClaim: { claimName: 'work-0' } }] } };
const UNBOUND = '0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.';

const view = (parts: Partial<Snapshot>): Snapshot => ({ pods: [], workloads: [], claims: [], events: [], ...parts });
const tell = (parts: Partial<Snapshot>, logs: Record<string, string[]> = {}): Explanation[] =>
  explain(view(parts), new Map(Object.entries(logs)), NOW);

const ROWS: [string, Partial<Snapshot>, { reason: string; says: string; meaning: string; mend: string }][] = [
  [
    'an image that is not there',
    {
      pods: [pod(waiting('ImagePullBackOff', 'Back-off pulling image "r.example.com/headrace-worker:9"'))],
      events: [
        event('Pod', 'r-worker-0', 'Failed', 'Failed to pull image "r.example.com/headrace-worker:9": not found'),
      ],
    },
    {
      reason: 'ImagePullBackOff',
      says: 'not found',
      meaning: 'no such image or tag',
      mend: 'headrace images build --push',
    },
  ],
  [
    'an image that may never be pulled',
    {
      pods: [
        pod(waiting('ErrImageNeverPull', 'Container image "localhost/w:1" is not present with pull policy of Never')),
      ],
    },
    { reason: 'ErrImageNeverPull', says: 'Never', meaning: 'none on the node', mend: 'images.tag' },
  ],
  [
    'a registry that refuses',
    { pods: [pod(waiting('ErrImagePull', 'failed to authorize: 401 Unauthorized'))] },
    { reason: 'ErrImagePull', says: '401', meaning: 'refuses the node', mend: 'read access' },
  ],
  [
    'a registry out of reach',
    { pods: [pod(waiting('ErrImagePull', 'dial tcp 10.0.0.1:443: i/o timeout'))] },
    { reason: 'ErrImagePull', says: 'i/o timeout', meaning: 'does not reach the registry', mend: 'firewall' },
  ],
  [
    'a name that is none',
    { pods: [pod(waiting('InvalidImageName', 'couldn\'t parse image reference "A:b:c"'))] },
    { reason: 'InvalidImageName', says: 'parse image', meaning: 'not one', mend: 'image.repository' },
  ],
  [
    'another trouble with the image',
    { pods: [pod(waiting('ImagePullBackOff', 'no space left on device'))] },
    { reason: 'ImagePullBackOff', says: 'no space', meaning: 'cannot get the image', mend: 'images.registry' },
  ],
  [
    'a Secret that is missing',
    { pods: [pod(waiting('CreateContainerConfigError', 'secret "worker-tls" not found'))] },
    { reason: 'CreateContainerConfigError', says: 'worker-tls', meaning: 'Secret', mend: 'cert-manager' },
  ],
  [
    'an image that runs as root',
    { pods: [pod(waiting('CreateContainerConfigError', 'container has runAsNonRoot and image will run as root'))] },
    { reason: 'CreateContainerConfigError', says: 'as root', meaning: 'forbids', mend: 'user of its own' },
  ],
  [
    'a ConfigMap that is missing',
    { pods: [pod(waiting('CreateContainerConfigError', 'configmap "r-job" not found'))] },
    { reason: 'CreateContainerConfigError', says: 'r-job', meaning: 'as its pod describes', mend: 'ConfigMap' },
  ],
  [
    'a container without enough memory',
    {
      pods: [
        pod(
          container(
            { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
            { restartCount: 3, lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } } },
          ),
        ),
      ],
    },
    {
      reason: 'OOMKilled',
      says: 'code 137; restarted 3 times',
      meaning: 'more memory than its limit',
      mend: 'memoryMiB',
    },
  ],
  [
    'a process that ends by itself',
    {
      pods: [
        pod(
          container(
            { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } },
            { restartCount: 2, lastState: { terminated: { exitCode: 2, reason: 'Error' } } },
          ),
        ),
      ],
    },
    {
      reason: 'CrashLoopBackOff',
      says: 'ended with code 2; restarted 2 times',
      meaning: 'ends by itself',
      mend: '--previous',
    },
  ],
  [
    'a probe that kills',
    {
      pods: [pod(container({ running: {} }, { restartCount: 1 }))],
      events: [
        event('Pod', 'r-worker-0', 'Unhealthy', 'Liveness probe failed: HTTP probe failed with statuscode: 500'),
      ],
    },
    { reason: 'ProbeFailed', says: 'statuscode: 500', meaning: 'started again and again', mend: 'CPU' },
  ],
  [
    'a process that is not ready',
    {
      pods: [pod(container({ running: {} }))],
      events: [
        event('Pod', 'r-worker-0', 'Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503'),
      ],
    },
    { reason: 'NotReady', says: '503', meaning: 'not ready', mend: 'last lines' },
  ],
  [
    'a storage class that is not there',
    {
      pods: [pod(unscheduled(UNBOUND), withClaim)],
      claims: [claim('fast')],
      events: [
        event('PersistentVolumeClaim', 'work-0', 'ProvisioningFailed', 'storageclass.storage.k8s.io "fast" not found'),
      ],
    },
    {
      reason: 'NoStorageClass',
      says: 'work-0 (storage class fast)',
      meaning: 'no storage class',
      mend: 'taskManager.storageClassName',
    },
  ],
  [
    'a volume over the quota',
    {
      pods: [pod(unscheduled(UNBOUND), withClaim)],
      claims: [claim('fast')],
      events: [event('PersistentVolumeClaim', 'work-0', 'ProvisioningFailed', 'Quota SSD_TOTAL_GB exceeded')],
    },
    { reason: 'VolumeQuota', says: 'SSD_TOTAL_GB', meaning: 'quota', mend: 'volumeGiB' },
  ],
  [
    'a volume that the driver may not make',
    {
      pods: [pod(unscheduled(UNBOUND), withClaim)],
      claims: [claim('fast')],
      events: [
        event('PersistentVolumeClaim', 'work-0', 'ProvisioningFailed', 'UnauthorizedOperation: ec2:CreateVolume'),
      ],
    },
    { reason: 'VolumePending', says: 'ec2:CreateVolume', meaning: 'cannot be made', mend: 'rights' },
  ],
  [
    'a volume that waits for something else',
    { pods: [pod(unscheduled(UNBOUND), withClaim)] },
    { reason: 'Unschedulable', says: 'unbound immediate', meaning: 'volume', mend: 'kubectl get pvc' },
  ],
  [
    'nodes without room',
    { pods: [pod(unscheduled('0/3 nodes are available: 3 Insufficient cpu.'))] },
    { reason: 'Unschedulable', says: '3 Insufficient cpu', meaning: 'no node has room', mend: 'add nodes' },
  ],
  [
    'no pool',
    { pods: [pod(unscheduled("0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector."))] },
    {
      reason: 'Unschedulable',
      says: "didn't match",
      meaning: 'no node belongs to the pool',
      mend: 'headrace.dev/pool',
    },
  ],
  [
    'another word of the scheduler',
    { pods: [pod(unscheduled('0/3 nodes are available: 3 node(s) were unschedulable.'))] },
    { reason: 'Unschedulable', says: 'were unschedulable', meaning: 'finds no node', mend: 'passed over' },
  ],
  [
    'a secret manager that refuses',
    {
      pods: [pod(waiting('ContainerCreating', ''))],
      events: [
        event(
          'Pod',
          'r-worker-0',
          'FailedMount',
          'MountVolume.SetUp failed for volume "secrets": rpc error: failed to mount secrets store objects: AccessDenied secrets-store',
        ),
      ],
    },
    { reason: 'FailedMount', says: 'AccessDenied', meaning: 'cannot read its secrets', mend: 'trusts this namespace' },
  ],
  [
    'a certificate that is not there yet',
    {
      pods: [pod(waiting('ContainerCreating', ''))],
      events: [
        event(
          'Pod',
          'r-worker-0',
          'FailedMount',
          'MountVolume.SetUp failed for volume "tls": secret "r-worker-tls" not found',
        ),
      ],
    },
    { reason: 'FailedMount', says: 'r-worker-tls', meaning: 'cannot be mounted', mend: 'kubectl get certificates' },
  ],
  [
    'a node without a network',
    {
      pods: [pod(waiting('ContainerCreating', ''))],
      events: [event('Pod', 'r-worker-0', 'FailedCreatePodSandBox', 'failed to assign an IP address to container')],
    },
    { reason: 'FailedCreatePodSandBox', says: 'assign an IP', meaning: 'network', mend: 'free addresses' },
  ],
  [
    'an evicted pod',
    { pods: [pod({ phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' })] },
    { reason: 'Evicted', says: 'low on resource', meaning: 'ended by its node', mend: 'describe node' },
  ],
  [
    'a pod that the namespace forbids',
    {
      workloads: [set('r-worker')],
      events: [
        event(
          'StatefulSet',
          'r-worker',
          'FailedCreate',
          'create Pod r-worker-0 failed error: pods "r-worker-0" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false',
        ),
      ],
    },
    { reason: 'PodSecurity', says: 'allowPrivilegeEscalation', meaning: 'Pod Security Standard', mend: 'sidecar' },
  ],
  [
    'a namespace without room, told to a ReplicaSet',
    {
      workloads: [set('r-jobmanager', 'Deployment')],
      events: [
        event(
          'ReplicaSet',
          'r-jobmanager-5d4f',
          'FailedCreate',
          'pods "r-jobmanager-5d4f-x" is forbidden: exceeded quota: compute, requested: cpu=1',
        ),
      ],
    },
    { reason: 'QuotaExceeded', says: 'exceeded quota: compute', meaning: 'no room', mend: 'raise the quota' },
  ],
  [
    'a service account that is gone',
    {
      workloads: [set('r-worker')],
      events: [
        event(
          'StatefulSet',
          'r-worker',
          'FailedCreate',
          'error looking up service account reviews/worker-us: serviceaccount "worker-us" not found',
        ),
      ],
    },
    { reason: 'NoServiceAccount', says: 'worker-us', meaning: 'service account', mend: 'another release' },
  ],
  [
    'a webhook that refuses',
    {
      workloads: [set('r-worker')],
      events: [
        event('StatefulSet', 'r-worker', 'FailedCreate', 'admission webhook "policy.example.com" denied the request'),
      ],
    },
    { reason: 'FailedCreate', says: 'policy.example.com', meaning: 'webhook', mend: 'who refuses' },
  ],
  [
    'a hook that gave up',
    {
      workloads: [{ kind: 'Job', metadata: { name: 'r-submit' }, status: { failed: 3 } }],
      events: [event('Job', 'r-submit', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit')],
    },
    { reason: 'BackoffLimitExceeded', says: 'backoff limit', meaning: 'as often as it may', mend: 'kubectl logs job/' },
  ],
];

describe('what does not come up', () => {
  it.each(ROWS)('%s', (_, parts, expected) => {
    const found = tell(parts);
    expect(found).toHaveLength(1);
    const [one] = found as [Explanation];
    expect(one.reason).toBe(expected.reason);
    for (const key of ['says', 'meaning', 'mend'] as const) expect(one[key]).toContain(expected[key]);
  });

  it('has a row for every case', () => {
    const told = new Set(ROWS.map(([, parts]) => tell(parts)[0]?.meaning));
    expect(CASES.map((one) => one.meaning).filter((meaning) => !told.has(meaning))).toEqual([]);
  });

  it.each<[string, Pod]>([
    ['that is ready', pod({ phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] })],
    ['that is done', pod({ phase: 'Succeeded' })],
    [
      'that is going',
      { ...pod(unscheduled('0/1 nodes: Insufficient cpu')), metadata: { name: 'x', deletionTimestamp: before(1) } },
    ],
    ['that waits for a node for ten seconds', pod(unscheduled('0/1 nodes: Insufficient cpu'), {}, 10)],
    ['that pulls its image', pod(waiting('ContainerCreating', ''))],
  ])('says nothing about a pod %s', (_, one) => {
    expect(tell({ pods: [one] })).toEqual([]);
  });

  it('forgets what happened to an earlier pod of the same name', () => {
    const events = [event('Pod', 'r-worker-0', 'FailedMount', 'secret not found', 'another')];
    expect(tell({ pods: [pod(waiting('ContainerCreating', ''))], events })).toEqual([]);
  });

  it('shows the last lines of the container that ended, of the run before', () => {
    const crashed = pod(container({ waiting: { reason: 'CrashLoopBackOff' } }, { restartCount: 2 }));
    expect(wantedLogs(view({ pods: [crashed] }))).toEqual([{ pod: 'r-worker-0', container: 'worker', previous: true }]);
    const [one] = tell({ pods: [crashed] }, { 'r-worker-0/worker': ['HR-CONFIG-001 no such file'] });
    expect(explanationLines(one as Explanation).join('\n')).toMatch(/its last lines:\n {4}HR-CONFIG-001 no such file/);
  });
});

describe('progress', () => {
  const labelled = (workload: Workload, component: string, release = 'r'): Workload => ({
    ...workload,
    metadata: {
      ...workload.metadata,
      labels: { 'app.kubernetes.io/component': component, 'app.kubernetes.io/instance': release },
    },
  });

  it('counts ready pods of the new version by component, and nothing that a schedule started', () => {
    const workloads = [
      labelled(set('r-worker', 'StatefulSet', { readyReplicas: 2, updatedReplicas: 1 }), 'worker'),
      labelled(set('r-jobmanager', 'Deployment', { readyReplicas: 1, updatedReplicas: 2 }), 'jobmanager'),
      labelled(
        { kind: 'Job', metadata: { name: 's', ownerReferences: [{ kind: 'CronJob', name: 'c' }] } },
        'savepoint',
      ),
      labelled({ kind: 'Job', metadata: { name: 'submit' }, status: { succeeded: 1 } }, 'job'),
    ];
    expect(progressText(components(view({ workloads })))).toBe('JobManagers 1/2, workers 1/2, job 1/1');
  });

  it('looks at its own releases only', () => {
    const workloads = [labelled(set('a'), 'worker', 'r'), labelled(set('b'), 'worker', 'other')];
    expect(ofReleases(view({ workloads }), ['r']).workloads.map((one) => one.metadata.name)).toEqual(['a']);
  });
});
