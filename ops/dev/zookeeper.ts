import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zookeeperDistribution } from './cache.ts';
import { Child, freePort, listens } from './child.ts';

const UP_MS = 30_000;

export interface ZooKeeper {
  /** `host:port`. */
  readonly quorum: string;
  readonly child: Child;
}

/** Starts a ZooKeeper of its own on loopback, for JobManagers that must find their jobs again. */
export async function startZooKeeper(directory: string, say: (text: string) => void): Promise<ZooKeeper> {
  const lib = join(await zookeeperDistribution(say), 'lib', '*');
  mkdirSync(directory, { recursive: true });
  const port = await freePort();
  const configuration = join(directory, 'zoo.cfg');
  writeFileSync(
    configuration,
    [
      'tickTime=500',
      `dataDir=${join(directory, 'data')}`,
      `clientPort=${port}`,
      'clientPortAddress=127.0.0.1',
      'admin.enableServer=false',
      '',
    ].join('\n'),
  );
  const child = await Child.start(
    {
      name: 'ZooKeeper',
      command: 'java',
      args: ['-Xmx128m', '-cp', lib, 'org.apache.zookeeper.server.ZooKeeperServerMain', configuration],
      log: join(directory, 'zookeeper.log'),
    },
    () => listens(port),
    UP_MS,
  );
  return { quorum: `127.0.0.1:${port}`, child };
}
