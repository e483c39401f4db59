// Fault model: a start ends before the source does (stopped, failed, lease lost, killed) and another one follows; files
// of the state root or the journal may be damaged in between. Kills of a real process are in ../kill.
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { agent, chatModel, InputEvent } from '../../../runtime/api/index.ts';
import { type LocalEvent, listSource, runLocal } from '../../../runtime/local/index.ts';
import { StateError } from '../../../runtime/state/errors.ts';
import { FileStore } from '../../../runtime/state/file-store.ts';
import { type Ownership, soleOwner } from '../../../runtime/state/ownership.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { eventually, job, outputs, records, ScriptedModel } from './sample-job.ts';

const often = { interval: 2, incremental: true, retain: 2 };
const metadata = (directory: string, checkpoint: number) =>
  join(directory, 'state/checkpoints/job', `chk-${String(checkpoint).padStart(10, '0')}`, '_metadata');
const manifest = (directory: string, checkpoint: number) =>
  JSON.parse(readFileSync(metadata(directory, checkpoint), 'utf8')) as {
    restore: { journal: number; memory: { kind: string; key: string }[] };
    files: { key: string }[];
  };

/** A model that answers inputs up to `last` and keeps the others waiting until the job ends. */
const upTo = (last: number) =>
  new ScriptedModel((prompt, signal) => {
    if (Number(prompt.slice(1)) <= last) return `re ${prompt}`;
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  });

/** Runs until the model answered inputs up to `last`, then stops in good order. */
async function stopAfter(directory: string, last: number, options: Parameters<typeof job>[1] = {}) {
  const stop = new AbortController();
  const model = upTo(last);
  return {
    model,
    result: await runLocal(
      job(directory, {
        models: { model },
        onProgress: (p) => {
          if (p.finished >= last) stop.abort();
        },
        signal: stop.signal,
        ...options,
      }),
    ),
  };
}

test('a stopped job keeps its state whole, and the next start makes only the calls that had not finished', async () => {
  const directory = temporaryDirectory();
  const first = await stopAfter(directory, 4);
  expect(first.result.state).toBe('stopped');
  expect(first.result.restoredFrom).toBeUndefined();
  expect((await outputs(directory)).map((line) => line.value.id).sort()).toEqual(['i1', 'i2', 'i3', 'i4']);

  const model = new ScriptedModel();
  const second = await runLocal(job(directory, { models: { model } }));
  expect(second).toMatchObject({ state: 'finished', restoredFrom: 1, finished: 9, outputs: 9, committed: 9 });
  expect(model.asked.map((call) => call.prompt).sort()).toEqual(['i5', 'i6', 'i7', 'i8', 'i9']);
  for (const { prompt, key } of model.asked) {
    const before = first.model.asked.find((call) => call.prompt === prompt);
    if (before) expect(before.key).toBe(key);
  }
  const lines = await outputs(directory);
  expect(new Set(lines.map((line) => line.id)).size).toBe(9);
  for (const key of ['k0', 'k1', 'k2'])
    expect(lines.filter((line) => line.key === key).map((line) => line.value.n)).toEqual([1, 2, 3]);
});

test('what ends while the last checkpoint is written is not counted, and is done by the next start', async () => {
  const directory = temporaryDirectory();
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  class SlowStore extends FileStore {
    override async put(...[key, data]: Parameters<FileStore['put']>) {
      if (key.endsWith('/_metadata')) {
        release();
        for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      }
      return super.put(key, data);
    }
  }
  const deaf = new ScriptedModel((prompt) =>
    Number(prompt.slice(1)) <= 4 ? `re ${prompt}` : released.then(() => `re ${prompt}`),
  );
  const { result } = await stopAfter(directory, 4, {
    models: { model: deaf },
    store: new SlowStore(join(directory, 'state')),
  });
  expect(result).toMatchObject({ state: 'stopped', finished: 4, outputs: 4, committed: 4 });
  expect(await runLocal(job(directory))).toMatchObject({ state: 'finished', finished: 9, outputs: 9, committed: 9 });
  expect(await outputs(directory)).toHaveLength(9);
});

