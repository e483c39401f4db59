import { parseDuration } from '../../config/index.ts';
import { type OpenDeployment, openDeployment } from '../deployment/open.ts';
import { CommandError, describeFailure } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { type InstallResult, install as run } from '../install/install.ts';
import { CHARTS, type ChartName } from '../install/values.ts';
import { chartInputs } from '../synth/inputs.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';

export interface InstallCommandOptions {
  readonly file: string;
  readonly profile?: string | undefined;
  readonly region: string;
  readonly outputs?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly namespace?: string | undefined;
  readonly set: readonly string[];
  readonly values: readonly string[];
  readonly wait: string;
  readonly only?: string | undefined;
  readonly dryRun: boolean;
}

/** Installs a region's platform and charts into a cluster. */
export async function install(options: InstallCommandOptions, context: CommandContext): Promise<Outcome<object>> {
  const open = await openDeployment(options.file, { profile: options.profile });
  assertRegion(open, options.region);
  const { failure, ...result } = await run(
    {
      inputs: chartInputs(open, options.outputs),
      region: options.region,
      address: { kubeconfig: options.kubeconfig, context: options.context },
      namespace: options.namespace,
      user: { set: options.set, values: options.values },
      waitMs: duration('--wait', options.wait),
      only: part(options.only),
      dryRun: options.dryRun,
    },
    context,
  );
  if (failure && !context.json) throw failure;
  if (failure) return { result: { ...result, failures: describeFailure(failure).failures }, exitCode: EXIT.failed };
  if (!options.dryRun && !result.interrupted) sayNext(result, context);
  return { result, exitCode: result.interrupted ? EXIT.interrupted : EXIT.ok };
}

function sayNext(
  { releases, namespace, context: name }: Omit<InstallResult, 'failure'>,
  { terminal }: CommandContext,
): void {
  for (const { release } of releases)
    terminal.line(`  check it: helm test ${release} --namespace ${namespace} --kube-context ${name}`);
}

/** @throws CommandError HR-CLI-006 */
export function assertRegion({ deployment }: OpenDeployment, region: string): void {
  const regions = deployment.regions.map((one) => one.name);
  if (!regions.includes(region))
    throw new CommandError('HR-CLI-006', '--region', `"${region}" is no region of ${deployment.name}`, {
      mend: `it has ${regions.join(', ')}`,
    });
}

function part(only: string | undefined): ChartName | 'platform' | undefined {
  const parts = ['platform', ...CHARTS] as const;
  const found = parts.find((one) => one === only);
  if (only === undefined || found) return found;
  throw new CommandError('HR-CLI-006', '--only', `"${only}" is no value of it`, { mend: `write ${parts.join(', ')}` });
}

export function duration(flag: string, text: string): number {
  const value = parseDuration(text);
  if (value !== undefined && value >= 1_000) return value;
  throw new CommandError('HR-CLI-006', flag, `"${text}" is no value of it`, { mend: 'write a duration such as 10m' });
}
