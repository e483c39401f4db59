import { DashboardBuilder, DatasourceVariableBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { isTrue, onlyWhen } from '../helm/conditions.ts';
import { labels } from '../pod.ts';
import type { Release } from '../release.ts';
import type { Monitoring } from './values.ts';

/** Lines of one panel over time. */
export interface Panel {
  readonly title: string;
  /** What to read from it. */
  readonly description: string;
  /** Unit as Grafana names it: s, ms, bytes, ops, percent, short. */
  readonly unit: string;
  /** PromQL by legend; a legend may hold labels, such as `{{pod}}`. */
  readonly lines: Readonly<Record<string, string>>;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const COLUMNS = 24;
const PER_LINE = 3;
const HEIGHT = 7;
/** A variable of the dashboard: the reader chooses which Prometheus is asked. */
const SOURCE = { type: 'prometheus', uid: '$' + '{datasource}' };

function panel({ title, description, unit, lines }: Panel): PanelBuilder {
  const builder = new PanelBuilder()
    .title(title)
    .description(description)
    .unit(unit)
    .min(0)
    .datasource(SOURCE)
    .fillOpacity(8)
    .span(COLUMNS / PER_LINE)
    .height(HEIGHT);
  Object.entries(lines).forEach(([legend, expr], index) => {
    builder.withTarget(
      new DataqueryBuilder()
        .refId(String.fromCharCode('A'.charCodeAt(0) + index))
        .expr(expr)
        .legendFormat(legend)
        .range(),
    );
  });
  return builder;
}

/** A dashboard in the format of Grafana 10 and later. */
export function dashboardJson(title: string, rows: readonly Row[]): string {
  const builder = new DashboardBuilder(title)
    .tags(['headrace'])
    .readonly()
    .refresh('30s')
    .time({ from: 'now-3h', to: 'now' })
    .withVariable(new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'));
  for (const row of rows) {
    builder.withRow(new RowBuilder(row.title));
    for (const one of row.panels) builder.withPanel(panel(one));
  }
  return `${JSON.stringify(builder.build(), null, 1)}\n`;
}

/** The dashboard of a release in a ConfigMap, which Grafana's sidecar finds by its label. */
export function dashboard(
  chart: Chart,
  release: Release,
  monitoring: Monitoring,
  { name, title, rows }: { readonly name: string; readonly title: string; readonly rows: readonly Row[] },
): void {
  const map = new k8s.KubeConfigMap(chart, 'dashboard', {
    metadata: {
      name: `${release.name}-dashboard`,
      namespace: release.namespace,
      labels: { ...labels(name, release.name, 'dashboard'), grafana_dashboard: '1', ...monitoring.labels },
    },
    // No uid: two releases must not take each other's; the title holds what tells them apart.
    data: { [`${name}.json`]: dashboardJson(`${title} · ${release.namespace}/${release.name}`, rows) },
  });
  onlyWhen(map, isTrue('monitoring.dashboard'));
}
