// Fault model: outputs wait for a standby that is late or never there; somebody else writes to the sink.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { listSource, readParts, runLocal } from '../../../runtime/local/index.ts';
import { PartFiles } from '../../../runtime/local/part-files.ts';
import { metadataKey } from '../../../runtime/state/checkpoint.ts';
import { sharedFile } from '../../../runtime/state/checkpoints.ts';
import { FileStore } from '../../../runtime/state/file-store.ts';
import type { CommitGate } from '../../../runtime/state/ownership.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { eventually, job, outputs, records } from './sample-job.ts';

test('a part appears once, whole; the same lines again are nothing, other lines are refused', async () => {
  const directory = temporaryDirectory();
  const parts = new PartFiles(directory);
  await parts.commit('part', 4, '{"id":"a"}\n');
  await parts.commit('part', 4, '{"id":"a"}\n');
  await expect(parts.commit('part', 4, '{"id":"b"}\n')).rejects.toMatchObject({
    code: 'HR-RUNTIME-008',
    place: join(directory, 'part-0000000004.jsonl'),
  });
  expect(readFileSync(join(directory, 'part-0000000004.jsonl'), 'utf8')).toBe('{"id":"a"}\n');
  const lines: unknown[] = [];
  for await (const line of readParts(directory)) lines.push(line);
  expect(lines).toEqual([{ id: 'a' }]);
});

test('a closed slot keeps what it holds and takes nothing more', async () => {
  const directory = temporaryDirectory();
  const parts = new PartFiles(directory);
  await parts.commit('part', 5, '{"id":"a"}\n');
  await parts.close(3, 6);
  await parts.commit('part', 5, '{"id":"a"}\n');
  await expect(parts.commit('part', 4, '{"id":"b"}\n')).rejects.toMatchObject({ code: 'HR-RUNTIME-008' });
  await expect(parts.commit('dead-letter', 6, '{"id":"b"}\n')).rejects.toMatchObject({ code: 'HR-RUNTIME-008' });
  await parts.commit('part', 3, '{"id":"c"}\n');
  await parts.commit('part', 7, '{"id":"d"}\n');
  const lines: unknown[] = [];
  for await (const line of readParts(directory)) lines.push(line);
  expect(lines).toEqual([{ id: 'c' }, { id: 'a' }, { id: 'd' }]);
});

test('a job that goes on from before what was committed puts none of it out again, and numbers on behind it', async () => {
  const directory = temporaryDirectory();
  const store = new FileStore(join(directory, 'state'));
  const stops = [new AbortController(), new AbortController()] as const;
  const upTo = (record: number, stop: AbortController) => ({
    ...{ store, signal: stop.signal },
    source: {
      ...listSource(records(9)),
      async *open(...from: Parameters<ReturnType<typeof listSource>['open']>) {
        for await (const batch of listSource(records(9)).open(...from)) {
          for (const one of batch) {
            yield [one];
            if (one.record === record) stop.abort();
          }
        }
      },
    },
  });
  await runLocal(job(directory, upTo(3, stops[0])));
  await runLocal(job(directory, upTo(6, stops[1])));
  // The second checkpoint cannot be read any more, and an owner had committed it: takeovers delete its manifest.
  const visible = await segmentOf(store, 2);
  expect(visible).not.toBe('');
  await new PartFiles(join(directory, 'outputs')).commit('part', 2, visible);
  await store.delete(metadataKey('job', 2));
  await runLocal(job(directory, { store, closed: { after: 1, last: 2 } }));
  const ids = (await outputs(directory)).map(({ value }) => value.id);
  expect(ids.sort()).toEqual(records(9).map(({ id }) => id));
  const written = readdirSync(join(directory, 'outputs')).filter((name) => name.startsWith('part'));
  expect(written.sort().at(-1)).toBe('part-0000000003.jsonl');
  expect(readFileSync(join(directory, 'outputs', 'part-0000000002.jsonl'), 'utf8')).toBe(visible);
});

/** The outputs of a checkpoint as they wait for their commit. */
async function segmentOf(store: FileStore, checkpoint: number): Promise<string> {
  return Buffer.from((await store.get(sharedFile('job', checkpoint, 'outputs.jsonl'))) ?? []).toString();
}

test('parts are read in the order of their checkpoints, and nothing else in the directory is', async () => {
  const directory = temporaryDirectory();
  const parts = new PartFiles(directory);
  for (const n of [10, 2, 1]) await parts.commit('part', n, `${JSON.stringify(n)}\n`);
  await parts.commit('dead-letter', 3, '"dead"\n');
  writeFileSync(join(directory, '.part-0000000001.jsonl.tmp'), '"half');
  const lines: unknown[] = [];
  for await (const line of readParts(directory)) lines.push(line);
  expect(lines).toEqual([1, 2, 10]);
});

test('a sink that somebody else wrote to stops the job', async () => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'outputs'));
  writeFileSync(join(directory, 'outputs', 'part-0000000001.jsonl'), '{"id":"foreign"}\n');
  await expect(runLocal(job(directory))).rejects.toMatchObject({ code: 'HR-RUNTIME-008' });
  expect(readFileSync(join(directory, 'outputs', 'part-0000000001.jsonl'), 'utf8')).toBe('{"id":"foreign"}\n');
});

test('outputs stay back until the gate lets their checkpoint through', async () => {
  const directory = temporaryDirectory();
  let open = () => {};
  const asked: number[] = [];
  const gate: CommitGate = {
    ready(checkpoint) {
      asked.push(checkpoint);
      return new Promise((resolve) => {
        open = resolve;
      });
    },
  };
  const run = runLocal(job(directory, { gate }));
  await eventually(() => asked.length === 1);
  await sleep(20);
  expect(await outputs(directory)).toEqual([]);
  open();
  expect(await run).toMatchObject({ state: 'finished', committed: 9 });
  expect(asked).toEqual([1]);
  expect(await outputs(directory)).toHaveLength(9);
});

test('a stop does not wait for a gate that stays shut; the next start commits what was held back, once', async () => {
  const directory = temporaryDirectory();
  const stop = new AbortController();
  const gate: CommitGate = {
    ready(_, signal) {
      setImmediate(() => stop.abort());
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
  };
  const first = await runLocal(job(directory, { gate, signal: stop.signal }));
  expect(first).toMatchObject({ state: 'stopped', finished: 9, outputs: 9, committed: 0 });
  expect(await outputs(directory)).toEqual([]);
  expect(await runLocal(job(directory))).toMatchObject({ state: 'finished', committed: 9, modelCalls: 0 });
  expect(await outputs(directory)).toHaveLength(9);
});

test('a gate that refuses for good ends the job without a commit', async () => {
  const directory = temporaryDirectory();
  const gate: CommitGate = { ready: () => Promise.reject(new Error('another epoch took over')) };
  await expect(runLocal(job(directory, { gate }))).rejects.toThrow('another epoch took over');
  expect(await outputs(directory)).toEqual([]);
});
