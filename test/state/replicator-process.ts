import { FileStore } from '../../runtime/state/file-store.ts';
import { Replicator } from '../../runtime/state/replicator.ts';
import { JOB } from './samples.ts';

const [from, to] = process.argv.slice(2) as [string, string];
process.send?.('started');
await new Replicator({
  job: JOB,
  region: 'eu',
  from: new FileStore(from),
  to: new FileStore(to),
  every: 10,
  retain: 2,
  grace: 0,
  concurrency: 3,
}).once();
process.send?.('done');
process.disconnect?.();
