import { k8s } from 'cdk8s-plus-27';
import { flinkClient, WORKER_PORT } from '../flink-cluster/network-policies.ts';
import {
  certificateVolume,
  containerSecurity,
  labels,
  onPool,
  podSecurity,
  RUN_AS,
  resources,
  selectorLabels,
  variables,
} from '../pod.ts';
import type { Release } from '../release.ts';
import { clientCertificate } from './certificates.ts';
import { deploymentChecksum, deploymentMount } from './deployment-file.ts';
import type { AgentsValues } from './values.ts';
import { workerName } from './worker-name.ts';

const CHART = 'agents-app';
/** Where the client certificate is mounted. */
const CLIENT_TLS = '/etc/headrace/client-tls';
/** Where TaskManagers have the certificate that they show to workers. */
const TASK_MANAGER_TLS = '/etc/headrace/tls';
const GRACE_SECONDS = 60;

export interface CommandPodOptions {
  readonly component: string;
  /** Arguments of `headrace`; the rest comes from the environment. */
  readonly args: readonly string[];
  readonly serviceAccountName: string;
  readonly restartPolicy: 'Always' | 'OnFailure' | 'Never';
  /** In active-active the region whose own job is meant. Default: the region that the pod is in. */
  readonly home?: string | undefined;
  readonly env?: readonly k8s.EnvVar[];
  readonly container?: Partial<k8s.Container>;
  /** A container beside it. */
  readonly beside?: k8s.Container;
  /** Further mounts and volumes; the beside container names its own mounts. */
  readonly mounts?: readonly k8s.VolumeMount[];
  readonly volumes?: readonly k8s.Volume[];
}

/** Tells pods of one region's job from those of another's, where each region has one. */
export const jobOf = (home: string | undefined): Record<string, string> =>
  home === undefined ? {} : { 'headrace.dev/job-of': home };

/** Labels of a pod that runs a command of `headrace`. */
export const commandLabels = (release: Release, values: AgentsValues, component: string) => ({
  ...labels(CHART, release.name, component),
  ...commandLabel(release),
  ...flinkClient(values.flink.release),
  ...values.podLabels,
});

/** Selects every pod that runs a command of a release. */
export const commandLabel = (release: Release) => ({ 'headrace.dev/commands-of': release.name });

/** A pod of the worker image that runs a command of `headrace` against Flink and the state store. */
export function commandPod(release: Release, values: AgentsValues, options: CommandPodOptions): k8s.PodTemplateSpec {
  const file = deploymentMount(release);
  return {
    metadata: {
      labels: { ...commandLabels(release, values, options.component), ...jobOf(options.home) },
      annotations: deploymentChecksum(values),
    },
    spec: {
      serviceAccountName: options.serviceAccountName,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: options.restartPolicy,
      terminationGracePeriodSeconds: GRACE_SECONDS,
      priorityClassName: values.scheduling.priorityClassName,
      securityContext: podSecurity(RUN_AS.worker),
      ...onPool('worker', values.scheduling.nodeSelector),
      containers: [
        {
          name: options.component,
          image: `${values.image.repository}:${values.image.tag}`,
          imagePullPolicy: values.image.pullPolicy,
          args: [...options.args],
          securityContext: containerSecurity,
          env: [
            ...file.env,
            { name: 'HEADRACE_REGION', value: values.region },
            { name: 'HEADRACE_FLINK', value: `https://${values.flink.release}-rest:8081` },
            { name: 'HEADRACE_FLINK_TLS', value: CLIENT_TLS },
            { name: 'HEADRACE_STATE_ROOT', value: values.stateRoot },
            { name: 'HEADRACE_WORKERS', value: `${workerName(release)}:${WORKER_PORT}` },
            { name: 'HEADRACE_WORKER_TLS', value: TASK_MANAGER_TLS },
            { name: 'HEADRACE_KAFKA', value: values.kafka.bootstrap },
            { name: 'HEADRACE_PLAN_HASH', value: values.planHash },
            ...(options.home === undefined ? [] : [{ name: 'HEADRACE_JOB_OF', value: options.home }]),
            ...(options.env ?? []),
            ...variables(values.environment),
          ],
          resources: resources(values.commands.cpu, values.commands.memoryMiB),
          volumeMounts: [
            file.mount,
            { name: 'client-tls', mountPath: CLIENT_TLS, readOnly: true },
            { name: 'tmp', mountPath: '/tmp' },
            ...(options.mounts ?? []),
          ],
          ...options.container,
        },
        ...(options.beside ? [options.beside] : []),
      ],
      volumes: [
        file.volume,
        certificateVolume('client-tls', clientCertificate(release)),
        { name: 'tmp', emptyDir: { sizeLimit: k8s.Quantity.fromString('256Mi') } },
        ...(options.volumes ?? []),
      ],
    },
  };
}

/** Labels that selectors of a command's workload use. */
export const commandSelector = (release: Release, component: string) => selectorLabels(CHART, release.name, component);
