// An alert on a metric that nobody exposes never fires, and nobody notices: names are held against what was scraped.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type ChartInput, renderHelmCharts } from '../../charts/index.ts';
import { replicationMetrics } from '../../ops/replicate/metrics.ts';
import { WorkerMetrics } from '../../runtime/worker/metrics.ts';
import { activeActive } from './deployments.ts';
import { inputs, type Manifest, manifests, ONE_REGION, pick, THREE_REGIONS } from './inputs.ts';
import { metricsIn, mistakesIn } from './promql.ts';

const RUNBOOKS = fileURLToPath(new URL('../../charts/monitoring/runbooks/', import.meta.url));
const seen = JSON.parse(readFileSync(new URL('./metric-names.json', import.meta.url), 'utf8')) as Record<
  'jobManager' | 'taskManager' | 'worker',
  string[]
>;
/** What neither Flink nor a worker exposes. */
const FROM_ELSEWHERE = [
  // Prometheus itself.
  'up',
  // kube-state-metrics; its docs, "CronJob Metrics".
  'kube_cronjob_status_last_successful_time',
  // The replicator's contract.
  'headrace_replicator_lag_seconds',
];

const watched = (text: string, more = '') =>
  `${text}observability: { prometheusOperator: true, runbooks: https://runbooks.example.com/headrace${more} }\n`;
const [us, eu] = inputs(watched(THREE_REGIONS)).map(manifests) as [Manifest[], Manifest[], Manifest[]];
const withRules = (input: ChartInput): ChartInput => ({
  ...input,
  deployment: {
    ...input.deployment,
    observability: { ...input.deployment.observability, prometheusOperator: true },
  },
});
const rules = (objects: Manifest[]): Manifest[] =>
  ['reviews-flink-alerts', 'reviews-agents-alerts'].flatMap(
    (name) => pick(objects, 'PrometheusRule', name).spec.groups[0].rules,
  );
const alert = (name: string, objects = us): Manifest => rules(objects).find((rule) => rule.alert === name);
const dashboards = ['flink', 'agents'].map((part) => {
  const [text] = Object.values(pick(us, 'ConfigMap', `reviews-${part}-dashboard`).data) as string[];
  return JSON.parse(text ?? '') as Manifest;
});
const panels = dashboards.flatMap((dashboard) => dashboard.panels.filter((panel: Manifest) => panel.type !== 'row'));
const queries: string[] = panels.flatMap((panel) => panel.targets.map((target: Manifest) => target.expr));

/** What a worker with certificates writes after its first run; a scraped one may have none. */
async function workerNames(): Promise<string[]> {
  const state = { streams: 0, inFlight: 0, draining: false, processDeaths: 0, certificateExpiry: 1 };
  const metrics = new WorkerMetrics(true, () => state);
  metrics.run('finished', 1);
  metrics.call('chat:judge');
  return [...(await metrics.text()).matchAll(/^([a-z_]+[a-z0-9_]*)/gm)].map(([, name]) => name ?? '');
}

