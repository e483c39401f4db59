import { join } from 'node:path';
import { asStandby } from '../../ops/drill/region-standby.ts';
import { FileStore } from '../../runtime/state/file-store.ts';
import { MemoryStore } from '../state/memory-store.ts';
import { smallRegion } from './small-failover.ts';

const [directory, holder] = process.argv.slice(2) as [string, string];
const stores = {
  primary: new MemoryStore('lost'),
  standby: new FileStore(join(directory, 'eu')),
  lease: new FileStore(join(directory, 'asia')),
};
process.send?.('started');
const { release } = await asStandby(smallRegion({ part: 'standby', stores, directory, holder }));
await release();
process.send?.('done');
process.disconnect?.();