test('a start after the end does nothing and says so', async () => {
  const directory = temporaryDirectory();
  await runLocal(job(directory));
  const parts = readdirSync(join(directory, 'outputs'));
  const model = new ScriptedModel();
  const again = await runLocal(job(directory, { models: { model } }));
  expect(again).toMatchObject({ state: 'finished', finished: 9, outputs: 9, committed: 9, modelCalls: 0 });
  expect(model.asked).toEqual([]);
  expect(readdirSync(join(directory, 'outputs'))).toEqual(parts);
});

test('inputs that wait for a place in flight after a restore stay in every checkpoint', async () => {
  const directory = temporaryDirectory();
  const wide = { source: listSource(records(40, 40)), inFlight: 40 };
  await stopAfter(directory, 5, wide);
  // The second start takes only two at a time: most restored inputs wait while it writes checkpoints, then it fails.
  let checkpoints = 0;
  const lost = new AbortController();
  const failing = runLocal(
    job(directory, {
      ...wide,
      inFlight: 2,
      models: { model: upTo(5) },
      checkpoint: often,
      ownership: soleOwner(lost.signal),
      onEvent: (event: LocalEvent) => {
        if (event.type === 'checkpoint' && ++checkpoints === 2) lost.abort(new Error('gone'));
      },
    }),
  );
  await expect(failing).rejects.toThrow('gone');
  const last = await runLocal(job(directory, wide));
  expect(last).toMatchObject({ state: 'finished', outputs: 40, committed: 40 });
  expect(new Set((await outputs(directory)).map((line) => line.value.id)).size).toBe(40);
});

test('a journaled call is not made again though two starts took checkpoints before its input came up', async () => {
  const directory = temporaryDirectory();
  const many = { source: listSource(records(30, 30)), inFlight: 30 };
  const twoCalls = agent('two-calls', {
    input: z.object({ id: z.string(), key: z.string() }),
    output: z.string(),
    key: '/key',
    resources: { model: chatModel() },
  }).on(InputEvent, async ({ value }, ctx) => {
    const first = await ctx.chat('model', { prompt: value.id });
    await ctx.chat('model', { prompt: `${value.id} again` });
    ctx.output(first);
  });
  const never = (signal: AbortSignal) =>
    new Promise<string>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const half = () => new ScriptedModel((prompt, signal) => (prompt.endsWith('again') ? never(signal) : `re ${prompt}`));
  /** A start that ends like a killed one: no last checkpoint. */
  const cut = async (options: Parameters<typeof job>[1], when: (event: LocalEvent) => boolean) => {
    const lost = new AbortController();
    const run = runLocal(
      job(directory, {
        ...many,
        agent: twoCalls,
        checkpoint: often,
        ownership: soleOwner(lost.signal),
        onEvent: (event) => {
          if (when(event)) lost.abort(new Error('cut'));
        },
        ...options,
      }),
    );
    await expect(run).rejects.toThrow('cut');
  };
  // A checkpoint at the very start, then all first calls finish and are in the journal alone.
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const first = new ScriptedModel(async (prompt, signal) => {
    await gate;
    return prompt.endsWith('again') ? never(signal) : `re ${prompt}`;
  });
  const lost = new AbortController();
  const run = runLocal(
    job(directory, {
      ...many,
      agent: twoCalls,
      models: { model: first },
      checkpoint: { interval: 20, incremental: true, retain: 1 },
      ownership: soleOwner(lost.signal),
      onEvent: (event) => {
        if (event.type === 'checkpoint') open();
      },
    }),
  );
  const failed = expect(run).rejects.toThrow('cut');
  await eventually(() => first.asked.filter((call) => call.prompt.endsWith('again')).length === 30);
  lost.abort(new Error('cut'));
  await failed;

  const second = half();
  let seen = 0;
  await cut({ inFlight: 2, models: { model: second } }, (event) => event.type === 'checkpoint' && ++seen === 3);
  const third = half();
  seen = 0;
  await cut({ models: { model: third } }, (event) => event.type === 'checkpoint' && ++seen === 3);
  expect([...second.asked, ...third.asked].filter((call) => !call.prompt.endsWith('again'))).toEqual([]);
  const last = new ScriptedModel();
  expect(await runLocal(job(directory, { ...many, agent: twoCalls, models: { model: last } }))).toMatchObject({
    state: 'finished',
    outputs: 30,
  });
  expect(last.asked.filter((call) => !call.prompt.endsWith('again'))).toEqual([]);
});

