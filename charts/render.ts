import { homes, isActiveActive, names, VERSIONS } from '../config/index.ts';
import { agentsApp } from './agents-app/chart.ts';
import { type AgentsValues, agentsValues, agentsValuesSchema } from './agents-app/values.ts';
import { flinkCluster } from './flink-cluster/chart.ts';
import { type FlinkValues, flinkValues, flinkValuesSchema } from './flink-cluster/values.ts';
import { type HelmChart, helmChart } from './helm/chart-files.ts';
import { holds, presentItems, takeCondition } from './helm/conditions.ts';
import { writeManifests } from './helm/template-writer.ts';
import { isTest } from './helm/test-pod.ts';
import type { ChartInput } from './input.ts';
import { platform } from './platform/platform.ts';
import { type Release, releaseName } from './release.ts';

const agentsOf = ({ deployment }: ChartInput) => ({
  hasSecrets: deployment.secrets.length > 0,
  ...(isActiveActive(deployment) ? { homes: homes(deployment).map(({ name }) => name) } : {}),
});

/**
 * Plain manifests of one region: file name to YAML. `flink-cluster.yaml` and `agents-app.yaml` hold what
 * `helm template` makes of the charts with that region's values; `platform/` holds what is there before them.
 */
export function renderManifests(input: ChartInput): Map<string, string> {
  const namespace = input.namespace ?? names.namespace(input.region.parts);
  const release = (chart: 'flink-cluster' | 'agents-app'): Release => ({
    name: releaseName(input.deployment.name, chart),
    namespace,
  });
  const [flink, agents] = [flinkValues(input), agentsValues(input)];
  return new Map([
    ['agents-app.yaml', writeManifests(present(agentsApp(release('agents-app'), agents, agentsOf(input)), agents))],
    ['flink-cluster.yaml', writeManifests(present(flinkCluster(release('flink-cluster'), flink), flink))],
    ...[...platform(input)].map(([file, objects]): [string, string] => [`platform/${file}`, writeManifests(objects)]),
  ]);
}

/** Objects whose condition holds, without its mark; what is there for `helm test` is Helm's alone. */
const present = (objects: readonly object[], values: object) =>
  objects
    .filter((source) => !isTest(source))
    .flatMap((source) => {
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
      objects: flinkCluster,
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

const FLINK_NOTES = `Flink {{ .Chart.AppVersion }}: {{ .Values.jobManager.replicas }} JobManagers, {{ .Values.taskManager.replicas }} TaskManagers of {{ .Values.taskManager.slots }} slots.

Wait until it is up, then check it:

  kubectl --namespace {{ .Release.Namespace }} rollout status deployment/{{ .Release.Name }}-jobmanager
  kubectl --namespace {{ .Release.Namespace }} rollout status statefulset/{{ .Release.Name }}-taskmanager
  helm test {{ .Release.Name }} --namespace {{ .Release.Namespace }}

Flink's REST API and UI stay inside the cluster:

  kubectl --namespace {{ .Release.Namespace }} port-forward service/{{ .Release.Name }}-rest 8081

It takes clients whose certificate is of the issuer, in pods labelled headrace.dev/flink-client: {{ .Release.Name }}.

What outlives this release: the volumes of the TaskManagers, and what high availability remembers. To forget both:

  kubectl --namespace {{ .Release.Namespace }} delete persistentvolumeclaims --selector app.kubernetes.io/instance={{ .Release.Name }}
  kubectl --namespace {{ .Release.Namespace }} delete configmaps --selector app={{ .Release.Name }},configmap-type=high-availability
`;
const AGENTS_NOTES = `{{ .Values.worker.replicas }}{{ if .Values.worker.autoscaling }} to {{ .Values.worker.maxReplicas }}{{ end }} workers run the agent. They listen for Flink on {{ .Release.Name }}-worker, and reach the hosts that their deployment declares:
{{ range .Values.network.egressHosts }}
  {{ . }}
{{- end }}

Wait until they are up, then check that the job runs and has completed a checkpoint:

  kubectl --namespace {{ .Release.Namespace }} rollout status statefulset/{{ .Release.Name }}-worker
  helm test {{ .Release.Name }} --namespace {{ .Release.Namespace }}
`;
