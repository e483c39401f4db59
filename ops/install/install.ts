import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChartInput } from '../../charts/index.ts';
import { names } from '../../config/index.ts';
import { CommandError } from '../errors.ts';
import type { CommandContext } from '../terminal/command.ts';
import { type Changes, changesBetween, changesText } from './changes.ts';
import type { Explanation } from './explain.ts';
import { Helm } from './helm.ts';
import { type ClusterAddress, Kubectl } from './kubectl.ts';
import { applyPlatform } from './platform.ts';
import type { ReleaseResult } from './release.ts';
import { installReleases } from './releases.ts';
import { type PreparedChart, platformObjects, prepareCharts } from './render.ts';
import { assertRights, type KubeObject, neededRights, servedKinds } from './requirements.ts';
import { assertOurs, findTarget, type Target, versionWarning } from './target.ts';
import { findTool } from './tool.ts';
import { CHARTS, type ChartName, type UserValues } from './values.ts';

export interface InstallRequest {
  readonly inputs: readonly ChartInput[];
  readonly region: string;
  readonly address: ClusterAddress;
  /** Default: the namespace that the region's stack trusts. */
  readonly namespace?: string | undefined;
  readonly user: UserValues;
  /** How long each chart may take, in milliseconds. */
  readonly waitMs: number;
  readonly only?: ChartName | 'platform' | undefined;
  readonly dryRun: boolean;
}

export interface InstallResult {
  readonly region: string;
  readonly namespace: string;
  readonly context: string;
  readonly server: string;
  readonly kubernetes: string;
  readonly warnings: readonly string[];
  /** Objects of the platform that were applied. */
  readonly platform: number;
  readonly releases: readonly ReleaseResult[];
  /** What each chart would change; only with `dryRun`. */
  readonly changes?: Readonly<Record<string, Changes>>;
  readonly interrupted: boolean;
  /** Why something did not come up. */
  readonly explanations: readonly Explanation[];
  /** The failure, when a chart did not come up. */
  readonly failure?: CommandError;
}

/** Installs a region: checks everything first, then the platform, then each chart. */
export async function install(request: InstallRequest, context: CommandContext): Promise<InstallResult> {
  const { terminal } = context;
  const input = request.inputs.find((one) => one.region.name === request.region) as ChartInput;
  const expected = names.namespace(input.region.parts);
  const namespace = request.namespace ?? expected;
  const kubectl = new Kubectl(findTool('kubectl'), request.address, namespace);
  const helm = new Helm(findTool('helm'), request.address, namespace);
  const helmMajor = await helm.major();
  const target = await findTarget(kubectl);
  terminal.step(`Region ${request.region} of ${input.deployment.name}`);
  for (const line of targetLines(target)) terminal.line(line);
  assertOurs(target, {
    deployment: input.deployment.name,
    region: request.region,
    endpoint: input.outputs?.cluster_endpoint,
    named: request.address.context !== undefined,
  });
  const warnings = warningsOf(target, expected);
  for (const warning of warnings) terminal.line(`  warning: ${warning}`);

  const directory = mkdtempSync(join(tmpdir(), 'headrace-install-'));
  try {
    const { charts, platform } = await prepare(request, input, namespace, directory, { helm, kubectl, target });
    context.signal.throwIfAborted();
    const base = { region: request.region, namespace, ...shown(target), warnings };
    if (request.dryRun) {
      const changes = await plannedChanges(helm, charts);
      terminal.line(`  platform: ${platform.length} objects would be applied`);
      for (const [chart, planned] of Object.entries(changes)) terminal.line(`  ${chart}: ${changesText(planned)}`);
      return { ...base, platform: 0, releases: [], changes, interrupted: false, explanations: [] };
    }
    const done = await act(charts, platform, { ...request, helm, kubectl, helmMajor }, context);
    return { ...base, ...done };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const shown = ({ context, server, kubernetes }: Target) => ({ context, server, kubernetes });

export const targetLines = ({ context, server, kubernetes, namespace, labels }: Target): string[] => [
  `  context    ${context}`,
  `  server     ${server}, Kubernetes ${kubernetes}`,
  `  namespace  ${namespace}${labels ? '' : ' (new)'}`,
];

function warningsOf(target: Target, expected: string): string[] {
  const version = versionWarning(target);
  return [
    ...(version ? [version] : []),
    ...(target.namespace === expected
      ? []
      : [
          `cloud identities of the stack trust the namespace ${expected}: pods in ${target.namespace} reach no store with them`,
        ]),
  ];
}

/** Renders all that will be applied, and checks that the cluster takes it. Changes nothing. */
async function prepare(
  request: InstallRequest,
  input: ChartInput,
  namespace: string,
  directory: string,
  { helm, kubectl, target }: { helm: Helm; kubectl: Kubectl; target: Target },
): Promise<{ charts: PreparedChart[]; platform: KubeObject[] }> {
  const { only } = request;
  const wanted = CHARTS.filter((chart) => only === undefined || only === chart);
  const charts = await prepareCharts(directory, request.inputs, request.region, request.user, wanted, {
    helm,
    kubernetes: target.kubernetes,
  });
  const platform = only === undefined || only === 'platform' ? platformObjects(input, namespace) : [];
  if (platform.length === 0 && target.labels === undefined)
    throw new CommandError('HR-INSTALL-005', `namespace ${namespace}`, 'is not there', {
      mend: 'install the platform first: --only platform, or all at once',
    });
  const objects = [...platform, ...charts.flatMap((chart) => chart.objects)];
  await assertRights(kubectl, neededRights(await servedKinds(kubectl, objects), namespace));
  return { charts, platform };
}

async function plannedChanges(helm: Helm, charts: readonly PreparedChart[]): Promise<Record<string, Changes>> {
  const entries: [string, Changes][] = [];
  for (const { chart, release, manifest } of charts)
    entries.push([chart, changesBetween(await helm.manifest(release), manifest)]);
  return Object.fromEntries(entries);
}

type Acting = InstallRequest & { helm: Helm; kubectl: Kubectl; helmMajor: number };

async function act(
  charts: readonly PreparedChart[],
  platform: readonly KubeObject[],
  { helm, kubectl, helmMajor, waitMs }: Acting,
  { terminal, signal }: CommandContext,
): Promise<Pick<InstallResult, 'platform' | 'releases' | 'interrupted' | 'explanations' | 'failure'>> {
  if (platform.length) {
    await applyPlatform(kubectl, platform, signal);
    terminal.line(`  platform: ${platform.length} objects applied`);
  }
  return {
    platform: platform.length,
    ...(await installReleases(charts, { helm, kubectl, terminal, signal, helmMajor, waitMs })),
  };
}
