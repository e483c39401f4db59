// Fault model: the process is killed with SIGKILL at any moment: during a model call, a journal write, a checkpoint, a
// commit, or while it restores. The directory survives. Set HEADRACE_KILL_SEED to repeat a run's moments.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { idempotencyKey } from '../../../runtime/engine/index.ts';
import { lexiconModel } from '../../../runtime/integrations/index.ts';
import { readParts, runLocal } from '../../../runtime/local/index.ts';
import { readJournal } from '../../../runtime/local/journal-file.ts';
import { readPending } from '../../../runtime/local/snapshot.ts';
import { CheckpointStore } from '../../../runtime/state/checkpoints.ts';
import { FileStore } from '../../../runtime/state/file-store.ts';
import { random } from '../../support/random.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { JOB, reviewJob, SENTENCES } from './review-job.ts';

const KILLS = 10;
const IN_FLIGHT = 50;
const PROCESS = fileURLToPath(new URL('./review-process.ts', import.meta.url));

interface Line {
  readonly id: string;
  readonly key: string;
  readonly value: { readonly id: string; readonly mean: number };
}

const ids = readFileSync(SENTENCES, 'utf8')
  .split('\n')
  .map((line) => line.split('\t')[0] ?? '');
/** The key that the one call of a record carries, by line number. */
const callOf = (record: number) => {
  const inputId = ids[record - 1] as string;
  return idempotencyKey({ job: JOB, key: inputId.split('_')[0] as string, inputId }, 0);
};

/** Calls whose results a start after this moment finds: in the write-ahead journal, and in the newest checkpoint. */
async function durableCalls(directory: string): Promise<Set<string>> {
  const found = new Set<string>();
  for (const record of (await readJournal(join(directory, 'journal'), 0)).keys()) found.add(callOf(record));
  const newest = await new CheckpointStore(new FileStore(join(directory, 'state')), JOB).newest();
  for (const [key, content] of newest?.files ?? []) {
    if (!key.endsWith('pending.jsonl')) continue;
    for (const { record, journal } of readPending(Buffer.from(content).toString('utf8')))
      if (journal.length) found.add(callOf(record));
  }
  return found;
}

const lines = async (directory: string) => {
  const found: Line[] = [];
  for await (const line of readParts<Line>(join(directory, 'outputs'))) found.push(line);
  return found;
};
const byReview = (outputs: readonly Line[]) => Map.groupBy(outputs, (line) => line.key);
const readCalls = (file: string) =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : [];

async function firstCall(child: ChildProcess, file: string): Promise<void> {
  while (child.exitCode === null && !existsSync(file)) await sleep(5);
}

test('ten kills lose no output, repeat none, and repeat no model call whose result was durable', async () => {
  const seed = Number(process.env['HEADRACE_KILL_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  process.stdout.write(`kill test: HEADRACE_KILL_SEED=${seed}\n`);
  const next = random(seed);
  const directory = temporaryDirectory();
  const durable = new Set<string>();
  const made = new Set<string>();
  let cutShort = 0;

  for (let start = 0; start <= KILLS; start++) {
    const file = join(directory, `calls-${start}`);
    const child = spawn(process.execPath, [PROCESS, directory, file, String(IN_FLIGHT)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    const exited = once(child, 'exit');
    if (start < KILLS) {
      await firstCall(child, file);
      await sleep(20 + next() * 300);
      expect(child.exitCode, errors).toBeNull();
      child.kill('SIGKILL');
    }
    await exited;
    if (start === KILLS) expect(child.exitCode, errors).toBe(0);

    const calls = readCalls(file);
    expect(new Set(calls).size, 'a start makes each call once').toBe(calls.length);
    const repeated = calls.filter((call) => made.has(call));
    expect(repeated.length).toBeLessThanOrEqual(IN_FLIGHT);
    expect(repeated.filter((call) => durable.has(call))).toEqual([]);
    cutShort += repeated.length;
    for (const call of calls) made.add(call);
    for (const call of await durableCalls(directory)) durable.add(call);
  }

  const outputs = await lines(directory);
  expect(outputs).toHaveLength(3_708);
  expect(new Set(outputs.map((line) => line.id)).size).toBe(3_708);
  expect(cutShort, 'kills landed while calls were in flight').toBeGreaterThan(0);
  // Whatever was asked again was asked under the one key of its sentence.
  expect(made).toEqual(new Set(ids.map((_, i) => callOf(i + 1))));

  const undisturbed = temporaryDirectory();
  await runLocal(reviewJob(undisturbed, lexiconModel()));
  expect(byReview(outputs)).toEqual(byReview(await lines(undisturbed)));
});
