import { readFileSync } from 'node:fs';
import { isActiveActive, names, type RegionModel } from '../../config/index.ts';
import { type OpenDeployment, openDeployment } from '../deployment/open.ts';
import { flinkDistribution } from '../dev/cache.ts';
import { castOf } from '../drill/cast.ts';
import type { DrillResult } from '../drill/index.ts';
import { type RegionDrillOptions, runRegionDrill } from '../drill/regions/run-region-drill.ts';
import type { WatchRequest } from '../drill/regions/topic-watch.ts';
import { RegionWorkloads, releasesOf } from '../drill/regions/workloads.ts';
import { sayDrill } from '../drill/say-drill.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { Kubectl } from '../install/kubectl.ts';
import { assertOurs, findTarget } from '../install/target.ts';
import { findTool } from '../install/tool.ts';
import { bridgeOf } from '../job/bridge.ts';
import { flinkJob, needsKafka } from '../run/flink-job.ts';
import { readOutputs } from '../synth/outputs.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';
import { badFlag, duration } from '../terminal/flags.ts';

export interface RegionDrillFlags {
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
  readonly outputs?: string | undefined;
  readonly kafka?: string | undefined;
  readonly kafkaProperties?: string | undefined;
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
  assertMeant(open, cast.primary.name, flags.yesIMean);
  const request = watchRequest(open, cast.primary, flags);
  const answers = flags.answers;
  if (answers !== 'all' && answers !== 'some') throw badFlag('--answers', answers, 'write all or some');
  const options: RegionDrillOptions = {
    open,
    cast,
    kubectl: { primary: await clusterOf(cast.primary), standby: await clusterOf(cast.standby) },
    watch: request,
    jar: bridgeOf(flags.jar),
    distribution: flags.flinkHome ?? (await flinkDistribution((text) => terminal.line(text))),
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
  const missed = result.exact && result.surprises.length === 0;
  return { result, exitCode: result.passed ? EXIT.ok : missed ? EXIT.objectiveMissed : EXIT.failed };
}

/**
 * Where tools do what they are for, outputs are somebody's: that is production.
 * @throws CommandError HR-DRILL-011
 */
function assertMeant({ deployment, plan }: OpenDeployment, region: string, meant: string | undefined): void {
  if (meant !== undefined ? meant === region : deployment.agent.tools === 'dry-run') return;
  const tools = Object.values(plan.resources).filter(({ kind }) => kind === 'tool').length;
  throw new CommandError(
    'HR-DRILL-011',
    `region ${region}`,
    meant === undefined
      ? `it is production: agent.tools is run (${tools} tools), and what is killed is what people use`
      : `--yes-i-mean names region ${meant}, and this drill kills region ${region}`,
    {
      mend: `write --yes-i-mean ${region} if you do; or drill a deployment of its own topics whose agent.tools is dry-run`,
      exitCode: EXIT.badInput,
    },
  );
}

function contextsOf(given: readonly string[], regions: readonly string[]): ReadonlyMap<string, string> {
  const contexts = new Map(given.map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]));
  if (contexts.size === regions.length && regions.every((region) => contexts.get(region))) return contexts;
  throw badFlag(
    '--context',
    given.join(' '),
    `write ${regions.map((region) => `--context ${region}=CONTEXT`).join(' ')}`,
  );
}

/** The job's topics as this machine reaches them. @throws CommandError HR-DRILL-013 for a job without topics. */
function watchRequest(open: OpenDeployment, region: RegionModel, flags: RegionDrillFlags): WatchRequest {
  const { deployment, plan } = open;
  const outputs = flags.outputs === undefined ? {} : readOutputs(flags.outputs);
  const managed = flags.kafka ?? outputs[`${deployment.name}-${region.name}`]?.kafka_bootstrap;
  if (needsKafka(open) && managed === undefined)
    throw badFlag('--kafka', '', 'name the brokers that bootstrap: managed means, or --outputs of the stacks');
  const { source, sink } = flinkJob(open, {
    workers: { targets: ['unused:1'], tls: null },
    kafka: managed,
    region: region.name,
    development: true,
  });
  if (!source.kafka || !sink.kafka)
    throw new CommandError(
      'HR-DRILL-013',
      source.kafka ? 'sink' : 'source',
      'inputs and outputs are counted in topics of Kafka alone',
      {
        exitCode: EXIT.badInput,
        mend: 'drill on this machine, without --context, or give the job a source and a sink of Kafka',
      },
    );
  const own = flags.kafkaProperties === undefined ? undefined : properties(flags.kafkaProperties);
  const topic = ({
    topic: name,
    bootstrap,
    properties: given,
  }: {
    topic: string;
    bootstrap: string[];
    properties?: Record<string, string> | undefined;
  }) => ({
    topic: name,
    bootstrap: flags.kafka === undefined ? bootstrap : flags.kafka.split(','),
    properties: own ?? given ?? {},
  });
  return {
    source: topic(source.kafka),
    sink: topic(sink.kafka),
    deadLetters: sink.kafka.deadLetterTopic,
    key: plan.key,
    ...(plan.id === undefined ? {} : { id: plan.id }),
  };
}

/** Lines `name=value`, as Kafka's own tools take them. Values may be secrets: none is shown. */
function properties(file: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [i, line] of readFileSync(file, 'utf8').split('\n').entries()) {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) continue;
    const at = text.indexOf('=');
    if (at < 1) throw badFlag('--kafka-properties', `${file}:${i + 1}`, 'write name=value');
    found[text.slice(0, at).trim()] = text.slice(at + 1).trim();
  }
  return found;
}
