import type { DeploymentModel } from '../../config/index.ts';
import { Replicator } from '../../runtime/state/replicator.ts';
import { FlinkMetadataProcess } from '../replicate/flink-metadata-process.ts';
import { findRegion, openPlace, placeOf } from '../replicate/places.ts';
import type { SharedJob } from './places.ts';
import { readFailover } from './record.ts';

export interface CopierOptions {
  readonly deployment: DeploymentModel;
  readonly shared: SharedJob;
  readonly roots: ReadonlyMap<string, string>;
  /** Undefined: this process cannot read Flink's metadata, and the region's replicator copies. */
  readonly flinkHome: string | undefined;
  /** Path of the bridge. */
  readonly jar: string;
}

/** Copies what the old region has to this one, as its replicator would: for a region that has none, such as at a failback. */
export function replicatedOnce({ deployment, shared, roots, flinkHome, jar }: CopierOptions) {
  if (flinkHome === undefined) return { copy: undefined, close: () => {} };
  const tool = new FlinkMetadataProcess({ distribution: flinkHome, jar });
  return {
    copy: async () => {
      const from = (await readFailover(shared.leases, shared.name))?.value.from;
      if (!from) return;
      const failures: unknown[] = [];
      await new Replicator({
        job: shared.name,
        region: shared.region.name,
        from: await openPlace(placeOf(findRegion(deployment, '--to', from), roots)),
        to: shared.store,
        every: deployment.dr.replication.every,
        retain: deployment.dr.replication.retain,
        readFlink: (directory, metadata) => tool.read(directory, metadata),
        onEvent: (event) => {
          if (event.kind === 'failed') failures.push(event.error);
        },
      }).once();
      if (failures.length > 0) throw failures[0];
    },
    close: () => tool.close(),
  };
}
