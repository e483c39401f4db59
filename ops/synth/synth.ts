import { rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { pendingOutputs, renderHelmCharts, renderManifests } from '../../charts/index.ts';
import { buildApp } from '../../stacks/app.ts';
import type { OpenDeployment } from '../deployment/open.ts';
import { assertContract } from './contract.ts';
import { chartInputs } from './inputs.ts';
import { replaceDirectory, workDirectory, writeFiles } from './replace.ts';

export interface SynthOptions {
  /** Directory that `cdktf.out` and `dist` are made in. Default: the current one. */
  readonly out?: string | undefined;
  /** File of `cdktf output --outputs-file`: values that exist only after a deployment. Default: none. */
  readonly outputs?: string | undefined;
}

export interface SynthResult {
  /** Stack ids in the order in which to deploy them. */
  readonly stacks: readonly string[];
  /** Directories that were written, relative to the current one. */
  readonly written: readonly string[];
  /** Manifest files by region. */
  readonly manifests: Readonly<Record<string, number>>;
  readonly charts: readonly string[];
  /** Outputs of a region's stack that its charts still wait for. */
  readonly pending: Readonly<Record<string, readonly string[]>>;
}

/** Each is replaced as a whole. */
const WRITTEN = ['cdktf.out', 'dist/manifests', 'dist/helm'];

/**
 * Synthesizes stacks, manifests and charts. Everything is made and checked before anything takes its place, so that a
 * failure leaves what was there before.
 */
export async function synthesize(open: OpenDeployment, options: SynthOptions = {}): Promise<SynthResult> {
  const { deployment } = open;
  const out = resolve(options.out ?? '.');
  const inputs = chartInputs(open, options.outputs);
  const work = workDirectory(out);
  try {
    const stacksOut = join(work, 'cdktf.out');
    const { app, contracts, stacks } = await buildApp(deployment, stacksOut);
    app.synth();
    const manifests: Record<string, number> = {};
    const dist = join(work, 'dist');
    for (const input of inputs) {
      const files = renderManifests(input);
      const contract = contracts.find((c) => c.region === input.region.name);
      if (contract) assertContract(contract, files);
      writeFiles(join(dist, 'manifests', input.region.name), files);
      manifests[input.region.name] = files.size;
    }
    const charts = renderHelmCharts(inputs);
    writeFiles(join(dist, 'helm'), charts);
    for (const path of WRITTEN) replaceDirectory(join(work, path), join(out, path), join(work, 'trash', path));
    return {
      stacks,
      written: WRITTEN.map((path) => relative(process.cwd(), join(out, path))),
      manifests,
      charts: [...new Set([...charts.keys()].map((path) => path.split('/')[0] ?? ''))],
      pending: Object.fromEntries(inputs.map((input) => [input.region.name, pendingOutputs(input)])),
    };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
