import { names, VERSIONS } from '../config/index.ts';
import { agentsApp } from './agents-app/chart.ts';
import { type AgentsValues, agentsValues, agentsValuesSchema } from './agents-app/values.ts';
import { flinkCluster } from './flink-cluster/chart.ts';
import { egressPorts } from './flink-cluster/endpoints.ts';
import { type FlinkValues, flinkValues, flinkValuesSchema } from './flink-cluster/values.ts';
import { type HelmChart, helmChart } from './helm/chart-files.ts';
import { holds, presentItems, takeCondition } from './helm/conditions.ts';
import { writeManifests } from './helm/template-writer.ts';
import type { ChartInput } from './input.ts';
import { platform } from './platform/platform.ts';
import { type Release, releaseName } from './release.ts';

const agentsOf = ({ plan, deployment }: ChartInput) => ({ plan, hasSecrets: deployment.secrets.length > 0 });

/**
 * Plain manifests of one region: file name to YAML. `flink-cluster.yaml` and `agents-app.yaml` hold what
 * `helm template` makes of the charts with that region's values; `platform/` holds what is there before them.
 */
export function renderManifests(input: ChartInput): Map<string, string> {
  const namespace = names.namespace(input.region.parts);
  const release = (chart: 'flink-cluster' | 'agents-app'): Release => ({
    name: releaseName(input.deployment.name, chart),
    namespace,
  });
  const [flink, agents] = [flinkValues(input), agentsValues(input)];
  return new Map([
    ['agents-app.yaml', writeManifests(present(agentsApp(release('agents-app'), agents, agentsOf(input)), agents))],
    [
      'flink-cluster.yaml',
      writeManifests(present(flinkCluster(release('flink-cluster'), flink, egressPorts(input.deployment)), flink)),
    ],
    ...[...platform(input)].map(([file, objects]): [string, string] => [`platform/${file}`, writeManifests(objects)]),
  ]);
}

/** Objects whose condition holds, without its mark. */
const present = (objects: readonly object[], values: object) =>
  objects.flatMap((source) => {
    const { object, when } = takeCondition(source);
    return when === undefined || holds(when, values) ? [presentItems(object, values) as object] : [];
  });

/** The charts with the values that their templates read; for tests, which compare those with the values there are. */
export function helmCharts(inputs: readonly ChartInput[]): Record<'flink-cluster' | 'agents-app', HelmChart> {
  const first = inputs.find((input) => input.region.role === 'active') ?? inputs[0];
  if (!first) throw new Error('a chart needs a region');
  const ordered = [first, ...inputs.filter((input) => input !== first)];
  const shared = {
    version: VERSIONS.headrace,
    namespace: names.namespace(first.region.parts),
    kubeVersion: `>=${VERSIONS.kubernetes[0]}.0-0`,
  };
  const byRegion = <V>(values: (input: ChartInput) => V) =>
    new Map(ordered.map((input) => [input.region.name, values(input)]));
  return {
    'flink-cluster': helmChart<FlinkValues>({
      ...shared,
      name: 'flink-cluster',
      description:
        'Apache Flink for streaming agents: JobManagers with high availability, TaskManagers with local recovery.',
      appVersion: VERSIONS.flink,
      schema: flinkValuesSchema,
      values: byRegion(flinkValues),
      objects: (release, values) => flinkCluster(release, values, egressPorts(first.deployment)),
      release: releaseName(first.deployment.name, 'flink-cluster'),
      notes: FLINK_NOTES,
    }),
    'agents-app': helmChart<AgentsValues>({
      ...shared,
      name: 'agents-app',
      description: `Workers that run the agent ${first.plan.name}, with their job, identities and secrets.`,
      appVersion: VERSIONS.headrace,
      schema: agentsValuesSchema,
      values: byRegion(agentsValues),
      objects: (release, values) => agentsApp(release, values, agentsOf(first)),
      release: releaseName(first.deployment.name, 'agents-app'),
      notes: AGENTS_NOTES,
    }),
  };
}

/** Both Helm charts: path under `dist/helm` to content. */
export function renderHelmCharts(inputs: readonly ChartInput[]): Map<string, string> {
  return new Map(
    Object.entries(helmCharts(inputs)).flatMap(([name, { files }]) =>
      [...files].map(([path, content]): [string, string] => [`${name}/${path}`, content]),
    ),
  );
}

const FLINK_NOTES = `Flink's REST API and UI stay inside the cluster:

  kubectl --namespace {{ .Release.Namespace }} port-forward service/{{ .Release.Name }}-rest 8081

Pods that use the API carry the label headrace.dev/flink-client: "true".
High-availability data outlives this release: delete the ConfigMaps labelled app={{ .Release.Name }} to forget it.
`;
const AGENTS_NOTES = `Workers listen for Flink on {{ .Release.Name }}-worker and are limited to the hosts that their deployment declares.

  kubectl --namespace {{ .Release.Namespace }} get pods --selector app.kubernetes.io/instance={{ .Release.Name }}
`;
