import { resolve } from 'node:path';
import { type Bootstrapped, backendClouds, bootstrapStores } from '../deploy/bootstrap.ts';
import { preflight } from '../deploy/preflight.ts';
import { openDeployment } from '../deployment/open.ts';
import { CommandError } from '../errors.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';

export interface BootstrapOptions {
  readonly file: string;
  readonly profile?: string | undefined;
  readonly out?: string | undefined;
  readonly yes: boolean;
}

/** Makes what keeps Terraform's own state, in each cloud that the file names a store for. */
export async function bootstrap(
  options: BootstrapOptions,
  { terminal, signal }: CommandContext,
): Promise<Outcome<{ readonly stores: readonly Bootstrapped[] }>> {
  const { deployment } = await openDeployment(options.file, { profile: options.profile });
  const clouds = backendClouds(deployment);
  if (clouds.length === 0) {
    throw new CommandError('HR-DEPLOY-011', 'terraform.backend', 'the file keeps Terraform’s state in local files', {
      mend: 'name a store under terraform.backend.aws, azure or gcp',
    });
  }
  const command = await preflight(clouds.map(([cloud]) => ({ id: cloud, cloud })));
  const out = resolve(options.out ?? '.');
  const stores = await bootstrapStores({ deployment, out, command, yes: options.yes, terminal, signal });
  terminal.line(
    stores.length === 0 ? 'Nothing was changed.' : 'Terraform’s state has its place: headrace deploy uses it.',
  );
  return { result: { stores } };
}
