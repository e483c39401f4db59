import type { JobSpecification } from '../../runtime/remote/index.ts';
import { permitKey } from '../../runtime/state/permit.ts';
import type { JobContext } from '../job/context.ts';

const POLL_MS = 500;
/** Kafka ends a transaction after ten minutes, and its outputs with it. */
const ALONE_MS = 300_000;

/** The specification of a job that regions share: it commits what its region's permit allows. */
export function guarded(
  specification: JobSpecification,
  { places, name }: Pick<JobContext, 'places' | 'name'>,
): JobSpecification {
  return {
    ...specification,
    guard: {
      permit: places.uriOf(permitKey(name)),
      poll: POLL_MS,
      alone: specification.sink.kafka ? ALONE_MS : null,
    },
  };
}
