import type { LocalJobOptions, LocalResult } from '../../runtime/local/index.ts';
import type { Lease } from '../../runtime/state/lease.ts';
import type { ObjectStore } from '../../runtime/state/object-store.ts';
import type { RegionOrder, RegionSettings } from './region-settings.ts';
import type { Happening } from './timeline.ts';

/** What both parts of a region work with. */
export interface RegionContext {
  readonly settings: RegionSettings;
  readonly stores: Readonly<Record<'primary' | 'standby' | 'lease', ObjectStore>>;
  readonly lease: Lease;
  readonly planHash: string;
  /** The job but for what its owner decides: ownership, gate, and what is closed. */
  readonly job: Omit<LocalJobOptions, 'ownership' | 'gate' | 'closed'>;
  /** Ends the wait for the lease. */
  readonly signal: AbortSignal;
  readonly say: (happening: Happening) => void;
  /** Obeys the orders that one part alone knows; returns what was switched. */
  onOrder: (order: RegionOrder) => Promise<string> | string;
}

/** A job that came to its end, with the lease that it still holds. */
export interface FinishedPart extends LocalResult {
  readonly release: () => Promise<void>;
}
