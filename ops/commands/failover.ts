import { canBeAdopted, type DeploymentModel, homes, isActiveActive, type RegionModel } from '../../config/index.ts';
import { openDeployment } from '../deployment/open.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { replicatedOnce } from '../failover/copy.ts';
import { cancelFailover, runFailover } from '../failover/failover.ts';
import { type FailoverLook, lookAtFailover, lookLines } from '../failover/look.ts';
import { Owner } from '../failover/owner.ts';
import { isShared, openShared } from '../failover/places.ts';
import type { Failover } from '../failover/record.ts';
import { exitCodeOf, type FailoverResult, linesOf, reportOf } from '../failover/report.ts';
import { bridgeOf } from '../job/bridge.ts';
import { type ClusterFlags, type JobFlags, jobOf, reachCluster, readJob, specify } from '../job/open-job.ts';
import { findRegion, parseRoots } from '../replicate/places.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';

export interface FailoverFlags extends Omit<ClusterFlags, 'region'>, JobFlags {
  readonly jar?: string | undefined;
  /** Region that takes the job. Default for `failback`: the one that the file calls active. */
  readonly to?: string | undefined;
  readonly planned: boolean;
  /** Gives a job back to the region that it is of. */
  readonly back?: boolean;
  readonly cancel: boolean;
  /** Looks at what there is, and changes nothing. */
  readonly dryRun: boolean;
  readonly root: readonly string[];
  /** A Flink distribution, to copy a savepoint with. */
  readonly flinkHome?: string | undefined;
}

/** Moves the job to another region: from its newest restore point, or planned, with a savepoint and without loss. */
export async function failover(
  flags: FailoverFlags,
  command: CommandContext,
): Promise<Outcome<FailoverResult | Failover | FailoverLook>> {
  const { terminal } = command;
  const whole = (await openDeployment(flags.file, { profile: flags.profile })).deployment;
  const place = { ...flags, jobOf: homeOf(whole, flags) };
  const deployment = jobOf(whole, place.jobOf);
  const to = targetOf(deployment, flags);
  if (isActiveActive(whole) && !canBeAdopted(whole)) throw sameInputs(deployment);
  const roots = parseRoots(flags.root);
  for (const name of roots.keys()) findRegion(deployment, '--root', name);
  if (flags.cancel) {
    const { store } = await readJob({ ...place, region: to.name });
    const cancelled = await cancelFailover(await openShared(deployment, to, store, roots));
    terminal.line(`the failover to region ${cancelled.to} is cancelled: region ${cancelled.from} goes on`);
    return { result: cancelled };
  }
  const jar = bridgeOf(flags.jar);
  const job = await readJob({ ...place, region: to.name, stateRoot: flags.stateRoot ?? roots.get(to.name) });
  const specification = specify(job, flags);
  // What the standby lacks is said before the old region is told to stop.
  await reachCluster(job, command, specification.parallelism);
  terminal.progressDone();
  const shared = await openShared(deployment, to, job.store, roots);
  if (flags.dryRun) {
    const look = await lookAtFailover(shared, {
      planHash: job.open.plan.hash,
      tools: deployment.agent.tools,
    });
    for (const line of lookLines(look)) terminal.line(line);
    return { result: look };
  }
  const say = (line: string) => terminal.line(line);
  const owner = new Owner({ shared, say, onLost: () => {} });
  const copier = replicatedOnce({ deployment, shared, roots, flinkHome: flags.flinkHome, jar });
  try {
    const ended = await runFailover({
      ...{ shared, owner, specification, jar, planned: flags.planned },
      planHash: job.open.plan.hash,
      copy: copier.copy,
      wait: job.wait,
      signal: command.signal,
      say,
      async jobOf(held) {
        const signal = AbortSignal.any([command.signal, held.signal]);
        const context = await reachCluster(job, { ...command, signal }, specification.parallelism);
        return { ...context, nextEpoch: () => held.advance() };
      },
    });
    const result = reportOf(deployment, to.name, ended, isActiveActive(whole) ? place.jobOf : undefined);
    terminal.progressDone();
    for (const line of linesOf(result)) terminal.line(line);
    return { result, exitCode: exitCodeOf(result) };
  } finally {
    copier.close();
  }
}

/** The region whose job is moved: the one that is named; else, to give a job back, where it goes, and otherwise the only other one. */
function homeOf(deployment: DeploymentModel, { jobOf: named, to, back }: FailoverFlags): string {
  const here = to ?? process.env['HEADRACE_REGION'] ?? '';
  if (named !== undefined || back) return named ?? here;
  const others = homes(deployment).filter(({ name }) => name !== here);
  return others.length === 1 || !isActiveActive(deployment) ? (others[0]?.name ?? here) : '';
}

/** Another region's job reads that region's inputs, which must have a name of their own wherever they are. */
const sameInputs = ({ name }: DeploymentModel) =>
  new CommandError(
    'HR-FAILOVER-008',
    'source',
    `nothing in it tells the inputs of ${name} from those of another region`,
    {
      mend: 'write {region} into the name of the topic, and have the clusters mirror topics under the same names',
    },
  );

function targetOf(deployment: DeploymentModel, flags: FailoverFlags): RegionModel {
  if (!isShared(deployment)) {
    throw new CommandError('HR-FAILOVER-001', 'dr.mode', `${deployment.dr.mode} has no region to fail over to`, {
      mend: 'a failover moves a job of dr.mode: active-standby or active-active',
    });
  }
  const to = findRegion(
    deployment,
    '--to',
    flags.to ?? deployment.regions.find(({ role }) => role === 'active')?.name ?? '',
  );
  const here = process.env['HEADRACE_REGION'];
  if (here && here !== to.name) {
    throw new CommandError(
      'HR-FAILOVER-002',
      'HEADRACE_REGION',
      `this is region ${here}, whose Flink and store its environment names`,
      {
        mend: `run it where region ${to.name} is: in the pod of its supervisor, or without that variable and with all flags`,
        exitCode: EXIT.badInput,
      },
    );
  }
  return to;
}
