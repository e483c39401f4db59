import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { flinkDistribution } from '../../ops/dev/cache.ts';

const run = promisify(execFile);

/** Compiles one Java file of a job against Flink's distribution. @returns the jar, with the class as its main class. */
export async function jobJar(source: string, directory: string): Promise<string> {
  const lib = join(await flinkDistribution(() => {}), 'lib');
  const libraries = readdirSync(lib).map((name) => join(lib, name));
  const classes = join(directory, 'classes');
  mkdirSync(classes, { recursive: true });
  const name = basename(source, '.java');
  const jar = join(directory, `${name}.jar`);
  await run('javac', ['--release', '17', '-nowarn', '-cp', libraries.join(':'), '-d', classes, source]);
  await run('jar', ['--create', '--file', jar, '--main-class', name, '-C', classes, '.']);
  return jar;
}
