import type { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { checksum, mappingLines, structureLine } from '../helm/range.ts';
import { labels } from '../pod.ts';
import type { Release } from '../release.ts';
import type { FlinkValues } from './values.ts';

/** The console only: the root file system cannot be written, and the cluster collects what a container prints. */
export const LOG4J = `rootLogger.level = INFO
rootLogger.appenderRef.console.ref = ConsoleAppender
appender.console.name = ConsoleAppender
appender.console.type = CONSOLE
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yyyy-MM-dd'T'HH:mm:ss.SSSX} %-5p %-60c %x - %m%n
`;

export const configMapName = (release: Release) => `${release.name}-config`;

/** Flink reads its configuration when a process starts: another one is other pods. */
export const configurationChecksum = (values: FlinkValues) => ({
  'headrace.dev/configuration': checksum(values.configuration),
});

/** Flink's config.yaml and its logging. */
export function flinkConfigMap(chart: Chart, release: Release, values: FlinkValues): void {
  // What also sizes pods, or names this release, is written from its own value and wins over `configuration`.
  const own = [
    `kubernetes.cluster-id: "${release.name}"`,
    `kubernetes.namespace: "${release.namespace}"`,
    `high-availability.cluster-id: "${release.name}"`,
    `jobmanager.memory.process.size: ${values.jobManager.memoryMiB}m`,
    `taskmanager.memory.process.size: ${values.taskManager.memoryMiB}m`,
    `taskmanager.numberOfTaskSlots: ${values.taskManager.slots}`,
  ];
  const lines = [...mappingLines(values.configuration), ...own, structureLine('agent', values.agent)];
  new k8s.KubeConfigMap(chart, 'config', {
    metadata: {
      name: configMapName(release),
      namespace: release.namespace,
      labels: labels('flink-cluster', release.name, 'config'),
    },
    data: { 'config.yaml': `${lines.join('\n')}\n`, 'log4j-console.properties': LOG4J },
  });
}
