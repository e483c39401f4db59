import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { JobContext } from '../../../ops/job/context.ts';
import { deployedKey, upgradeKey } from '../../../ops/job/records.ts';
import { statePlaces } from '../../../ops/job/state-places.ts';
import { type JobSpecification, jobSpecification } from '../../../runtime/remote/index.ts';
import { temporaryDirectory } from '../../runtime/temporary-directory.ts';
import { MemoryStore } from '../../state/memory-store.ts';
import { FlinkServer } from './flink-server.ts';

export const specification = (changes: Partial<JobSpecification> = {}): JobSpecification => ({
  ...jobSpecification({ name: 'a', hash: 'f'.repeat(64), key: '/k', memory: {} } as never, {
    name: 'reviews',
    region: 'us',
    parallelism: 2,
    inFlight: 100,
    retry: { attempts: 5, initialBackoff: 1_000, maxBackoff: 60_000, onFailure: 'dead-letter' },
    memory: { ttl: null },
    journal: { mode: 'checkpoint' },
    source: { kafka: { topic: 'in', bootstrap: ['b:9092'], group: 'g', startingOffsets: 'earliest' } },
    sink: { file: { path: 'file:///out' } },
    workers: { targets: ['workers:7443'], tls: { directory: '/tls', serverName: null } },
  }),
  ...changes,
});

export interface Fixture {
  readonly flink: FlinkServer;
  readonly store: MemoryStore;
  readonly context: JobContext;
  /** Path of something that stands for the bridge: the server does not look into it. */
  readonly jar: string;
  readonly said: string[];
  deployed(): Record<string, unknown> | undefined;
  upgrade(): Record<string, unknown> | undefined;
}

export async function fixture(): Promise<Fixture> {
  const store = new MemoryStore();
  const flink = new FlinkServer(store);
  const rest = await flink.start();
  onTestFinished(() => flink.stop());
  const jar = join(temporaryDirectory(), 'headrace-bridge.jar');
  writeFileSync(jar, 'the bridge');
  const said: string[] = [];
  const json = (key: string) => {
    const object = store.objects.get(key);
    return object && (JSON.parse(Buffer.from(object.data).toString()) as Record<string, unknown>);
  };
  return {
    flink,
    store,
    jar,
    said,
    context: {
      name: 'reviews',
      rest,
      store,
      places: statePlaces(store.uri, 'reviews', await rest.configuration()),
      wait: 2_000,
      pollMs: 2,
      settle: 0,
      signal: new AbortController().signal,
      say: (line) => said.push(line),
      progress: () => {},
    },
    deployed: () => json(deployedKey('reviews')),
    upgrade: () => json(upgradeKey('reviews')),
  };
}
