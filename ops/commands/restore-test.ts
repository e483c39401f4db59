import { VERSIONS } from '../../config/index.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { bridgeOf } from '../job/bridge.ts';
import { mendOf } from '../job/explain.ts';
import { fileDigest, identityOf } from '../job/identity.ts';
import { type ClusterFlags, type JobFlags, reachCluster, readJob, specify } from '../job/open-job.ts';
import { bytes, span } from '../job/quantities.ts';
import { type RestoreTestResult, testRestore } from '../job/restore-test.ts';
import { keepJar } from '../job/start.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';

export interface RestoreTestOptions extends ClusterFlags, JobFlags {
  readonly jar?: string | undefined;
}

/** Proves that the newest snapshot can be restored. @throws CommandError HR-JOB-013 when it cannot. */
export async function restoreTest(
  options: RestoreTestOptions,
  command: CommandContext,
): Promise<Outcome<RestoreTestResult>> {
  const job = await readJob(options);
  const context = await reachCluster(job, command);
  const result = await testRestore(context, async () => {
    const path = bridgeOf(options.jar);
    const specification = specify(job, options);
    const jar = await fileDigest(path);
    await keepJar(context, path, jar);
    return { identity: identityOf(specification, jar), specification, jar, headrace: VERSIONS.headrace };
  });
  command.terminal.progressDone();
  if (!result.ok) {
    const reason = result.reason ?? 'no reason given';
    throw new CommandError('HR-JOB-013', result.snapshot, `it was not restored: ${reason}`, {
      exitCode: EXIT.failed,
      mend: `${mendOf(reason) ?? 'the job itself would not come back either: look into it now'}; the result is in ${result.record}`,
    });
  }
  const size = result.stateSize === undefined ? '' : `, ${bytes(result.stateSize)} of state`;
  const state = result.state ? `, ${result.state.entries} entries with digest ${result.state.digest.slice(0, 16)}` : '';
  command.terminal.line(
    `${result.kind} ${result.snapshot} of ${span(result.age)} ago was restored in ${span(result.duration)}${size}${state}; the result is in ${result.record}`,
  );
  return { result };
}
