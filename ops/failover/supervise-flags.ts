import type { ClusterFlags, JobFlags } from '../job/open-job.ts';

export interface SuperviseFlags extends ClusterFlags, JobFlags {
  readonly retryFailed: boolean;
  /** State roots that are not where the file says, as region=uri. */
  readonly root: readonly string[];
}
