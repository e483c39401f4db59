import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { azureIdentityJar, bridgeJar, stateFileSystemJar } from '../dev/flink.ts';
import { isCheckout, packageRoot } from '../package-root.ts';
import { imagesError } from './errors.ts';

const run = promisify(execFile);

/** The jars of this package that images hold. */
export interface HeadraceJars {
  readonly bridge: string;
  readonly stateFileSystem: string;
  readonly azureIdentity: string;
  /** What starts Flink's processes, where it has been built. */
  readonly launch: string | undefined;
}

/**
 * The jars, built first where this is a checkout and one is missing.
 * @throws CommandError HR-DEV-003 for a jar that is missing in a package, HR-IMAGES-009 when the build fails.
 */
export async function headraceJars(say: (text: string) => void): Promise<HeadraceJars> {
  try {
    return found();
  } catch (error) {
    if (!isCheckout) throw error;
    say('building the Java parts');
    await build();
    return found();
  }
}

function found(): HeadraceJars {
  const launch = join(packageRoot, 'runtime/flink/launch/target/headrace-launch.jar');
  return {
    bridge: bridgeJar(),
    stateFileSystem: stateFileSystemJar(),
    azureIdentity: azureIdentityJar(),
    launch: existsSync(launch) ? launch : undefined,
  };
}

async function build(): Promise<void> {
  try {
    await run('npm', ['run', '--silent', 'build:java'], { cwd: packageRoot, maxBuffer: 16 << 20 });
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as { stdout?: string; stderr?: string; message: string };
    const end = `${stdout}${stderr}`.trim().slice(-1500) || message;
    throw imagesError(
      'HR-IMAGES-009',
      'runtime/flink',
      end,
      'npm run build:java shows it; it needs a JDK 17 and Maven',
    );
  }
}
