// The cdktf app: `cdktf synth | deploy | destroy` run this file as cdktf.json says.
import { ConfigError, loadDeployment, SynthesisError } from '../config/index.ts';
import { buildApp } from './app.ts';

const DEFAULT_FILE = 'headrace.yaml';

/** `HEADRACE_FILE` first, then the context of cdktf.json, then headrace.yaml here. */
function deploymentFile(): string {
  const context = JSON.parse(process.env['CDKTF_CONTEXT_JSON'] ?? '{}') as Record<string, unknown>;
  const named = process.env['HEADRACE_FILE'] ?? context['headrace:file'];
  return typeof named === 'string' ? named : DEFAULT_FILE;
}

try {
  const { app } = await buildApp(loadDeployment(deploymentFile()));
  app.synth();
} catch (error) {
  if (!(error instanceof ConfigError) && !(error instanceof SynthesisError)) throw error;
  process.stderr.write(`${error instanceof ConfigError ? error.message : error.render()}\n`);
  process.exitCode = 2;
}
