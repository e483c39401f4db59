import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CommandError } from '../errors.ts';

const run = promisify(execFile);

/** What is fetched once for work on this machine. */
export const cacheDirectory = () => join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'headrace');

export const FLINK_VERSION = '2.3.0';
export const KAFKA_VERSION = '4.1.0';
export const ZOOKEEPER_VERSION = '3.9.4';

/** A Flink distribution: lib, opt, plugins and bin. Fetched (329 MB) when it is not there yet. */
export const flinkDistribution = (say: (text: string) => void) =>
  cached(`flink-${FLINK_VERSION}`, async (directory) => {
    say(`fetching Flink ${FLINK_VERSION} (329 MB), once`);
    await tool('pip', 'python3', [
      ...['-m', 'pip', 'download', '-q', '--no-deps', '-d', directory],
      `apache-flink-libraries==${FLINK_VERSION}`,
    ]);
    const wheel = readdirSync(directory).find((name) => name.endsWith('.whl'));
    if (!wheel) throw new CommandError('HR-DEV-001', 'pip download', 'gave no wheel', { exitCode: 1 });
    await tool('python3', 'python3', ['-m', 'zipfile', '-e', join(directory, wheel), join(directory, 'wheel')]);
    for (const part of ['lib', 'opt', 'plugins', 'bin'])
      renameSync(join(directory, 'wheel', 'pyflink', part), join(directory, part));
    rmSync(join(directory, wheel));
    rmSync(join(directory, 'wheel'), { recursive: true });
  });

/** Kafka's jars, with its command-line tools. */
export const kafkaDistribution = (say: (text: string) => void) =>
  jars(
    'kafka-and-tools',
    KAFKA_VERSION,
    [
      ['org.apache.kafka', 'kafka_2.13', KAFKA_VERSION],
      ['org.apache.kafka', 'kafka-tools', KAFKA_VERSION],
    ],
    say,
  );

/** ZooKeeper's jars, and what its server needs to start. */
export const zookeeperDistribution = (say: (text: string) => void) =>
  jars(
    'zookeeper',
    ZOOKEEPER_VERSION,
    [
      ['org.apache.zookeeper', 'zookeeper', ZOOKEEPER_VERSION],
      ['io.dropwizard.metrics', 'metrics-core', '4.1.12.1'],
      ['org.xerial.snappy', 'snappy-java', '1.1.10.5'],
    ],
    say,
  );

export type FlinkFileSystem = 'flink-s3-fs-native' | 'flink-azure-fs-hadoop' | 'flink-gs-fs-hadoop';

/** A file system of Flink that its distribution leaves out, with all that it needs in one folder of jars. */
export const flinkFileSystem = (artifact: FlinkFileSystem, say: (text: string) => void) =>
  jars(artifact, FLINK_VERSION, [['org.apache.flink', artifact, FLINK_VERSION]], say);

/** Digests of the archives of Node.js, by platform: of this version alone. */
const NODE_ARCHIVES = {
  version: '24.21.0',
  'linux-x64': 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  'linux-arm64': 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
} as const;
export type NodePlatform = 'linux-x64' | 'linux-arm64';

/** Node.js for a platform that images run on: bin/node and LICENSE. */
export const nodeDistribution = (platform: NodePlatform, say: (text: string) => void) =>
  cached(`node-${NODE_ARCHIVES.version}-${platform}`, async (directory) => {
    const archiveOf = `node-${platform}@${NODE_ARCHIVES.version}`;
    say(`fetching ${archiveOf}, once`);
    await tool('npm', 'npm', ['pack', '--silent', '--pack-destination', directory, archiveOf]);
    const archive = readdirSync(directory).find((name) => name.endsWith('.tgz'));
    if (!archive) throw new CommandError('HR-DEV-001', 'npm pack', 'gave no archive', { exitCode: 1 });
    const digest = `sha512-${hash('sha512', readFileSync(join(directory, archive)), 'base64')}`;
    if (digest !== NODE_ARCHIVES[platform])
      throw new CommandError(
        'HR-DEV-001',
        archiveOf,
        `the registry gave another archive than was published: ${digest}`,
        {
          exitCode: 1,
        },
      );
    await tool('tar', 'tar', [
      ...['-xzf', join(directory, archive), '-C', directory, '--strip-components=1'],
      ...['package/bin/node', 'package/LICENSE'],
    ]);
    rmSync(join(directory, archive));
  });

function jars(
  name: string,
  version: string,
  artifacts: readonly (readonly [string, string, string])[],
  say: (text: string) => void,
): Promise<string> {
  return cached(`${name}-${version}`, async (directory) => {
    say(`fetching ${name} ${version}, once`);
    const dependencies = artifacts.map(
      ([group, artifact, of]) =>
        `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${of}</version></dependency>`,
    );
    const pom = join(directory, 'pom.xml');
    writeFileSync(
      pom,
      `<project><modelVersion>4.0.0</modelVersion><groupId>dev.headrace</groupId><artifactId>${name}</artifactId><version>1</version><dependencies>${dependencies.join('')}</dependencies></project>`,
    );
    await tool('Maven', 'mvn', [
      ...['-q', '-B', '-f', pom, 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'],
      `-DoutputDirectory=${join(directory, 'lib')}`,
      '-DincludeScope=runtime',
    ]);
  });
}

/** Makes a directory of the cache, whole or not at all; two at once make it twice, and one of them stays. */
async function cached(name: string, make: (directory: string) => Promise<void>): Promise<string> {
  const target = join(cacheDirectory(), name);
  if (existsSync(target)) return target;
  mkdirSync(cacheDirectory(), { recursive: true });
  const work = mkdtempSync(join(cacheDirectory(), `.${name}-`));
  try {
    await make(work);
    renameSync(work, target);
  } catch (error) {
    if (!existsSync(target)) throw error;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return target;
}

async function tool(name: string, command: string, args: readonly string[]): Promise<void> {
  try {
    await run(command, args, { maxBuffer: 64 << 20 });
  } catch (error) {
    const { code, stderr, stdout } = error as { code?: string; stderr?: string; stdout?: string };
    if (code === 'ENOENT')
      throw new CommandError('HR-DEV-001', command, `${name} is not installed`, {
        mend: `install ${name}; it fetches what runs on this machine`,
        exitCode: 1,
      });
    throw new CommandError(
      'HR-DEV-001',
      `${command} ${args.join(' ')}`,
      (stderr || stdout || String(error)).trim().slice(-500),
      {
        exitCode: 1,
      },
    );
  }
}
