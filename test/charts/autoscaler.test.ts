import { describe, expect, it } from 'vitest';
import { agentsApp } from '../../charts/agents-app/chart.ts';
import { agentsValues } from '../../charts/agents-app/values.ts';
import { holds, takeCondition } from '../../charts/helm/conditions.ts';
import { inputs, type Manifest, THREE_REGIONS } from './inputs.ts';

/** Objects with values changed as a user of the Helm chart would. */
function rendered(worker: Partial<ReturnType<typeof agentsValues>['worker']>): Manifest[] {
  const input = inputs(THREE_REGIONS)[0] as ReturnType<typeof inputs>[number];
  const values = agentsValues(input);
  const changed = { ...values, worker: { ...values.worker, ...worker } };
  const release = { name: 'reviews-agents', namespace: 'streams' };
  return agentsApp(release, changed, { hasSecrets: true }).flatMap((source) => {
    const { object, when } = takeCondition(source);
    return when === undefined || holds(when, changed) ? [object] : [];
  });
}
const scalers = (objects: Manifest[]) => objects.filter((object) => object.kind === 'HorizontalPodAutoscaler');

describe('workers scale', () => {
  it('by CPU where no adapter serves their metric', () => {
    const [scaler, ...more] = scalers(rendered({}));
    expect(more).toEqual([]);
    expect(scaler.spec.metrics.map((metric: Manifest) => metric.type)).toEqual(['Resource']);
  });

  it('by CPU and runs in flight where one does, one autoscaler for the set', () => {
    const [scaler, ...more] = scalers(rendered({ inFlightMetric: true, inFlight: 500, targetInFlight: 350 }));
    expect(more).toEqual([]);
    expect(scaler.spec.scaleTargetRef).toEqual({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      name: 'reviews-agents-worker',
    });
    expect(scaler.spec.metrics[1]).toEqual({
      type: 'Pods',
      pods: {
        metric: { name: 'headrace_worker_runs_in_flight' },
        target: { type: 'AverageValue', averageValue: 350 },
      },
    });
  });

  it('not at all where autoscaling is off', () => {
    expect(scalers(rendered({ autoscaling: false, inFlightMetric: true }))).toEqual([]);
  });

  it('on a metric that the rule for the adapter serves by pod', () => {
    const objects = rendered({ inFlightMetric: true });
    const rule = objects.find((object) => object.metadata.name === 'reviews-agents-prometheus-adapter')?.data[
      'rules.yaml'
    ];
    expect(rule).toContain("seriesQuery: 'headrace_worker_runs_in_flight{");
    expect(rule).toContain('pod: { resource: pod }');
    expect(rendered({}).map((object) => object.metadata.name)).not.toContain('reviews-agents-prometheus-adapter');
  });

  it('aiming below where a worker refuses runs', () => {
    for (const input of inputs(THREE_REGIONS)) {
      const { worker } = agentsValues(input);
      expect(worker.targetInFlight).toBeLessThan(worker.inFlight);
    }
  });
});
