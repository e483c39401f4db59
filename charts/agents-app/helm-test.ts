import type { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { TEST_HOOK } from '../helm/test-pod.ts';
import type { Release } from '../release.ts';
import { commandPod } from './command-pod.ts';
import type { AgentsValues } from './values.ts';

/** `helm test`: the job runs on Flink, and a checkpoint was completed a short while ago. */
export function helmTest(chart: Chart, release: Release, values: AgentsValues): void {
  const pod = commandPod(release, values, {
    component: 'test',
    args: ['status', '--max-checkpoint-age=10m'],
    serviceAccountName: values.flink.serviceAccount,
    restartPolicy: 'Never',
  });
  new k8s.KubePod(chart, 'test', {
    metadata: {
      ...pod.metadata,
      name: `${release.name}-test`,
      namespace: release.namespace,
      annotations: { ...TEST_HOOK },
    },
    spec: { ...(pod.spec as k8s.PodSpec), activeDeadlineSeconds: 180 },
  });
}
