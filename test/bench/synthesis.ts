// How long the stacks of nine regions in three clouds take to synthesize, and how much memory. Compiled: `npm run bench:synthesis`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** What nine regions may take, and how much more the last three may cost than the three before: cost grows linearly. */
const BARS = { seconds: 4, mebibytes: 400, growth: 1.5 };

const COUNTS = [3, 6, 9] as const;

const PLACES = {
  aws: ['us-east-1', 'us-west-2', 'eu-west-1'],
  azure: ['westeurope', 'northeurope', 'eastus'],
  gcp: ['asia-southeast1', 'europe-west4', 'us-central1'],
} as const;

const file = (regionsOfAll: number) =>
  [
    'version: 1',
    'name: reviews',
    'id: 5c1a9e',
    'agent: { entry: ./agent.ts }',
    'regions:',
    ...Object.entries(PLACES)
      .flatMap(([cloud, regions]) => regions.slice(0, regionsOfAll / 3).map((region) => ({ cloud, region })))
      .map(
        ({ cloud, region }, i) =>
          `  - { name: r${i}, cloud: ${cloud}, region: ${region}, role: ${i === 0 ? 'active' : 'standby'}${cloud === 'gcp' ? ', account: streams' : ''} }`,
      ),
    'source: { kafka: { topic: reviews, bootstrap: managed } }',
    'sink: { kafka: { topic: ratings, bootstrap: managed } }',
    'dns: { zone: reviews.example.com }',
  ].join('\n');

const work = mkdtempSync(join(tmpdir(), 'headrace-synthesis-'));
const compiled = fileURLToPath(new URL('../../build/stacks/', import.meta.url));
const from = (path: string) => JSON.stringify(pathToFileURL(join(compiled, path)).href);
const SYNTHESIZE = [
  `import { buildApp } from ${from('app.js')};`,
  `import { loadDeployment } from ${from('../config/index.js')};`,
  'async function synthesize(count) {',
  "  const { app } = await buildApp(loadDeployment(count + '.yaml'), count + '.out');",
  '  app.synth();',
  '}',
];
/** As a command does it: loads everything and synthesizes once. */
const ONCE = [
  ...SYNTHESIZE,
  'await synthesize(process.argv[2]);',
  'const { maxRSS } = process.resourceUsage();',
  'process.stdout.write(JSON.stringify({ seconds: performance.now() / 1000, mebibytes: maxRSS / 1024 }));',
];
/** What regions cost beside all that is loaded: the least time of processors of several turns, by count. */
const WARM = [
  ...SYNTHESIZE,
  'const least = {};',
  'for (let turn = 0; turn < 20; turn++) {',
  `  for (const count of ${JSON.stringify(COUNTS)}) {`,
  '    const before = process.cpuUsage();',
  '    await synthesize(count);',
  '    const { user, system } = process.cpuUsage(before);',
  '    least[count] = Math.min(least[count] ?? Infinity, (user + system) / 1e6);',
  '  }',
  '}',
  'process.stdout.write(JSON.stringify(least));',
];

/** Runs lines of JavaScript with the compiled stacks, and returns what they print. */
function run<T>(lines: readonly string[], ...args: readonly string[]): T {
  const script = join(work, 'child.mjs');
  writeFileSync(script, lines.join('\n'));
  const options = { cwd: work, encoding: 'utf8' } as const;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--no-deprecation', script, ...args], options);
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as T;
}

try {
  for (const count of COUNTS) writeFileSync(join(work, `${count}.yaml`), file(count));
  process.stdout.write(`${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, Node ${process.versions.node}\n`);
  let missed = false;
  for (const count of COUNTS) {
    const runs = Array.from({ length: 5 }, () => run<{ seconds: number; mebibytes: number }>(ONCE, String(count)));
    // The fastest: the others waited for the machine.
    const seconds = Math.min(...runs.map((one) => one.seconds));
    const mebibytes = Math.max(...runs.map((one) => one.mebibytes));
    process.stdout.write(`${count} regions: ${seconds.toFixed(2)} s, ${mebibytes.toFixed(0)} MiB at most\n`);
    missed = seconds > BARS.seconds || mebibytes > BARS.mebibytes;
  }
  const { 3: three, 6: six, 9: nine } = run<Record<(typeof COUNTS)[number], number>>(WARM);
  const growth = (nine - six) / (six - three);
  const costs = [three, six, nine].map((cost) => cost.toFixed(2)).join(', ');
  process.stdout.write(
    `with all loaded: ${costs} s of processors; the last three cost ${growth.toFixed(2)} times what the three before did\n`,
  );
  process.stdout.write(`bars for nine: ${BARS.seconds} s, ${BARS.mebibytes} MiB, ${BARS.growth} times\n`);
  if (missed || growth > BARS.growth) process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
