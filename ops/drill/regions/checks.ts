import type { ToolMode } from '../../../runtime/api/index.ts';
import { CommandError } from '../../errors.ts';
import { EXIT } from '../../exit-codes.ts';
import type { FailoverLook } from '../../failover/look.ts';
import type { FailoverResult } from '../../failover/report.ts';
import type { Watched } from './topic-watch.ts';

/** Who dies, and who takes over. */
export interface RegionNames {
  readonly primary: string;
  readonly standby: string;
}

/**
 * Where tools do what they are for, outputs are somebody's: that is production, whatever a profile of the file says here.
 * @param tools of the file, and of what is installed.
 * @param meant the region of `--yes-i-mean`.
 * @throws CommandError HR-DRILL-011
 */
export function assertMeant(region: string, tools: readonly ToolMode[], meant: string | undefined): void {
  if (meant !== undefined ? meant === region : !tools.includes('run')) return;
  throw new CommandError(
    'HR-DRILL-011',
    `region ${region}`,
    meant === undefined
      ? 'it is production: agent.tools is run, and what is killed is what people use'
      : `--yes-i-mean names region ${meant}, and this drill kills region ${region}`,
    {
      mend: `write --yes-i-mean ${region} if you do; or drill a deployment of its own topics whose agent.tools is dry-run`,
      exitCode: EXIT.badInput,
    },
  );
}

/**
 * A drill starts from a deployment in good order: a failover that would not work by itself is no drill.
 * @throws CommandError HR-DRILL-015
 */
export function assertInOrder(
  { lease, underWay, restorePoint }: FailoverLook,
  { primary, standby }: RegionNames,
): void {
  const wrong =
    lease?.owner !== primary || lease.state !== 'held'
      ? `the lease is ${lease ? `${lease.owner}'s, ${lease.state}` : 'nobody’s'}; the file says that ${primary} has the job`
      : underWay
        ? `a failover is under way: it is ${underWay}`
        : restorePoint
          ? undefined
          : `region ${standby} has no restore point`;
  if (wrong === undefined) return;
  throw new CommandError('HR-DRILL-015', `region ${primary}`, wrong, {
    exitCode: EXIT.failed,
    mend: 'headrace status shows the job, headrace failover --dry-run the lease; headrace failback gives the job back',
  });
}

/** @throws CommandError HR-DRILL-012 */
export function assertMoved({ outcome, from }: FailoverResult, { primary, standby }: RegionNames): void {
  if (outcome === 'moved' && from === primary) return;
  throw new CommandError('HR-DRILL-012', `failover --to ${standby}`, `it ended as ${outcome}, from ${from}`, {
    exitCode: EXIT.failed,
  });
}

/** A stream that stands still measures nothing. @param ms for which it was watched. @throws CommandError HR-DRILL-016 */
export function assertBusy(seen: readonly Watched[], place: string, ms: number): void {
  const of = (wanted: Watched['kind']) => seen.filter(({ kind }) => kind === wanted).length;
  const [inputs, outputs] = [of('input'), of('output')];
  if (inputs > 0 && outputs > 0) return;
  throw new CommandError(
    'HR-DRILL-016',
    place,
    `${inputs} inputs and ${outputs} outputs came within ${ms / 1000} s: nothing could be measured, and nothing was killed`,
    { exitCode: EXIT.failed, mend: 'drill while inputs come, or watch for longer with --observe' },
  );
}
