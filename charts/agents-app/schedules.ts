import type { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { all, equals, isTrue, onlyWhen } from '../helm/conditions.ts';
import { labels } from '../pod.ts';
import type { Release } from '../release.ts';
import { commandPod } from './command-pod.ts';
import type { AgentsValues } from './values.ts';

/** A command that hangs is ended: the next one is due anyway. */
const DEADLINE_SECONDS = 3_600;
const KEPT = 3;

interface Schedule {
  readonly component: string;
  readonly schedule: string;
  readonly args: readonly string[];
  /** Path of the value that switches it. */
  readonly enabled: string;
}

/** Savepoints that are kept, and tests that they restore. */
export function schedules(chart: Chart, release: Release, values: AgentsValues): void {
  cronJob(chart, release, values, {
    component: 'savepoint',
    schedule: values.savepoint.schedule,
    args: ['savepoint', `--retain=${values.savepoint.retain}`],
    enabled: 'savepoint.enabled',
  });
  cronJob(chart, release, values, {
    component: 'restore-test',
    schedule: values.restoreTest.schedule,
    args: ['restore-test'],
    enabled: 'restoreTest.enabled',
  });
}

function cronJob(chart: Chart, release: Release, values: AgentsValues, options: Schedule): void {
  const object = new k8s.KubeCronJob(chart, options.component, {
    metadata: {
      name: `${release.name}-${options.component}`,
      namespace: release.namespace,
      labels: labels('agents-app', release.name, options.component),
    },
    spec: {
      schedule: options.schedule,
      // A late one still counts; two at once never.
      startingDeadlineSeconds: 600,
      concurrencyPolicy: 'Forbid',
      successfulJobsHistoryLimit: KEPT,
      failedJobsHistoryLimit: KEPT,
      jobTemplate: {
        metadata: { labels: labels('agents-app', release.name, options.component) },
        spec: {
          backoffLimit: 2,
          activeDeadlineSeconds: DEADLINE_SECONDS,
          template: commandPod(release, values, {
            component: options.component,
            args: options.args,
            serviceAccountName: values.flink.serviceAccount,
            restartPolicy: 'Never',
          }),
        },
      },
    },
  });
  onlyWhen(object, all(isTrue(options.enabled), equals('manager', 'standalone')));
}
