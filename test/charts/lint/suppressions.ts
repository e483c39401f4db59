/** A finding that stays, and why. */
export interface Suppression {
  readonly check: string;
  /** `Kind/component` of the objects that it is about. */
  readonly objects: readonly string[];
  readonly reason: string;
}

const FLINK = ['Deployment/jobmanager', 'StatefulSet/taskmanager'];
const COMMANDS = ['Deployment/job', 'Deployment/replicator', 'CronJob/savepoint', 'CronJob/restore-test'];
const STORES = ['StatefulSet/opensearch', 'StatefulSet/chroma', 'StatefulSet/ollama'];
const COPIES = ['CronJob/chroma-copy', 'CronJob/opensearch-snapshot', 'CronJob/elasticsearch-snapshot'];
const ALL = [...FLINK, 'StatefulSet/worker', ...COMMANDS, 'Deployment/egress-proxy', ...STORES, ...COPIES];

/** Findings of checkov that stay. One that is found no more must go: the test says so. */
export const CHECKOV: readonly Suppression[] = [
  {
    check: 'CKV_K8S_11',
    objects: ALL,
    reason:
      'a CPU limit throttles Flink and Node in the middle of a checkpoint or a drain; requests share the node fairly',
  },
  {
    check: 'CKV_K8S_15',
    objects: ALL,
    reason: 'tags are versions and are not moved; Always would keep a pod from starting while the registry is away',
  },
  {
    check: 'CKV_K8S_38',
    objects: FLINK,
    reason: 'high availability elects its leader through the Kubernetes API, with the right to ConfigMaps alone',
  },
  {
    check: 'CKV_K8S_40',
    objects: FLINK,
    reason: "9999 is the user of Flink's official images, which own images built on them keep",
  },
  {
    check: 'CKV_K8S_40',
    objects: ['StatefulSet/opensearch'],
    reason: "1000 is the user of the product's official image, who owns its files",
  },
  {
    check: 'CKV_K8S_43',
    objects: ALL,
    reason: 'a digest is known only once an image is pushed; image.tag takes TAG@sha256:DIGEST where it must be pinned',
  },
];

/** Findings of kube-score that stay. */
export const KUBE_SCORE: readonly Suppression[] = [
  {
    check: 'container-resources',
    objects: ALL,
    reason: 'no CPU limit, as for CKV_K8S_11; requests and memory limits are set',
  },
  {
    check: 'container-image-pull-policy',
    objects: ALL,
    reason: 'as for CKV_K8S_15',
  },
  {
    check: 'container-ephemeral-storage-request-and-limit',
    objects: ALL,
    reason:
      'the root is read-only and each scratch volume has its own sizeLimit, which bounds the same disk by purpose',
  },
  {
    check: 'container-security-context-user-group-id',
    objects: [...FLINK, 'StatefulSet/opensearch'],
    reason: 'as for CKV_K8S_40',
  },
  {
    check: 'pod-probes-identical',
    objects: [
      'StatefulSet/taskmanager',
      'Deployment/egress-proxy',
      'Deployment/replicator',
      'StatefulSet/chroma',
      'StatefulSet/ollama',
    ],
    reason: 'they ask the same, but liveness takes more failures in a row; none of them is ready later than alive',
  },
  {
    check: 'deployment-has-host-podantiaffinity',
    objects: ['Deployment/jobmanager'],
    reason: 'topology spread constraints over zones and nodes do it',
  },
  {
    check: 'statefulset-has-host-podantiaffinity',
    objects: ['StatefulSet/taskmanager', 'StatefulSet/worker'],
    reason: 'topology spread constraints over zones and nodes do it',
  },
  {
    check: 'statefulset-has-servicename',
    objects: ['StatefulSet/chroma', 'StatefulSet/ollama'],
    reason: 'one pod behind a Service with an address; nobody asks for the pod by a name of its own',
  },
  {
    check: 'networkpolicy-targets-pod',
    objects: ['NetworkPolicy/elasticsearch'],
    reason: "its pods are made by Elastic's operator",
  },
];
