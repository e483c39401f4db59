// Two releases, in one namespace or in two, must not know of each other.
import { describe, expect, it } from 'vitest';
import { agentsApp } from '../../charts/agents-app/chart.ts';
import { agentsValues } from '../../charts/agents-app/values.ts';
import { flinkCluster } from '../../charts/flink-cluster/chart.ts';
import { flinkValues } from '../../charts/flink-cluster/values.ts';
import { helmCharts, renderManifests } from '../../charts/index.ts';
import { inputs, type Manifest, THREE_REGIONS } from './inputs.ts';

const [us] = inputs(THREE_REGIONS);
if (!us) throw new Error('no region');

const agents = (name: string, release: string) => {
  const values = agentsValues(us);
  const mine = { ...values, flink: { ...values.flink, release } };
  return agentsApp({ name, namespace: 'n' }, mine, { hasSecrets: true }) as Manifest[];
};
const flink = (name: string) => flinkCluster({ name, namespace: 'n' }, flinkValues(us)) as Manifest[];

const ONE = [...flink('one-flink'), ...agents('one-agents', 'one-flink')];
const TWO = [...flink('two-flink'), ...agents('two-agents', 'two-flink')];

/** Labels of every pod that a release makes. */
const podLabels = (objects: readonly Manifest[]): Record<string, string>[] =>
  objects.flatMap((o) =>
    o.kind === 'Pod'
      ? [o.metadata.labels]
      : o.kind === 'CronJob'
        ? [o.spec.jobTemplate.spec.template.metadata.labels]
        : o.spec?.template
          ? [o.spec.template.metadata.labels]
          : [],
  );

/** Every selector of pods with where it stands. */
function selectors(node: unknown, place: string): [string, Record<string, string>][] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    if (key === 'namespaceSelector') return [];
    if (key === 'matchLabels') return [[place, value as Record<string, string>] as [string, Record<string, string>]];
    if (key === 'selector' && value && !('matchLabels' in (value as object)))
      return [[`${place}.selector`, value as Record<string, string>] as [string, Record<string, string>]];
    return selectors(value, Number.isInteger(Number(key)) ? place : `${place}.${key}`);
  });
}

describe('two releases', () => {
  it('share no name, but for the accounts that clouds trust', () => {
    const ids = new Set(ONE.map((o) => `${o.kind}/${o.metadata.name}`));
    const shared = TWO.map((o) => `${o.kind}/${o.metadata.name}`).filter((id) => ids.has(id));
    expect(shared.filter((id) => !id.startsWith('ServiceAccount/'))).toEqual([]);
  });

  it('have everything in their namespace', () => {
    expect(ONE.filter((o) => o.metadata.namespace !== 'n').map((o) => `${o.kind}/${o.metadata.name}`)).toEqual([]);
  });

  it("select no pod of each other's, in Services, budgets, workloads and policies", () => {
    const theirs = podLabels(TWO);
    expect(theirs.length).toBeGreaterThan(4);
    const found = ONE.flatMap((o) => selectors(o.spec, `${o.kind} ${o.metadata.name}.spec`)).filter(([, labels]) =>
      theirs.some((pod) => Object.entries(labels).every(([key, value]) => pod[key] === value)),
    );
    expect([...new Set(found.map(([place]) => place))].sort()).toEqual([]);
  });
});

describe('pods of helm test', () => {
  it('are in both charts, and in no plain manifest', () => {
    for (const chart of Object.values(helmCharts(inputs(THREE_REGIONS)))) {
      expect(chart.files.get('templates/test-pod.yaml')).toContain('helm.sh/hook: test');
    }
    for (const text of renderManifests(us).values()) expect(text).not.toContain('helm.sh/hook: test');
  });
});

describe("a chart's README", () => {
  it('says the limits of a value beside its type', () => {
    const readme = helmCharts(inputs(THREE_REGIONS))['agents-app'].files.get('README.md') ?? '';
    expect(readme).toMatch(/`worker.targetCpuPercent` \| integer, 10 to 100 \|/);
    expect(readme).toMatch(/`worker.cpu` \| number, more than 0 \|/);
    expect(readme).toMatch(/`worker.replicas` \| integer, 1 or more \|/);
  });
});
