import { CommandError } from '../errors.ts';
import { type ClusterFlags, reachCluster, readJob } from '../job/open-job.ts';
import { bytes, span } from '../job/quantities.ts';
import { type SavepointResult, savepointAndRetain } from '../job/savepoint.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';

export interface SavepointOptions extends ClusterFlags {
  readonly retain?: string | undefined;
}

/** Takes a savepoint of the running job, and deletes old ones. */
export async function savepoint(options: SavepointOptions, command: CommandContext): Promise<Outcome<SavepointResult>> {
  const job = await readJob(options);
  const retain =
    options.retain === undefined ? job.open.deployment.state.savepoint.retain : wholeNumber(options.retain);
  const context = await reachCluster(job, command);
  const result = await savepointAndRetain(context, retain);
  command.terminal.progressDone();
  command.terminal.line(
    `savepoint ${result.savepoint}: ${bytes(result.size)} in ${span(result.duration)}; ${result.kept} kept, ${result.deleted.length} deleted`,
  );
  return { result };
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new CommandError('HR-JOB-003', '--retain', `"${text}" is no value of it`, {
    mend: 'write a whole number from 1 on',
  });
}
