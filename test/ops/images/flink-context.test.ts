import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { FLINK_VERSION } from '../../../ops/dev/cache.ts';
import { dockerfileOf } from '../../../ops/images/build.ts';
import { flinkContext } from '../../../ops/images/flink-context.ts';
import { filesBelow } from '../../../ops/images/tree.ts';
import { temporaryDirectory } from '../../runtime/temporary-directory.ts';

/** A cache that holds what would be fetched, as empty files of the same names. */
function cacheOf(directory: string): void {
  const of = (path: string) => join(directory, 'headrace', path);
  const flink = `flink-${FLINK_VERSION}`;
  const files = [
    ...['bin/bash-java-utils.jar', `lib/flink-dist-${FLINK_VERSION}.jar`, 'lib/log4j-core.jar', 'opt/flink-python.jar'],
    ...['prometheus', 'otel', 'datadog'].map((name) => `plugins/metrics-${name}/flink-metrics-${name}.jar`),
  ].map((path) => `${flink}/${path}`);
  for (const name of ['flink-s3-fs-native', 'flink-azure-fs-hadoop', 'flink-gs-fs-hadoop'])
    files.push(`${name}-${FLINK_VERSION}/lib/${name}-${FLINK_VERSION}.jar`, `${name}-${FLINK_VERSION}/pom.xml`);
  for (const file of files) {
    mkdirSync(dirname(of(file)), { recursive: true });
    writeFileSync(of(file), '');
  }
}

it('holds the distribution, a plugin a file system in a folder of its own, and the bridge', async () => {
  const cache = temporaryDirectory();
  cacheOf(cache);
  vi.stubEnv('XDG_CACHE_HOME', cache);
  const jar = (name: string) => {
    writeFileSync(join(cache, name), name);
    return join(cache, name);
  };
  const directory = temporaryDirectory();
  try {
    const jars = {
      bridge: jar('headrace-bridge.jar'),
      stateFileSystem: jar('headrace-state-fs.jar'),
      azureIdentity: jar('headrace-azure-identity.jar'),
      launch: jar('headrace-launch.jar'),
    };
    await flinkContext(directory, jars, () => {});
  } finally {
    vi.unstubAllEnvs();
  }
  expect(filesBelow(directory).filter((path) => !path.startsWith('headrace/bin/'))).toEqual([
    'flink/bin/bash-java-utils.jar',
    `flink/lib/flink-dist-${FLINK_VERSION}.jar`,
    'flink/lib/log4j-core.jar',
    'headrace/lib/headrace-launch.jar',
    `plugins/azure-fs-hadoop/flink-azure-fs-hadoop-${FLINK_VERSION}.jar`,
    'plugins/azure-fs-hadoop/headrace-azure-identity.jar',
    `plugins/gs-fs-hadoop/flink-gs-fs-hadoop-${FLINK_VERSION}.jar`,
    'plugins/headrace-state/headrace-state-fs.jar',
    'plugins/metrics-otel/flink-metrics-otel.jar',
    'plugins/metrics-prometheus/flink-metrics-prometheus.jar',
    `plugins/s3-fs-native/flink-s3-fs-native-${FLINK_VERSION}.jar`,
    'usrlib/headrace-bridge.jar',
  ]);
  const copied = [...readFileSync(dockerfileOf('flink'), 'utf8').matchAll(/^COPY (?!--from)(\S+) /gm)];
  expect(copied.length).toBeGreaterThan(3);
  for (const [, source = ''] of copied) expect(existsSync(join(directory, source)), source).toBe(true);
});