describe('names of metrics', () => {
  it('of a replicator have the labels that its alert and its panel go by', async () => {
    const nothing = { restorePoints: 0, files: 0, bytes: 0, failures: 0, refusals: 0, movedAt: 0, lookedAt: undefined };
    const metrics = () => ({ ...nothing, lag: 1, checkpoint: 1 });
    const text = await replicationMetrics(() => ({ job: 'j', from: 'us', to: 'eu' }), metrics).text();
    const written = /^headrace_replicator_lag_seconds\{(.*)\}/m.exec(text)?.[1]?.matchAll(/(\w+)="/g) ?? [];
    const labels = [...written].map(([, name]) => (name === 'job' ? 'exported_job' : name));
    const lag = [alert('HeadraceReplicationLags').expr, ...queries].filter((query) => query.includes('replicator_lag'));
    expect(lag).toHaveLength(2);
    for (const query of lag)
      for (const name of /by \((.*?)\)/.exec(query)?.[1]?.split(', ') ?? ['']) expect(labels, query).toContain(name);
  });

  it.each([
    ['alerts', () => rules(us).map((rule) => rule.expr as string), 20],
    ['dashboards', () => queries, 35],
  ] as const)('in %s are those that Flink and workers expose', async (_, expressions, atLeast) => {
    const known = new Set([...Object.values(seen).flat(), ...(await workerNames()), ...FROM_ELSEWHERE]);
    const used = expressions().flatMap((expression) => metricsIn(expression.replaceAll('$__rate_interval', '1m')));
    expect(new Set(used).size).toBeGreaterThan(atLeast);
    expect(used.filter((name) => !known.has(name))).toEqual([]);
  });

  it.each([
    ['sum by (a) (rate(x_total{b="c"}[5m])) / on(d) y > 3 and on() z', ['x_total', 'y', 'z']],
    ['time() - max(t{n=~"a|b"} > 0) or vector(0)', ['t']],
  ])('are found in %s', (expression, names) => expect(metricsIn(expression)).toEqual(names));
});

describe('PromQL', () => {
  /** Variables of Grafana stand where durations do. */
  const plain = (expression: string) => expression.replaceAll('$__rate_interval', '1m');

  it('is what Prometheus can read', () => {
    for (const expression of [...rules(us).map((rule) => rule.expr), ...queries.map(plain)])
      expect(mistakesIn(expression), expression).toEqual([]);
  });

  it.each(['sum(a', 'rate(a[5m]', 'a{b=c}', 'a > > 1', 'sum by a (b)'])('would be refused as %s', (expression) =>
    expect(mistakesIn(expression)).not.toEqual([]),
  );
});

describe('alerts', () => {
  it('have a severity, a summary, a description, and a page that says what to do', () => {
    for (const rule of rules(us)) {
      expect(['critical', 'warning'], rule.alert).toContain(rule.labels.severity);
      expect(rule.annotations.summary, rule.alert).toMatch(/\.$/);
      expect(rule.annotations.description.length, rule.alert).toBeGreaterThan(30);
      expect(rule.annotations.runbook_url).toBe(`https://runbooks.example.com/headrace/${rule.alert}.md`);
      const page = join(RUNBOOKS, `${rule.alert}.md`);
      expect(existsSync(page), page).toBe(true);
      const text = readFileSync(page, 'utf8');
      expect(text).toMatch(new RegExp(`^# ${rule.alert}\n`));
      for (const part of ['## Look', '## Act']) expect(text, rule.alert).toContain(part);
    }
  });

  it('have no page too many', () => {
    const names = rules(us).map((rule) => `${rule.alert}.md`);
    expect(readdirSync(RUNBOOKS).sort()).toEqual(names.sort());
  });

  it('look at their own release and no other', () => {
    for (const rule of rules(us)) {
      const selectors = rule.expr.match(/\{[^}]*\}/g) ?? [];
      expect(selectors.length, rule.alert).toBeGreaterThan(0);
      for (const selector of selectors)
        expect(selector, rule.alert).toMatch(/namespace="reviews".*(job|cronjob)="reviews-(flink|agents)/);
    }
  });

  it('name pages alone where the deployment has no address for them', () => {
    const [objects] = inputs(`${THREE_REGIONS}observability: { prometheusOperator: true }\n`).map(manifests);
    expect(alert('HeadraceNoLeader', objects).annotations.runbook_url).toBe('HeadraceNoLeader.md');
  });

  it('take their thresholds from the file', () => {
    const [objects] = inputs(
      watched(THREE_REGIONS)
        .replace('parallelism: 2', 'parallelism: 2, inFlight: 200')
        .concat('state: { checkpoint: { interval: 20s, timeout: 5m } }\ndr: { rpo: 5m }\n'),
    ).map(manifests);
    expect(alert('HeadraceCheckpointOlderThanObjective', objects).expr).toMatch(/> 300$/);
    expect(alert('HeadraceCheckpointLate', objects).expr).toMatch(/> 150$/);
    expect(alert('HeadraceCheckpointSlow', objects).expr).toMatch(/> 240000$/);
    expect(alert('HeadraceInputsAtLimit', objects).expr).toMatch(/>= 190$/);
    expect(alert('HeadraceReplicationLags', objects).expr).toMatch(/> 300$/);
  });

  it('do not miss a job where none should run', () => {
    expect(alert('HeadraceJobNotRunning').expr).toMatch(/< 1$/);
    expect(alert('HeadraceJobNotRunning', eu).expr).toMatch(/< 0$/);
  });

  it.each([
    ['active-standby', inputs(watched(THREE_REGIONS)), 'reviews', 'reviews'],
    ['active-active', activeActive().map(withRules), 'both_us', 'both_eu'],
  ])('%s: a job that is missed is the region’s own, as Flink writes its name', (_, [first, second], ...names) => {
    const patterns = [first, second].map((input) => {
      if (!input) throw new Error('no region');
      const rule = pick(manifests(input), 'PrometheusRule', `${input.deployment.name}-flink-alerts`);
      const { expr } = rule.spec.groups[0].rules.find((one: Manifest) => one.alert === 'HeadraceJobNotRunning');
      expect(mistakesIn(expr)).toEqual([]);
      const [, pattern = ''] = /runningState\{[^}]*job_name=~"([^"]+)"\}/.exec(expr) ?? [];
      // Prometheus anchors it.
      return new RegExp(`^(?:${pattern})$`);
    });
    const matches = patterns.map((pattern) => names.filter((name) => pattern.test(name)));
    expect(matches).toEqual(names.map((name) => names.filter((other) => other === name)));
    // As where the reporter leaves names alone.
    expect(patterns.map((pattern, i) => pattern.test((names[i] ?? '').replace('_', '-')))).toEqual([true, true]);
  });
});

