import { isActiveActive, names, type RegionModel } from '../../config/index.ts';
import { openDeployment } from '../deployment/open.ts';
import { flinkDistribution } from '../dev/cache.ts';
import { castOf } from '../drill/cast.ts';
import { drillsExitCode } from '../drill/exit-code.ts';
import type { DrillResult } from '../drill/index.ts';
import { assertMeant } from '../drill/regions/checks.ts';
import { type RegionDrillOptions, runRegionDrill } from '../drill/regions/run-region-drill.ts';
import { TopicWatch } from '../drill/regions/topic-watch.ts';
import { type KafkaFlags, watchRequest } from '../drill/regions/watch-request.ts';
import { RegionWorkloads, releasesOf } from '../drill/regions/workloads.ts';
import { sayDrill } from '../drill/say-drill.ts';
import { CommandError } from '../errors.ts';
import { regionContexts } from '../install/contexts.ts';
import { Kubectl } from '../install/kubectl.ts';
import { assertOurs, findTarget } from '../install/target.ts';
import { findTool } from '../install/tool.ts';
import { bridgeOf } from '../job/bridge.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';
import { badFlag, duration } from '../terminal/flags.ts';

export interface RegionDrillFlags extends KafkaFlags {
  readonly file: string;
  readonly profile?: string | undefined;
  /** `REGION=CONTEXT` of both. */
  readonly context: readonly string[];
  /** The region that may be killed although its tools do what they are for. */
  readonly yesIMean?: string | undefined;
  readonly revive: boolean;
  readonly stay: boolean;
  readonly strikeWith?: string | undefined;
  readonly reviveWith?: string | undefined;
  readonly answers: string;
  readonly observe: string;
  readonly wait: string;
  readonly jar?: string | undefined;
  readonly flinkHome?: string | undefined;
}

export interface Revived {
  readonly region: string;
  /** What was started again. */
  readonly started: readonly string[];
}

/** A drill of regions as they are installed: kills the active one's pods, and counts in the topics of the job. */
export async function drillRegions(
  flags: RegionDrillFlags,
  { out, history, ...context }: CommandContext & { readonly out: string; readonly history: string },
): Promise<Outcome<DrillResult | Revived>> {
  const { terminal, signal } = context;
  const open = await openDeployment(flags.file, { profile: flags.profile });
  const { deployment } = open;
  if (isActiveActive(deployment) || deployment.flink.manager === 'operator')
    throw new CommandError(
      'HR-DRILL-001',
      'dr.mode',
      'a drill of installed regions moves a job of active-standby whose lease is Headrace’s',
      {
        mend: 'in active-active, or with flink.manager: operator, drill on this machine, and fail over by hand',
      },
    );
  const cast = castOf(deployment);
  const contexts = contextsOf(flags.context, [cast.primary.name, cast.standby.name]);
  const clusterOf = async (region: RegionModel): Promise<Kubectl> => {
    const address = { context: contexts.get(region.name) };
    const kubectl = new Kubectl(findTool('kubectl'), address, names.namespace(region.parts));
    assertOurs(await findTarget(kubectl), { deployment: deployment.name, region: region.name, named: true });
    return kubectl;
  };
  if (flags.revive) {
    const workloads = new RegionWorkloads(await clusterOf(cast.primary), releasesOf(deployment.name));
    const started = await workloads.revive();
    terminal.line(
      started.length > 0
        ? `started again: ${started.join(', ')}`
        : `region ${cast.primary.name} was not stopped by a drill`,
    );
    return { result: { region: cast.primary.name, started } };
  }
  // What the file says is known at once; the drill asks what is installed as well.
  assertMeant(cast.primary.name, [deployment.agent.tools], flags.yesIMean);
  const request = watchRequest(open, cast.primary, flags);
  const answers = flags.answers;
  if (answers !== 'all' && answers !== 'some') throw badFlag('--answers', answers, 'write all or some');
  const jar = bridgeOf(flags.jar);
  const distribution = flags.flinkHome ?? (await flinkDistribution((text) => terminal.line(text)));
  const options: RegionDrillOptions = {
    open,
    cast,
    kubectl: { primary: await clusterOf(cast.primary), standby: await clusterOf(cast.standby) },
    startWatch: (file) => TopicWatch.start({ jar, distribution, file }, request),
    topics: `topics ${request.source.topic}, ${request.sink.topic}`,
    meant: flags.yesIMean,
    strikeWith: flags.strikeWith,
    reviveWith: flags.reviveWith,
    stay: flags.stay,
    answers,
    observe: duration('--observe', flags.observe),
    wait: duration('--wait', flags.wait),
    directory: out,
    history,
    signal,
    say: (line) => terminal.line(`  ${line}`),
    progress: (line) => terminal.progress(line),
  };
  terminal.step(`Drill of ${deployment.name}: region ${cast.primary.name} dies, ${cast.standby.name} takes over`);
  const result = await runRegionDrill(options);
  terminal.progressDone();
  sayDrill(result, terminal);
  return { result, exitCode: drillsExitCode([result]) };
}

function contextsOf(given: readonly string[], regions: readonly string[]): ReadonlyMap<string, string> {
  const contexts = regionContexts(given, regions);
  if (contexts) return contexts;
  throw badFlag('--context', given.join(' '), `write ${regions.map((name) => `--context ${name}=CONTEXT`).join(' ')}`);
}
