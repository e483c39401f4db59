import { openDeployment } from '../deployment/open.ts';
import { CommandError } from '../errors.ts';
import { uninstall as run, type UninstallResult } from '../install/uninstall.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';
import { assertRegion, duration } from './install.ts';

export interface UninstallCommandOptions {
  readonly file: string;
  readonly profile?: string | undefined;
  readonly region: string;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly namespace?: string | undefined;
  readonly keepData: boolean;
  readonly deleteData: boolean;
  readonly wait: string;
  readonly dryRun: boolean;
}

/** Removes a region's charts from a cluster. */
export async function uninstall(
  options: UninstallCommandOptions,
  context: CommandContext,
): Promise<Outcome<UninstallResult>> {
  if (options.keepData && options.deleteData)
    throw new CommandError('HR-CLI-006', '--delete-data', 'contradicts --keep-data', { mend: 'give one of them' });
  const open = await openDeployment(options.file, { profile: options.profile });
  assertRegion(open, options.region);
  const [region] = open.deployment.regions.filter((one) => one.name === options.region);
  if (!region) throw new Error(`no region ${options.region}`);
  const result = await run(
    {
      deployment: open.deployment,
      region,
      address: { kubeconfig: options.kubeconfig, context: options.context },
      namespace: options.namespace,
      deleteData: options.deleteData,
      waitMs: duration('--wait', options.wait),
      dryRun: options.dryRun,
    },
    context,
  );
  return { result };
}
