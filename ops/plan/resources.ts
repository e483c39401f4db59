import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeploymentModel } from '../../config/index.ts';
import { buildApp } from '../../stacks/app.ts';

type Resource = Readonly<Record<string, unknown>>;

/** Resources of a stack by type. */
export type StackResources = ReadonlyMap<string, readonly Resource[]>;

/** What each region's stack makes, by region. Synthesized in a folder of its own, which is gone afterwards. */
export async function regionResources(deployment: DeploymentModel): Promise<ReadonlyMap<string, StackResources>> {
  const outdir = mkdtempSync(join(tmpdir(), 'headrace-plan-'));
  try {
    const { app } = await buildApp(deployment, outdir);
    app.synth();
    return new Map(
      deployment.regions.map(({ name }) => {
        const file = join(outdir, 'stacks', `${deployment.name}-${name}`, 'cdk.tf.json');
        const { resource } = JSON.parse(readFileSync(file, 'utf8')) as {
          resource: Record<string, Record<string, Resource>>;
        };
        return [name, new Map(Object.entries(resource).map(([type, byName]) => [type, Object.values(byName)]))];
      }),
    );
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
