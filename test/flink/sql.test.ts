// Any table of Flink SQL as source and as sink: here files, by the statements that a deployment file would hold.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bridgeJar, FlinkCluster } from '../../ops/dev/flink.ts';
import { startWorker, type WorkerProcess } from '../../ops/dev/worker.ts';
import { asArgument, JOB_CLASS, type JobSettings } from '../../runtime/remote/index.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { REVIEWS_FILE, reviewsJob, sentences } from './reviews.ts';

const directory = temporaryDirectory(afterAll);
const [input, output] = [join(directory, 'in'), join(directory, 'out')];
let flink: FlinkCluster;
let worker: WorkerProcess;

beforeAll(async () => {
  mkdirSync(input);
  writeFileSync(
    join(input, 'sentences.json'),
    sentences()
      .map(({ value }) => `${JSON.stringify(value)}\n`)
      .join(''),
  );
  flink = await FlinkCluster.prepare({
    directory: join(directory, 'flink'),
    configuration: { 'execution.checkpointing.interval': '1 s' },
  });
  [worker] = await Promise.all([startWorker({ file: REVIEWS_FILE, profile: 'local', directory }), flink.start(1)]);
});
afterAll(() => Promise.all([flink?.stop(), worker?.child.stop('SIGKILL')]));

const table = (name: string, columns: string, path: string) => ({
  sql: {
    ddl: `CREATE TABLE ${name} (${columns}) WITH ('connector' = 'filesystem', 'path' = 'file://${path}', 'format' = 'json')`,
    table: name,
  },
});

const job = (source: JobSettings['source']) =>
  reviewsJob({
    source,
    sink: table('ratings', 'id STRING, review STRING, score DOUBLE, sentences INT, mean DOUBLE', output),
    workers: { targets: [worker.target], tls: null },
  });

test('rows of a table become inputs, and outputs rows of another', async () => {
  const id = await flink.rest.submit(bridgeJar(), {
    entryClass: JOB_CLASS,
    args: [
      '--specification',
      asArgument(await job(table('sentences', 'id STRING, `review` STRING, text STRING', input))),
    ],
  });
  await flink.rest.until(id, 'FINISHED');
  const rows = readdirSync(output)
    .filter((name) => name.startsWith('part-'))
    .flatMap((name) => readFileSync(join(output, name), 'utf8').trimEnd().split('\n'))
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { id: string; mean: number });
  expect(rows).toHaveLength(3_708);
  expect(new Set(rows.map((row) => row.id))).toEqual(new Set(sentences().map(({ value }) => value.id)));
  expect(rows.every((row) => Math.abs(row.mean) <= 4)).toBe(true);
});

test("a statement that Flink refuses is refused with Flink's own reason", async () => {
  const broken = await job({ sql: { ddl: 'CREATE TABEL sentences (id STRING)', table: 'sentences' } });
  await expect(
    flink.rest.submit(bridgeJar(), { entryClass: JOB_CLASS, args: ['--specification', asArgument(broken)] }),
  ).rejects.toMatchObject({ code: 'HR-REMOTE-001', message: expect.stringContaining('TABEL') });
});
