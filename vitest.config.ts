import { defineConfig } from 'vitest/config';

/** Tests that need tools which `npm ci` does not bring. */
const TOOLS = [
  'test/charts/helm.test.ts',
  'test/charts/lint/*.test.ts',
  'test/charts/operator-definitions.test.ts',
  'test/charts/each-value.test.ts',
  'test/stacks/lint/*.test.ts',
];
const TERRAFORM = ['test/terraform/**/*.test.ts'];
/** A real Flink, Kafka, object stores and browser; drills that need the machine for themselves. */
const FLINK = [
  'test/flink/**/*.test.ts',
  'test/stores/**/*.test.ts',
  'test/report/browser.test.ts',
  'test/drill/scenarios.test.ts',
  'test/drill/drill-busy.test.ts',
  'test/drill/failover-deaths.test.ts',
  'test/drill/kills.test.ts',
];

/** A real Kubernetes. */
const CLUSTER = ['test/cluster/charts.test.ts'];
/** Two of them. */
const DRILL = ['test/cluster/drill.test.ts'];

export default defineConfig({
  test: {
    // Several suites start processes and kill them; a loaded machine must not make them fail.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...TOOLS, ...TERRAFORM, ...FLINK, ...CLUSTER, ...DRILL],
        },
      },
      { extends: true, test: { name: 'charts-tools', include: TOOLS } },
      { extends: true, test: { name: 'terraform', include: TERRAFORM } },
      {
        extends: true,
        test: { name: 'cluster', include: CLUSTER, fileParallelism: false, testTimeout: 600_000, bail: 0 },
      },
      { extends: true, test: { name: 'drill', include: DRILL, fileParallelism: false, testTimeout: 600_000 } },
      {
        extends: true,
        test: {
          name: 'flink',
          include: FLINK,
          fileParallelism: false,
          testTimeout: 600_000,
        },
      },
    ],
  },
});
