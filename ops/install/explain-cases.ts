import type { ContainerStatus, KubeEvent, Pod, Snapshot } from './snapshot.ts';

/** What is known of one pod, one of its containers, or a workload. */
export interface Facts {
  readonly pod?: Pod;
  readonly container?: ContainerStatus;
  /** Warnings about it, the newest last. */
  readonly events: readonly KubeEvent[];
  readonly view: Snapshot;
  readonly logs?: readonly string[];
  /** The pod is so young that not being ready means nothing. */
  readonly patient?: boolean;
}

export interface Case {
  readonly about: 'pod' | 'container' | 'workload';
  /** Kubernetes' words when the case is this one. */
  fits(facts: Facts): string | undefined;
  reason(facts: Facts): string;
  readonly meaning: string;
  readonly mend: string;
}

const waitingFor =
  (pattern: RegExp, message?: RegExp) =>
  ({ container, events }: Facts): string | undefined => {
    const waiting = container?.state?.waiting;
    if (!waiting?.reason || !pattern.test(waiting.reason)) return undefined;
    const words = [waiting.message ?? '', ...events.map((event) => event.message ?? '')];
    if (message) return words.find((text) => message.test(text));
    return waiting.message ?? words.at(-1) ?? '';
  };

const waitingReason = ({ container }: Facts) => container?.state?.waiting?.reason ?? 'Waiting';

const eventThat =
  (reason: RegExp, message: RegExp = /./) =>
  ({ events }: Facts): string | undefined =>
    events.findLast((event) => reason.test(event.reason ?? '') && message.test(event.message ?? ''))?.message;

const ended = ({ container }: Facts) => container?.state?.terminated ?? container?.lastState?.terminated;
const PULL = /^(ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName)$/;
const named = (reason: string) => () => reason;

const unschedulable =
  (message: RegExp) =>
  ({ pod, patient }: Facts): string | undefined => {
    const condition = pod?.status?.conditions?.find((one) => one.type === 'PodScheduled' && one.status === 'False');
    if (!condition || !message.test(condition.message ?? '')) return undefined;
    // A volume that is being made, and a node that is being added, look like this for a while.
    return patient ? undefined : condition.message;
  };

/** A claim of the pod that is not bound, with what its provisioner says. */
const pendingClaim =
  (says: RegExp) =>
  ({ pod, view, patient }: Facts): string | undefined => {
    if (patient) return undefined;
    const names = (pod?.spec?.volumes ?? []).flatMap((volume) => volume.persistentVolumeClaim?.claimName ?? []);
    for (const claim of view.claims.filter((one) => names.includes(one.metadata.name))) {
      if (claim.status?.phase === 'Bound') continue;
      const words = view.events
        .filter(({ involvedObject: of }) => of.kind === 'PersistentVolumeClaim' && of.name === claim.metadata.name)
        .map((event) => event.message ?? '');
      const text = words.at(-1) ?? `the claim ${claim.metadata.name} is ${claim.status?.phase ?? 'not there'}`;
      const storageClass = claim.spec?.storageClassName ?? 'none';
      if (says.test(text)) return `${claim.metadata.name} (storage class ${storageClass}): ${text}`;
    }
    return undefined;
  };

