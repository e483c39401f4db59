import type { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { helmJson, structureJson } from '../helm/range.ts';
import { labels } from '../pod.ts';
import type { Release } from '../release.ts';
import type { AgentsValues } from './values.ts';

export const configMapName = (release: Release) => `${release.name}-job`;

/** The job and the agent plan as files. The plan is the same in every region, so it is part of the chart. */
export function jobConfigMap(
  chart: Chart,
  release: Release,
  values: AgentsValues,
  plan: { readonly json: string; readonly hash: string },
): void {
  new k8s.KubeConfigMap(chart, 'job', {
    metadata: {
      name: configMapName(release),
      namespace: release.namespace,
      labels: labels('agents-app', release.name, 'job'),
      annotations: { 'headrace.dev/plan-hash': plan.hash },
    },
    data: { 'job.json': structureJson(values.job), 'plan.json': `${helmJson(JSON.parse(plan.json))}\n` },
  });
}
