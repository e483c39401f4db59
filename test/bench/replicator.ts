/**
 * Throughput of the replicator on a tree of 2,000 files and 1 GB beside rclone sync and aws s3 sync where they are on
 * the path (HEADRACE_RCLONE names rclone otherwise); then what an unchanged tree costs. Ends with 1 when a bar is missed.
 *
 *     node test/bench/replicator.ts [files|upload|s3] [--files 2000] [--bytes 1000000000] [--concurrency 8] [--rounds 3]
 *
 * `files` is directory to directory: the replicator has all on the disk before it ends, rclone leaves that to the system,
 * so rclone followed by `sync -f` is a line of its own. `upload` is directory to S3 stand-in. `s3` is stand-in to stand-in,
 * through the process for the replicator and rclone; aws lets the server copy, which counts for no bar.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from './machine.ts';
import { COPIES, compareCopies, SHARE } from './replication.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    files: { type: 'string', default: '2000' },
    bytes: { type: 'string', default: '1000000000' },
    concurrency: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '3' },
  },
});
const copy = COPIES.find((name) => name === (positionals[0] ?? 'files'));
if (!copy) throw new Error(`no copy ${positionals[0]}; there are ${COPIES.join(', ')}`);
const settings = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
const [files, bytes] = [Number(values.files), Number(values.bytes)];
const directory = mkdtempSync(join(tmpdir(), 'headrace-bench-'));

try {
  console.log(`${copy}: ${files} files, ${bytes} bytes, ${values.concurrency} at once`);
  const compared = await compareCopies(copy, directory, settings);
  for (const [name, taken] of Object.entries(compared.taken)) {
    const best = Math.min(...taken) / 1_000;
    console.log(
      `${name}: ${taken.map((ms) => (ms / 1_000).toFixed(2)).join(', ')} s; best ${(bytes / best / 1e6).toFixed(0)} MB/s, ${(files / best).toFixed(0)} files/s`,
    );
  }
  for (const { name, rounds, median } of compared.ratios)
    console.log(`of ${name}: ${rounds.map((ratio) => ratio.toFixed(2)).join(', ')}; median ${median.toFixed(2)}`);
  const { bestRatio, unchangedTreeRequests: looks } = compared;
  const oneListing = looks.join() === 'list';
  console.log(`an unchanged tree costs ${oneListing ? 'one listing' : `${looks.length} requests`}`);
  const met = bestRatio === undefined || bestRatio >= SHARE;
  if (bestRatio === undefined) console.log('comparison skipped: neither rclone nor aws that can do it is on the path');
  else console.log(`${met ? 'met' : 'MISSED'}: ${SHARE * 100} % of rclone sync or aws s3 sync`);
  console.log(JSON.stringify({ machine: machine(), copy, ...settings, ...compared }));
  process.exitCode = met && oneListing ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