/** Tried in this order; the first that fits explains. */
export const CASES: readonly Case[] = [
  {
    about: 'container',
    fits: waitingFor(PULL, /unauthorized|denied|forbidden|no basic auth|authentication required|401|403/i),
    reason: waitingReason,
    meaning: 'the registry refuses the node: it may not read this image',
    mend: "give the nodes' identity read access to the registry, and check that the image was pushed to it",
  },
  {
    about: 'container',
    fits: waitingFor(PULL, /not found|manifest unknown|does not exist|no such image|not present/i),
    reason: waitingReason,
    meaning: 'there is no such image or tag in the registry, or none on the node where it may not be pulled',
    mend: 'push it (headrace images build --push), or correct images.registry and images.tag of the file',
  },
  {
    about: 'container',
    fits: waitingFor(PULL, /no such host|i\/o timeout|connection refused|dial tcp|TLS|x509|deadline/i),
    reason: waitingReason,
    meaning: 'the node does not reach the registry',
    mend: "let the nodes' network reach the registry: firewall, private endpoint, DNS, or a proxy's certificate",
  },
  {
    about: 'container',
    fits: waitingFor(/^InvalidImageName$/),
    reason: waitingReason,
    meaning: 'the name of the image is not one',
    mend: 'correct images.registry and images.tag of the file, or image.repository and image.tag',
  },
  {
    about: 'container',
    fits: waitingFor(PULL),
    reason: waitingReason,
    meaning: 'the node cannot get the image',
    mend: 'check images.registry and images.tag of the file, and that the nodes reach and may read the registry',
  },
  {
    about: 'container',
    fits: waitingFor(/^CreateContainerConfigError$/, /secret/i),
    reason: waitingReason,
    meaning: 'a Secret that the container uses is not there, or lacks a key',
    mend: 'make the Secret, or find out why what should make it (cert-manager, External Secrets) does not',
  },
  {
    about: 'container',
    fits: waitingFor(/^CreateContainerConfigError$/, /runAsNonRoot|non-root|non-numeric/i),
    reason: waitingReason,
    meaning: 'the image would run as root, which the pod forbids',
    mend: 'use an image of headrace images build, which has a user of its own',
  },
  {
    about: 'container',
    fits: waitingFor(/^CreateContainer(Config)?Error$/),
    reason: waitingReason,
    meaning: 'the container cannot be made as its pod describes it',
    mend: 'make what the message names: a ConfigMap, a key, a path of the image',
  },
  {
    about: 'container',
    fits: (facts) =>
      ended(facts)?.reason === 'OOMKilled'
        ? `ended with code ${ended(facts)?.exitCode}; restarted ${facts.container?.restartCount ?? 0} times`
        : undefined,
    reason: named('OOMKilled'),
    meaning: 'the container used more memory than its limit',
    mend: 'give it more (jobManager.memoryMiB, taskManager.memoryMiB or worker.memoryMiB), a larger size, or a lower agent.inFlight; headrace plan --sizes shows the arithmetic',
  },
  {
    about: 'container',
    fits: (facts) => {
      const text = eventThat(/^Unhealthy$/, /^(Liveness|Startup) probe/)(facts);
      return (facts.container?.restartCount ?? 0) > 0 ? text : undefined;
    },
    reason: named('ProbeFailed'),
    meaning: 'the container runs and does not answer its probe in time, so it is started again and again',
    mend: 'read its last lines; a slow node needs more CPU, and a policy must let the kubelet reach the probe port',
  },
  {
    about: 'container',
    fits: (facts) => {
      const end = ended(facts);
      if (facts.container?.state?.waiting?.reason !== 'CrashLoopBackOff' && !(end && end.exitCode !== 0))
        return undefined;
      const code = end ? `ended with code ${end.exitCode}${end.message ? `: ${end.message}` : ''}` : 'ended';
      return `${code}; restarted ${facts.container?.restartCount ?? 0} times`;
    },
    reason: ({ container }) => container?.state?.waiting?.reason ?? container?.state?.terminated?.reason ?? 'Error',
    meaning: 'the process ends by itself soon after its start',
    mend: 'read its last lines below; kubectl logs --previous shows them all',
  },
  {
    about: 'container',
    fits: (facts) => (facts.patient ? undefined : eventThat(/^Unhealthy$/, /^(Readiness|Startup) probe/)(facts)),
    reason: named('NotReady'),
    meaning: 'the process runs and says that it is not ready',
    mend: 'read its last lines; a worker waits for its certificate and its secrets, a JobManager for a leader',
  },
  {
    about: 'pod',
    fits: pendingClaim(/storageclass\.storage\.k8s\.io .* not found|storage class .*not found/i),
    reason: named('NoStorageClass'),
    meaning: 'the cluster has no storage class of that name, so the volume is never made',
    mend: 'name one that kubectl get storageclass lists: --set flink-cluster:taskManager.storageClassName=NAME',
  },
  {
    about: 'pod',
    fits: pendingClaim(/quota/i),
    reason: named('VolumeQuota'),
    meaning: 'a quota of the namespace or of the cloud refuses the volume',
    mend: 'raise the quota, or ask for less: taskManager.volumeGiB',
  },
  {
    about: 'pod',
    fits: pendingClaim(
      /no persistent volumes available|ProvisioningFailed|failed to provision|forbidden|denied|unauthorized|exceed/i,
    ),
    reason: named('VolumePending'),
    meaning: 'the volume cannot be made',
    mend: "check the storage driver's pods and its identity's rights, and that the class makes volumes by itself",
  },
  {
    about: 'pod',
    fits: unschedulable(/Insufficient (cpu|memory|ephemeral-storage)|Too many pods/),
    reason: named('Unschedulable'),
    meaning: 'no node has room for what the pod asks for',
    mend: 'add nodes or let the pool grow, or ask for less (a smaller size of the region)',
  },
  {
    about: 'pod',
    fits: unschedulable(/node affinity|node selector|untolerated taint|taint/),
    reason: named('Unschedulable'),
    meaning: 'no node belongs to the pool that the pod is for, or all are tainted against it',
    mend: 'label and taint nodes as the stack does (headrace.dev/pool=flink, headrace.dev/pool=worker), or wait until the pool has nodes',
  },
  {
    about: 'pod',
    fits: unschedulable(/volume|PersistentVolumeClaim/i),
    reason: named('Unschedulable'),
    meaning: 'the volume of the pod is not there, or is in a zone without room',
    mend: 'kubectl get pvc,events shows what the volume waits for',
  },
  {
    about: 'pod',
    fits: unschedulable(/./),
    reason: named('Unschedulable'),
    meaning: 'the scheduler finds no node',
    mend: "the scheduler's words above name each group of nodes and why it was passed over",
  },
  {
    about: 'pod',
    fits: eventThat(/^FailedMount$/, /secrets-store|SecretProviderClass|csi.*secret/i),
    reason: named('FailedMount'),
    meaning: "the pod's identity cannot read its secrets from the secret manager, or the driver lacks the provider",
    mend: "check that the secret has a value, that its name is the stack's, and that the identity trusts this namespace and service account",
  },
  {
    about: 'pod',
    fits: eventThat(/^FailedMount$|^FailedAttachVolume$/),
    reason: ({ events }) =>
      events.findLast((event) => /^Failed(Mount|AttachVolume)$/.test(event.reason ?? ''))?.reason ?? 'FailedMount',
    meaning: 'a volume of the pod cannot be mounted: a Secret, a ConfigMap or a disk is not there',
    mend: 'make what the message names; a certificate Secret comes from cert-manager (kubectl get certificates)',
  },
  {
    about: 'pod',
    fits: eventThat(/^FailedCreatePodSandBox$/),
    reason: named('FailedCreatePodSandBox'),
    meaning: 'the node cannot give the pod a network: its plugin is not up, or is out of addresses',
    mend: "look at the network plugin's pods on that node, and at free addresses of the subnet",
  },
  {
    about: 'pod',
    fits: ({ pod }) =>
      pod?.status?.phase === 'Failed' ? (pod.status.message ?? pod.status.reason ?? 'the pod failed') : undefined,
    reason: ({ pod }) => pod?.status?.reason ?? 'Failed',
    meaning: 'the pod was ended by its node',
    mend: 'Evicted means that the node ran out of memory or disk: see kubectl describe node',
  },
  {
    about: 'workload',
    fits: eventThat(/^FailedCreate$/, /violates PodSecurity/),
    reason: named('PodSecurity'),
    meaning: "the pod does not meet the namespace's Pod Security Standard, so it is never made",
    mend: 'the charts meet the restricted standard: look for a value, a webhook or a sidecar that adds what the message names',
  },
  {
    about: 'workload',
    fits: eventThat(/^FailedCreate$/, /exceeded quota/),
    reason: named('QuotaExceeded'),
    meaning: 'a ResourceQuota of the namespace has no room for the pod',
    mend: 'raise the quota, or ask for less (fewer replicas, a smaller size of the region)',
  },
  {
    about: 'workload',
    fits: eventThat(/^FailedCreate$/, /serviceaccount .* not found/i),
    reason: named('NoServiceAccount'),
    meaning: 'the service account of the pod is not there',
    mend: 'install the whole chart, and look who removed it: another release may have owned it',
  },
  {
    about: 'workload',
    fits: eventThat(/^FailedCreate$/),
    reason: named('FailedCreate'),
    meaning: 'the API server refuses the pod, by a rule, a webhook or a limit',
    mend: 'the message names who refuses it',
  },
  {
    about: 'workload',
    fits: eventThat(/^(BackoffLimitExceeded|DeadlineExceeded)$/),
    reason: ({ events }) => events.at(-1)?.reason ?? 'Failed',
    meaning: 'the job was tried as often as it may be, and failed',
    mend: 'read the last lines of its pods: kubectl logs job/NAME',
  },
];
