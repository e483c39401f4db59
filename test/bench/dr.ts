/**
 * What a disaster costs: one row a kind of drill, each with its bars. Ends with 1 when a bar is missed.
 *
 *     npm run bench:dr                    the local drill, and the replicator
 *     npm run bench:dr -- local --runs 20
 *     npm run bench:dr -- clusters clusters-local --runs 10    only when it is asked for: 3 to 4 minutes a drill
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { clustersRow } from './dr-clusters.ts';
import { localRow } from './dr-local.ts';
import { replicatorRow } from './dr-replicator.ts';
import type { DrRow } from './dr-row.ts';
import { machine } from './machine.ts';

/** Rows that are measured where none is named. */
const USUAL = ['local', 'replicator'];
const ROWS: Readonly<Record<string, (context: { directory: string; runs: number }) => Promise<DrRow>>> = {
  local: localRow,
  replicator: replicatorRow,
  clusters: clustersRow('replicated'),
  'clusters-local': clustersRow('local'),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '20' }, out: { type: 'string' } },
});
const asked = positionals.length > 0 ? positionals : USUAL;
const directory = mkdtempSync(join(tmpdir(), 'headrace-bench-dr-'));
const rows: DrRow[] = [];
try {
  for (const name of asked) {
    const row = ROWS[name];
    if (!row) throw new Error(`no row ${name}; there are ${Object.keys(ROWS).join(', ')}`);
    const measured = await row({ directory: join(directory, name), runs: Number(values.runs) });
    rows.push(measured);
    console.log(`\n${measured.name}`);
    for (const { what, value } of measured.figures) console.log(`  ${what.padEnd(24)}${value}`);
    for (const { bar, met } of measured.bars) console.log(`  ${met ? 'met   ' : 'MISSED'}  ${bar}`);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
console.log(`\n${JSON.stringify(machine())}`);
if (values.out) writeFileSync(values.out, `${JSON.stringify({ machine: machine(), rows }, null, 2)}\n`);
process.exitCode = rows.every(({ bars }) => bars.every(({ met }) => met)) ? 0 : 1;