test('a damaged newest checkpoint is passed over: no call and no visible output is repeated, and later checkpoints go on', async () => {
  const directory = temporaryDirectory();
  await stopAfter(directory, 3);
  await stopAfter(directory, 6);
  writeFileSync(metadata(directory, 2), '{ "format": 1, half');
  const model = new ScriptedModel();
  const result = await runLocal(job(directory, { models: { model }, checkpoint: often }));
  expect(result).toMatchObject({ state: 'finished', restoredFrom: 1, outputs: 9, committed: 9, deadLetters: 0 });
  expect(model.asked.map((call) => call.prompt).sort()).toEqual(['i7', 'i8', 'i9']);
  const lines = await outputs(directory);
  expect(lines.map((line) => line.value.id).sort()).toEqual(records(9).map((one) => one.id));
  expect(new Set(lines.map((line) => line.id)).size).toBe(9);
});

test('a state root whose checkpoints are all damaged is refused', async () => {
  const directory = temporaryDirectory();
  await stopAfter(directory, 3);
  writeFileSync(metadata(directory, 1), 'x');
  await expect(runLocal(job(directory))).rejects.toMatchObject({ code: 'HR-STATE-006' });
});

test('a checkpoint of another agent plan is refused, and the state is left alone', async () => {
  const directory = temporaryDirectory();
  await stopAfter(directory, 3);
  const other = agent('asker', {
    input: z.object({ id: z.string(), key: z.string(), more: z.string().optional() }),
    output: z.string(),
    key: '/key',
  }).on(InputEvent, () => {});
  const before = readFileSync(metadata(directory, 1), 'utf8');
  await expect(runLocal(job(directory, { agent: other }))).rejects.toMatchObject({
    code: 'HR-STATE-007',
    mend: expect.stringContaining('another state directory'),
  });
  expect(readFileSync(metadata(directory, 1), 'utf8')).toBe(before);
});

test('a torn last line of the journal is left out, and lines behind it are read', async () => {
  const directory = temporaryDirectory();
  const model = new ScriptedModel();
  const failing = new AbortController();
  const run = runLocal(
    job(directory, {
      models: { model: upTo(3) },
      ownership: soleOwner(failing.signal),
      onProgress: (p) => {
        if (p.finished >= 3) failing.abort(new Error('cut'));
      },
    }),
  );
  await expect(run).rejects.toThrow('cut');
  const [journal] = readdirSync(join(directory, 'journal'));
  appendFileSync(join(directory, 'journal', journal as string), '0badc0de [4,0,"chat:mod');
  await stopAfter(directory, 6, { models: { model } });
  // i1..i3 are in the journal's whole lines.
  expect(model.asked.map((call) => call.prompt)).not.toContain('i1');
  expect(model.asked.map((call) => call.prompt)).not.toContain('i2');
  expect(model.asked.map((call) => call.prompt)).not.toContain('i3');
  expect(model.asked.map((call) => call.prompt)).toContain('i4');
});

