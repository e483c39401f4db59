import type { JobSpecification } from '../../runtime/remote/index.ts';
import type { HeldLease } from '../../runtime/state/lease.ts';
import type { JobContext } from '../job/context.ts';
import type { Owner } from './owner.ts';
import type { SharedJob } from './places.ts';

export interface FailoverOptions {
  /** Of the region that takes the job. */
  readonly shared: SharedJob;
  readonly owner: Owner;
  readonly specification: JobSpecification;
  /** Path of the bridge. */
  readonly jar: string;
  readonly planHash: string;
  readonly planned: boolean;
  /** The cluster that the job is started on, under a lease. */
  readonly jobOf: (held: HeldLease) => Promise<JobContext>;
  /** Copies from the old region's store once, where this process can; otherwise the replicator of this region does. */
  readonly copy?: ((from: string) => Promise<void>) | undefined;
  /** Milliseconds that each of these may take: the old region's stop, the copy, the lease. */
  readonly wait: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}
