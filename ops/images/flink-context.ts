import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { flinkDistribution, flinkFileSystem } from '../dev/cache.ts';
import { packageRoot } from '../package-root.ts';
import type { HeadraceJars } from './java-build.ts';
import { copy } from './tree.ts';

/** File systems by the folder of their plugin. */
const FILE_SYSTEMS = {
  's3-fs-native': 'flink-s3-fs-native',
  'azure-fs-hadoop': 'flink-azure-fs-hadoop',
  'gs-fs-hadoop': 'flink-gs-fs-hadoop',
} as const;

/** Reporters that say what Prometheus and an OpenTelemetry collector ask for; the others serve what charts do not set up. */
const PLUGINS = ['metrics-prometheus', 'metrics-otel'];

/**
 * Fills the build context of Flink's image: flink/ (bin and lib of the distribution), plugins/, usrlib/ and headrace/.
 * @throws CommandError HR-DEV-001 when something cannot be fetched.
 */
export async function flinkContext(directory: string, jars: HeadraceJars, say: (text: string) => void): Promise<void> {
  const at = (...path: string[]) => join(directory, ...path);
  const distribution = await flinkDistribution(say);
  for (const part of ['bin', 'lib']) copy(join(distribution, part), at('flink', part));
  mkdirSync(at('flink/conf'), { recursive: true });
  for (const plugin of PLUGINS) copy(join(distribution, 'plugins', plugin), at('plugins', plugin));
  for (const [plugin, artifact] of Object.entries(FILE_SYSTEMS))
    copy(join(await flinkFileSystem(artifact, say), 'lib'), at('plugins', plugin));
  copy(jars.azureIdentity, at('plugins/azure-fs-hadoop/headrace-azure-identity.jar'));
  copy(jars.stateFileSystem, at('plugins/headrace-state/headrace-state-fs.jar'));
  copy(jars.bridge, at('usrlib/headrace-bridge.jar'));
  // What starts Flink's processes: scripts, and the jar that they run.
  mkdirSync(at('headrace'));
  const scripts = join(packageRoot, 'runtime/images/flink/bin');
  if (existsSync(scripts)) copy(scripts, at('headrace/bin'));
  if (jars.launch !== undefined) copy(jars.launch, at('headrace/lib/headrace-launch.jar'));
}
