// Flink ignores keys that it does not know, and fails late on values that it cannot read: both are looked for here with
// the option objects of Flink's own jars.
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { flinkDistribution, flinkFileSystem } from '../../ops/dev/cache.ts';
import { inputs, manifests, ONE_REGION, pick, THREE_REGIONS } from '../charts/inputs.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';

const run = promisify(execFile);
const CHECK = fileURLToPath(new URL('./CheckOptions.java', import.meta.url));

/** Keys of own plugins, of Hadoop and of named reporters: no option of Flink's jars has them. */
const OF_PLUGINS = /^(agent|headrace|fs\.azure|metrics\.reporter\.prom)\./;

/** Writes config.yaml files and has Flink's options read them. */
async function check(files: Readonly<Record<string, string>>): Promise<string[]> {
  const directory = temporaryDirectory();
  const directories = Object.entries(files).map(([name, text]) => {
    mkdirSync(join(directory, name));
    writeFileSync(join(directory, name, 'config.yaml'), text);
    return join(directory, name);
  });
  const flink = await flinkDistribution(console.log);
  const s3 = join(await flinkFileSystem('flink-s3-fs-native', console.log), 'lib');
  const jars = [
    join(flink, 'lib', 'flink-dist-2.3.0.jar'),
    ...readdirSync(s3)
      .filter((name) => name.startsWith('flink-s3-fs-native'))
      .map((name) => join(s3, name)),
  ];
  const classpath = [join(flink, 'lib', '*'), join(s3, '*')].join(':');
  const { stdout } = await run('java', ['-cp', classpath, CHECK, ...directories, '--', ...jars], {
    maxBuffer: 1 << 24,
  });
  const lines = stdout.split('\n').filter((line) => /^(options|unknown|deprecated|refused) /.test(line));
  expect(Number(/^options (\d+)$/.exec(lines[0] ?? '')?.[1])).toBeGreaterThan(500);
  return lines.slice(1).filter((line) => !OF_PLUGINS.test(line.split(' ')[2] ?? ''));
}

test('every generated key is an option of Flink 2.3, and its value one that the option reads', async () => {
  const regions = [...inputs(THREE_REGIONS), ...inputs(ONE_REGION)];
  const files = Object.fromEntries(
    regions.map((input) => [
      `${input.deployment.name}-${input.region.name}`,
      pick(manifests(input), 'ConfigMap', `${input.deployment.name}-flink-config`).data['config.yaml'] as string,
    ]),
  );
  expect(await check(files)).toEqual([]);
});

test('a key that is no option, a value that is none and an old key are found', async () => {
  const found = await check({
    broken: 'rest.prot: 8081\nrest.port: http\nstate.backend: rocksdb\nexecution.checkpointing.interval: 5 sheep\n',
  });
  expect(found).toEqual([
    expect.stringMatching(/^refused broken execution\.checkpointing\.interval: 5 sheep/),
    expect.stringMatching(/^refused broken rest\.port: http/),
    'unknown broken rest.prot',
    'deprecated broken state.backend',
  ]);
});
