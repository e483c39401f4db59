import { CheckpointStore } from '../state/checkpoints.ts';
import type { ObjectStore } from '../state/object-store.ts';
import { removeJournal } from './journal-file.ts';
import { removeParts } from './part-files.ts';

/** Where a job keeps what it forgets; see `LocalJobOptions`. */
export interface JobPlaces {
  readonly job: string;
  readonly store: ObjectStore;
  readonly journal: string;
  readonly sink: string;
}

/**
 * Removes a job's checkpoints, committed outputs and journal, so that its next start is its first; no other file of
 * these places is touched. Checkpoints go first: a job that still had them would miss the outputs that are gone.
 */
export async function forgetJob({ job, store, journal, sink }: JobPlaces): Promise<void> {
  await new CheckpointStore(store, job).removeAll();
  await removeParts(sink);
  await removeJournal(journal);
}
