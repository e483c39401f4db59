// How long the stacks of nine regions in three clouds take to synthesize, and how much memory. Compiled: `npm run bench:synthesis`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** What nine regions may take, and how much more the last three may cost than the three before: cost grows linearly. */
const BARS = { seconds: 4, mebibytes: 400, growth: 1.5 };

interface Measured {
  readonly seconds: number;
  /** Time on processors, which tells less of what else the machine does. */
  readonly cpu: number;
  readonly mebibytes: number;
}

const PLACES = {
  aws: ['us-east-1', 'us-west-2', 'eu-west-1'],
  azure: ['westeurope', 'northeurope', 'eastus'],
  gcp: ['asia-southeast1', 'europe-west4', 'us-central1'],
} as const;

const file = (count: number) =>
  [
    'version: 1',
    'name: reviews',
    'id: 5c1a9e',
    'agent: { entry: ./agent.ts }',
    'regions:',
    ...Object.entries(PLACES)
      .flatMap(([cloud, regions]) => regions.slice(0, count).map((region) => ({ cloud, region })))
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
const child = join(work, 'child.mjs');
const from = (path: string) => JSON.stringify(pathToFileURL(join(compiled, path)).href);
writeFileSync(
  child,
  [
    `import { buildApp } from ${from('app.js')};`,
    `import { loadDeployment } from ${from('../config/index.js')};`,
    "const { app } = await buildApp(loadDeployment('headrace.yaml'), 'cdktf.out');",
    'app.synth();',
    'const { user, system } = process.cpuUsage();',
    'const seconds = performance.now() / 1000;',
    'const mebibytes = process.resourceUsage().maxRSS / 1024;',
    'process.stdout.write(JSON.stringify({ seconds, cpu: (user + system) / 1e6, mebibytes }));',
  ].join('\n'),
);

try {
  const measured = [1, 2, 3].map((count) => {
    writeFileSync(join(work, 'headrace.yaml'), file(count));
    const runs = Array.from({ length: 5 }, () => {
      const { stdout, stderr, status } = spawnSync(process.execPath, ['--no-deprecation', child], {
        cwd: work,
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(stderr);
      return JSON.parse(stdout) as Measured;
    });
    // The fastest: the others waited for the machine.
    const least = (of: (run: Measured) => number) => Math.min(...runs.map(of));
    return {
      regions: count * 3,
      seconds: least(({ seconds }) => seconds),
      cpu: least(({ cpu }) => cpu),
      mebibytes: Math.max(...runs.map(({ mebibytes }) => mebibytes)),
    };
  });
  process.stdout.write(`${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, Node ${process.versions.node}\n`);
  for (const { regions, seconds, cpu, mebibytes } of measured) {
    process.stdout.write(
      `${regions} regions: ${seconds.toFixed(2)} s (${cpu.toFixed(2)} s of processors), ${mebibytes.toFixed(0)} MiB at most\n`,
    );
  }
  const [three, six, nine] = measured;
  if (!three || !six || !nine) throw new Error('nothing was measured');
  const growth = (nine.cpu - six.cpu) / (six.cpu - three.cpu);
  process.stdout.write(`the last three cost ${growth.toFixed(2)} times what the three before did\n`);
  process.stdout.write(`bars for nine: ${BARS.seconds} s, ${BARS.mebibytes} MiB, ${BARS.growth} times\n`);
  const missed = nine.seconds > BARS.seconds || nine.mebibytes > BARS.mebibytes || growth > BARS.growth;
  if (missed) process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
