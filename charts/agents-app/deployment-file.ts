import type { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { checksum, structureJson } from '../helm/range.ts';
import { labels } from '../pod.ts';
import type { Release } from '../release.ts';
import type { AgentsValues } from './values.ts';

const FILE = 'headrace.json';
const DIRECTORY = '/etc/headrace/deployment';

const configMapName = (release: Release) => `${release.name}-deployment`;

/** The deployment file, for every process of the release: what it says takes no new image. */
export function deploymentFile(chart: Chart, release: Release, values: AgentsValues): void {
  new k8s.KubeConfigMap(chart, 'deployment', {
    metadata: {
      name: configMapName(release),
      namespace: release.namespace,
      labels: labels('agents-app', release.name, 'deployment'),
    },
    data: { [FILE]: structureJson(values.deployment) },
  });
}

/** Pods that read the file are new ones when it changes. */
export const deploymentChecksum = (values: AgentsValues) => ({
  'headrace.dev/deployment': checksum(values.deployment),
});

/** How a container finds the file. */
export const deploymentMount = (release: Release) => ({
  env: [{ name: 'HEADRACE_FILE', value: `${DIRECTORY}/${FILE}` }] satisfies k8s.EnvVar[],
  mount: { name: 'deployment', mountPath: DIRECTORY, readOnly: true } satisfies k8s.VolumeMount,
  volume: { name: 'deployment', configMap: { name: configMapName(release) } } satisfies k8s.Volume,
});
