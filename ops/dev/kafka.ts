import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { kafkaDistribution } from './cache.ts';
import { Child, freePort, listens } from './child.ts';

const run = promisify(execFile);
const UP_MS = 60_000;
const JVM = ['-Xmx512m', '-XX:+UseG1GC'];

export interface Kafka {
  readonly bootstrap: string;
  readonly child: Child;
}

/**
 * Starts a broker of its own. @param directory holds its data, which a later start goes on with. @param host address of
 * this machine that it listens on. Default: loopback.
 */
export async function startKafka(directory: string, say: (text: string) => void, host = '127.0.0.1'): Promise<Kafka> {
  const lib = join(await kafkaDistribution(say), 'lib', '*');
  mkdirSync(directory, { recursive: true });
  const [port, controller] = [await freePort(), await freePort()];
  const properties = join(directory, 'server.properties');
  const data = join(directory, 'data');
  writeFileSync(
    properties,
    Object.entries({
      'process.roles': 'broker,controller',
      'node.id': 1,
      'controller.quorum.bootstrap.servers': `127.0.0.1:${controller}`,
      listeners: `PLAINTEXT://${host}:${port},CONTROLLER://127.0.0.1:${controller}`,
      'advertised.listeners': `PLAINTEXT://${host}:${port}`,
      'controller.listener.names': 'CONTROLLER',
      'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
      'inter.broker.listener.name': 'PLAINTEXT',
      'log.dirs': data,
      'offsets.topic.replication.factor': 1,
      'offsets.topic.num.partitions': 4,
      'transaction.state.log.replication.factor': 1,
      'transaction.state.log.min.isr': 1,
      'transaction.state.log.num.partitions': 4,
      'share.coordinator.state.topic.replication.factor': 1,
      'share.coordinator.state.topic.min.isr': 1,
      'group.initial.rebalance.delay.ms': 0,
      'num.partitions': 2,
    })
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
  if (!existsSync(join(data, 'meta.properties'))) {
    const { stdout } = await run('java', ['-cp', lib, 'kafka.tools.StorageTool', 'random-uuid']);
    await run('java', [
      ...['-cp', lib, 'kafka.tools.StorageTool', 'format', '--standalone'],
      ...['-t', stdout.trim().split('\n').at(-1) ?? '', '-c', properties],
    ]);
  }
  const child = await Child.start(
    {
      name: 'Kafka',
      command: 'java',
      args: [...JVM, '-cp', lib, 'kafka.Kafka', properties],
      log: join(directory, 'kafka.log'),
    },
    () => listens(port, host),
    UP_MS,
  );
  return { bootstrap: `${host}:${port}`, child };
}

/** Makes topics that are not there yet. @param partitions of each. */
export async function createTopics(bootstrap: string, topics: readonly string[], partitions: number): Promise<void> {
  const lib = join(await kafkaDistribution(() => {}), 'lib', '*');
  for (const topic of topics) {
    await run('java', [
      ...['-cp', lib, 'org.apache.kafka.tools.TopicCommand', '--bootstrap-server', bootstrap],
      ...['--create', '--if-not-exists', '--topic', topic, '--partitions', String(partitions)],
      ...['--replication-factor', '1'],
    ]);
  }
}
