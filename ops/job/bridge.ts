import { existsSync } from 'node:fs';
import { bridgeJar } from '../dev/flink.ts';
import { CommandError } from '../errors.ts';

/** The jar of the job. @param path default: the one that was built here. @throws CommandError HR-JOB-003 HR-DEV-003 */
export function bridgeOf(path: string | undefined): string {
  if (path === undefined) return bridgeJar();
  if (existsSync(path)) return path;
  throw new CommandError('HR-JOB-003', '--jar', `${path} does not exist`, { mend: 'name headrace-bridge.jar' });
}