test('a journal that cannot be written ends the job, though the action swallows the error', async () => {
  const directory = temporaryDirectory();
  const swallowing = agent('swallowing', {
    input: z.object({ id: z.string(), key: z.string() }),
    output: z.string(),
    key: '/key',
  }).on(InputEvent, async (_, ctx) => {
    const call = () => writeFileSync(join(directory, 'journal'), 'a file where the directory should be');
    await ctx.durable('call', call).catch(() => {});
    ctx.output('as if nothing had happened');
  });
  const run = runLocal(job(directory, { agent: swallowing }));
  await expect(run).rejects.toMatchObject({ code: 'HR-STATE-001', place: join(directory, 'journal') });
  expect(await outputs(directory)).toEqual([]);
});

test('checkpoints go by changes, are folded into a new base, and restore to the same memory', async () => {
  const directory = temporaryDirectory();
  const kinds = new Set<string>();
  const chains: number[] = [];
  const source = () => listSource(records(400, 20));
  for (let last = 40; last <= 400; last += 40) {
    await stopAfter(directory, last, { source: source(), inFlight: 20 });
    const { memory } = manifest(directory, last / 40).restore;
    chains.push(memory.length);
    for (const { kind } of memory) kinds.add(kind);
  }
  expect([...kinds].sort()).toEqual(['base', 'delta']);
  expect(chains[1]).toBe(2);
  expect(Math.max(...chains)).toBeLessThan(5);
  const lines = await outputs(directory);
  expect(lines).toHaveLength(400);
  for (let key = 0; key < 20; key++) {
    expect(lines.filter((line) => line.key === `k${key}`).map((line) => line.value.n)).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
  }
});

test('only the retained checkpoints stay, with the files that they need', async () => {
  const directory = temporaryDirectory();
  await runLocal(
    job(directory, {
      source: listSource(records(120, 10)),
      rate: 2_000,
      checkpoint: { interval: 5, incremental: true, retain: 2 },
    }),
  );
  const kept = readdirSync(join(directory, 'state/checkpoints/job')).filter((name) => name.startsWith('chk-'));
  expect(kept).toHaveLength(2);
  const needed = kept.flatMap((name) => manifest(directory, Number(name.slice(4))).files.map((file) => file.key));
  for (const key of needed) expect(existsSync(join(directory, 'state', key))).toBe(true);
  const shared = readdirSync(join(directory, 'state/checkpoints/job/shared')).map((n) => `checkpoints/job/shared/${n}`);
  expect(shared.filter((key) => !needed.includes(key))).toEqual([]);
});

test('a lost lease ends the job with its reason and commits nothing more', async () => {
  const directory = temporaryDirectory();
  const lost = new AbortController();
  const reason = new StateError('HR-STATE-005', 'lease', 'the lease belongs to eu');
  const ownership: Ownership = {
    epoch: 7,
    signal: lost.signal,
    assertHeld() {
      throw reason;
    },
  };
  await expect(runLocal(job(directory, { ownership }))).rejects.toBe(reason);
  expect(await outputs(directory)).toEqual([]);
  expect(JSON.parse(readFileSync(metadata(directory, 1), 'utf8'))).toMatchObject({ epoch: 7, region: 'local' });
  expect(await runLocal(job(directory))).toMatchObject({ state: 'finished', committed: 9 });
  expect(await outputs(directory)).toHaveLength(9);
});

test('a start without a lease does no work at all', async () => {
  const directory = temporaryDirectory();
  const model = new ScriptedModel();
  const lost = AbortSignal.abort(new StateError('HR-STATE-005', 'lease', 'never held'));
  await expect(runLocal(job(directory, { models: { model }, ownership: soleOwner(lost) }))).rejects.toMatchObject({
    code: 'HR-STATE-005',
  });
  expect(model.asked).toEqual([]);
  expect(await new FileStore(join(directory, 'state')).get('checkpoints/job/chk-0000000001/_metadata')).toBeUndefined();
});
