// Values of the file over generated ones: a cluster of one's own is no code change.
import { describe, expect, it } from 'vitest';
import { agentsValues } from '../../charts/agents-app/values.ts';
import { flinkValues } from '../../charts/flink-cluster/values.ts';
import type { ChartInput } from '../../charts/index.ts';
import { loadDeployment, parseDeployment } from '../../config/index.ts';
import { inputs, manifests, pick, THREE_REGIONS } from './inputs.ts';

const overlaid = (charts: string) => inputs(`${THREE_REGIONS}charts: ${charts}\n`)[0] as ChartInput;

describe('values of the deployment file', () => {
  it('merge with the generated ones, replace lists, and take keys away by null', () => {
    const values = flinkValues(
      overlaid(
        "{ flink-cluster: { taskManager: { memoryMiB: 1500 }, network: { egressPorts: [5000] }, scheduling: { nodeSelector: { headrace.dev/pool: null } }, configuration: { s3.endpoint: 'http://s3:5000', s3.region: null } } }",
      ),
    );
    expect(values.taskManager).toMatchObject({ memoryMiB: 1500, slots: 2 });
    expect(values.network.egressPorts).toEqual([5000]);
    expect(values.scheduling.nodeSelector).toEqual({});
    expect(values.configuration['s3.endpoint']).toBe('http://s3:5000');
    expect(values.configuration).not.toHaveProperty(['s3.region']);
  });

  it.each([
    ['{ flink-cluster: { taskManagers: 3 } }', flinkValues, 'charts.flink-cluster', 'taskManagers'],
    [
      '{ flink-cluster: { taskManager: { slots: two } } }',
      flinkValues,
      'charts.flink-cluster.taskManager.slots',
      '"two"',
    ],
    ['{ agents-app: { worker: { kind: DaemonSet } } }', agentsValues, 'charts.agents-app.worker.kind', '"DaemonSet"'],
  ])('%s is refused with its place and value', (charts, values, path, received) => {
    expect(() => values(overlaid(charts))).toThrow(expect.objectContaining({ code: 'HR-CHART-001', path, received }));
  });
});

describe('the deployment file in the cluster', () => {
  it('gives the same deployment again, under the same names', () => {
    const input = inputs(THREE_REGIONS)[0] as ChartInput;
    const map = pick(manifests(input), 'ConfigMap', 'reviews-agents-deployment');
    const again = parseDeployment('headrace.json', map.data['headrace.json']);
    const { document: _, ...model } = input.deployment;
    const { document: __, ...same } = again;
    expect(same).toEqual(model);
  });

  it('has the chosen profile in it and no other', () => {
    const model = loadDeployment('examples/review-analysis/headrace.yaml', { profile: 'local' });
    expect(model.document['source']).toHaveProperty('file');
    expect(model.document).not.toHaveProperty('profiles');
  });
});

describe('further environment variables', () => {
  it('are in every container of the release', () => {
    const objects = manifests(overlaid('{ agents-app: { environment: { AWS_ENDPOINT_URL_S3: "http://s3:5000" } } }'));
    for (const [kind, name] of [
      ['StatefulSet', 'reviews-agents-worker'],
      ['Deployment', 'reviews-agents-job'],
    ] as const) {
      const [container] = pick(objects, kind, name).spec.template.spec.containers;
      expect(container.env).toContainEqual({ name: 'AWS_ENDPOINT_URL_S3', value: 'http://s3:5000' });
    }
  });
});
