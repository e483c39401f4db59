import { join } from 'node:path';
import { z } from 'zod';
import type { RegionContext } from '../../ops/drill/region-context.ts';
import type { RegionSettings } from '../../ops/drill/region-settings.ts';
import type { Happening } from '../../ops/drill/timeline.ts';
import { agent, InputEvent } from '../../runtime/api/index.ts';
import type { LocalJobOptions } from '../../runtime/local/index.ts';
import { listSource } from '../../runtime/local/index.ts';
import { compilePlan } from '../../runtime/plan/index.ts';
import { Lease } from '../../runtime/state/lease.ts';
import { decodeLease, encodeLease, leaseKey } from '../../runtime/state/lease-record.ts';
import type { ObjectStore } from '../../runtime/state/object-store.ts';
import { job, records } from '../runtime/local/sample-job.ts';

/** Inputs of the stream, of three keys. */
export const INPUTS = 40;
/** Records a second: a checkpoint every few of them. */
const RATE = 250;

/** Counts the inputs of a key. It calls nothing, so that no journal has to reach a disk before it goes on. */
const counter = agent('counter', {
  input: z.object({ id: z.string(), key: z.string() }),
  output: z.object({ id: z.string(), n: z.number() }),
  key: '/key',
  memory: { n: z.number().default(0) },
}).on(InputEvent, ({ value }, ctx) => {
  ctx.output({ id: value.id, n: ctx.memory.update('n', (n) => n + 1) });
});

/** The stream on its own: the job of both regions. @param onRead told of each record's number before it is handed over. */
export function smallJob(directory: string, onRead: (record: number) => unknown = () => {}): LocalJobOptions {
  const source = listSource(records(INPUTS));
  return {
    ...job(directory),
    agent: counter,
    source: {
      ...source,
      async *open(position, signal) {
        for await (const batch of source.open(position, signal)) {
          for (const one of batch) {
            yield [one];
            onRead(one.record);
          }
        }
      },
    },
  };
}

export interface SmallRegion {
  readonly part: 'primary' | 'standby';
  readonly stores: RegionContext['stores'];
  /** Directory of the sink, which both parts share, and of the part's own journal. */
  readonly directory: string;
  readonly holder: string;
  readonly say?: (happening: Happening) => void;
  /** Ends its wait for the lease. Default: never. */
  readonly signal?: AbortSignal;
  /** Without a limit to its rate: one checkpoint, at the end. */
  readonly hasty?: boolean;
}

/** A region of a drill with a stream of a moment, in this process. */
export function smallRegion({
  part,
  stores,
  directory,
  holder,
  say = () => {},
  signal = new AbortController().signal,
  hasty,
}: SmallRegion): RegionContext {
  const region = part === 'primary' ? 'us' : 'eu';
  const options: LocalJobOptions = {
    ...smallJob(directory),
    store: stores[part],
    journal: join(directory, `journal-${region}`),
    region,
    rate: hasty ? undefined : RATE,
    checkpoint: { interval: 8, incremental: true, retain: 3 },
    onEvent: ({ type, ...event }) => say({ kind: type, ...event } as Happening),
  };
  const root = { region, uri: stores[part].uri };
  const settings: RegionSettings = {
    ...{ file: '', part, region, name: region, job: options.job, commit: 'replicated' },
    ...{ journal: options.journal, outputs: options.sink, timeline: '', calls: '', rate: RATE },
    roots: { primary: root, standby: root, lease: root },
    retain: { checkpoints: 3, restorePoints: 3 },
    times: {
      ...{ checkpoint: 8, replication: 2, stream: 80, patience: 50, backoff: 1 },
      lease: { ttl: 60_000, renew: 20_000, skew: 100, poll: 5 },
    },
  };
  const lease = new Lease({
    ...{ store: stores.lease, job: options.job, region, holder },
    settings: settings.times.lease,
    poll: 5,
  });
  return { settings, stores, lease, planHash: compilePlan(counter).hash, job: options, signal, say, onOrder: () => '' };
}

/** What time would do: the lease of a process that is dead runs out. */
export async function expireLease(store: ObjectStore): Promise<void> {
  const object = await store.getVersioned(leaseKey('job'));
  if (!object) return;
  const record = decodeLease(store.uri, object.data);
  if (record.state === 'held') {
    await store.putIfVersion(leaseKey('job'), encodeLease({ ...record, state: 'released' }), object.version);
  }
}
