import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { flinkDistribution, flinkFileSystem } from '../dev/cache.ts';
import { azureIdentityJar, bridgeJar, stateFileSystemJar } from '../dev/flink.ts';
import { packageRoot } from '../package-root.ts';
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
 * @throws CommandError HR-DEV-001 when something cannot be fetched, HR-DEV-003 for a jar that has not been built.
 */
export async function flinkContext(directory: string, say: (text: string) => void): Promise<void> {
  const at = (...path: string[]) => join(directory, ...path);
  const distribution = await flinkDistribution(say);
  for (const part of ['bin', 'lib']) copy(join(distribution, part), at('flink', part));
  mkdirSync(at('flink/conf'), { recursive: true });
  for (const plugin of PLUGINS) copy(join(distribution, 'plugins', plugin), at('plugins', plugin));
  for (const [plugin, artifact] of Object.entries(FILE_SYSTEMS))
    copy(join(await flinkFileSystem(artifact, say), 'lib'), at('plugins', plugin));
  copy(azureIdentityJar(), at('plugins/azure-fs-hadoop/headrace-azure-identity.jar'));
  copy(stateFileSystemJar(), at('plugins/headrace-state/headrace-state-fs.jar'));
  copy(bridgeJar(), at('usrlib/headrace-bridge.jar'));
  writeLauncher(at('headrace'));
}

/** What starts Flink's processes: scripts of this folder, and the jar that they run. */
function writeLauncher(to: string): void {
  const scripts = join(packageRoot, 'runtime/images/flink/bin');
  for (const name of existsSync(scripts) ? readdirSync(scripts) : []) copy(join(scripts, name), join(to, 'bin', name));
  const jar = join(packageRoot, 'runtime/flink/launch/target/headrace-launch.jar');
  mkdirSync(join(to, 'lib'), { recursive: true });
  if (existsSync(jar)) copy(jar, join(to, 'lib/headrace-launch.jar'));
}