describe('pods are found by Prometheus', () => {
  it.each([
    ['reviews-flink-metrics', ['reviews-flink-jobmanager', 'reviews-flink-taskmanager']],
    ['reviews-agents-metrics', ['reviews-agents-worker']],
  ])('%s selects them, by a port that they have', (name, workloads) => {
    const { spec } = pick(us, 'PodMonitor', name);
    for (const workload of workloads) {
      const template = us.find((object) => object.spec?.template && object.metadata.name === workload).spec.template;
      expect(template.metadata.labels).toMatchObject(spec.selector.matchLabels);
      const [{ key, operator, values }] = spec.selector.matchExpressions;
      expect(operator).toBe('In');
      expect(values).toContain(template.metadata.labels[key]);
      const ports = template.spec.containers.flatMap((container: Manifest) => container.ports);
      expect(ports.map((port: Manifest) => port.name)).toContain(spec.podMetricsEndpoints[0].port);
    }
    // What alerts and dashboards select by.
    expect(spec.jobLabel).toBe('app.kubernetes.io/instance');
    expect(name).toContain(spec.selector.matchLabels[spec.jobLabel]);
  });
});

describe('dashboards', () => {
  it('are found by the sidecar of Grafana', () => {
    for (const part of ['flink', 'agents'])
      expect(pick(us, 'ConfigMap', `reviews-${part}-dashboard`).metadata.labels.grafana_dashboard).toBe('1');
  });

  it('say on every panel what it shows, in a unit, without hiding one behind another', () => {
    const places = new Set<string>();
    for (const panel of panels) {
      expect(panel.description.length, panel.title).toBeGreaterThan(10);
      expect(panel.fieldConfig.defaults.unit, panel.title).toBeTruthy();
      expect(panel.gridPos.x + panel.gridPos.w, panel.title).toBeLessThanOrEqual(24);
      for (const target of panel.targets) expect(target.legendFormat, panel.title).toBeTruthy();
    }
    for (const [index, dashboard] of dashboards.entries())
      for (const { gridPos } of dashboard.panels) places.add(`${index} ${gridPos.x} ${gridPos.y}`);
    expect(places.size).toBe(dashboards.reduce((sum, { panels: all }) => sum + all.length, 0));
  });

  it('show their release alone and tell apart those of two', () => {
    for (const query of queries)
      for (const selector of query.match(/\{[^}]*\}/g) ?? []) expect(selector).toMatch(/namespace="reviews"/);
    expect(dashboards.map(({ title }) => title)).toEqual([
      'Headrace: Flink · reviews/reviews-flink',
      'Headrace: workers · reviews/reviews-agents',
    ]);
  });
});

describe('without the Prometheus Operator', () => {
  it('there is nothing that a cluster without its kinds would refuse', () => {
    const kinds = inputs(ONE_REGION)
      .flatMap(manifests)
      .map((object) => object.kind);
    expect(kinds).not.toContain('PodMonitor');
    expect(kinds).not.toContain('PrometheusRule');
  });

  it("Helm's templates are behind values that are false", () => {
    const files = renderHelmCharts(inputs(THREE_REGIONS));
    for (const chart of ['flink-cluster', 'agents-app']) {
      for (const [file, value] of [
        ['metrics-podmonitor', 'podMonitor'],
        ['alerts-prometheusrule', 'rules'],
        ['dashboard-configmap', 'dashboard'],
      ]) {
        const text = files.get(`${chart}/templates/${file}.yaml`) ?? '';
        expect(text).toMatch(new RegExp(`^\\{\\{- if \\$\\.Values\\.monitoring\\.${value} \\}\\}`));
      }
      expect(files.get(`${chart}/values.yaml`)).toMatch(/rules: false/);
    }
  });

  it("keep Prometheus' and Grafana's own braces from Helm", () => {
    const files = renderHelmCharts(inputs(THREE_REGIONS));
    expect(files.get('flink-cluster/templates/alerts-prometheusrule.yaml')).toContain('{{ "{{" }} $labels.job_name }}');
    expect(files.get('agents-app/templates/dashboard-configmap.yaml')).toContain('{{ "{{" }}pod}}');
  });
});
