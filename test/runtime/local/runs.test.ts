// Fault model: actions, tools and models fail, for a while or for good; inputs and outputs do not fit.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { agent, InputEvent, TerminalError } from '../../../runtime/api/index.ts';
import { listSource, runLocal } from '../../../runtime/local/index.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { deadLetters, eventually, job, outputs, records, ScriptedModel } from './sample-job.ts';

const base = { input: z.object({ id: z.string(), key: z.string() }), output: z.unknown(), key: '/key' } as const;

test('inputs of a key run one after another in the order of the source, those of other keys meanwhile', async () => {
  const directory = temporaryDirectory();
  const running = new Map<string, number>();
  let most = 0;
  const subject = agent('order', base).on(InputEvent, async ({ value }, ctx) => {
    expect(running.get(ctx.key) ?? 0).toBe(0);
    running.set(ctx.key, 1);
    most = Math.max(
      most,
      [...running.values()].reduce((a, b) => a + b),
    );
    // Earlier inputs take longer.
    await new Promise((resolve) => setTimeout(resolve, Number(value.id.slice(1)) % 4));
    running.set(ctx.key, 0);
    ctx.output(value.id);
  });
  await runLocal(job(directory, { agent: subject, source: listSource(records(60, 5)) }));
  const lines = (await outputs(directory)) as unknown as { key: string; value: string }[];
  for (let key = 0; key < 5; key++) {
    const expected = Array.from({ length: 12 }, (_, i) => `i${i * 5 + key + 1}`);
    expect(lines.filter((line) => line.key === `k${key}`).map((line) => line.value)).toEqual(expected);
  }
  expect(most).toBe(5);
});

test('no more inputs are in flight than allowed', async () => {
  const directory = temporaryDirectory();
  let now = 0;
  let most = 0;
  const model = new ScriptedModel(async () => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 1));
    now -= 1;
    return 'x';
  });
  const options = { source: listSource(records(50, 50)), inFlight: 7, models: { model } };
  expect(await runLocal(job(directory, options))).toMatchObject({ outputs: 50, modelCalls: 50 });
  expect(most).toBe(7);
});

test('a run that fails is tried again and leaves no trace of its failed tries', async () => {
  const directory = temporaryDirectory();
  const tries = new Map<string, number>();
  const subject = agent('flaky', { ...base, memory: { n: z.number().default(0) } }).on(
    InputEvent,
    async ({ value }, ctx) => {
      ctx.output(ctx.memory.update('n', (n) => n + 1));
      const tried = (tries.get(value.id) ?? 0) + 1;
      tries.set(value.id, tried);
      await Promise.resolve();
      if (tried < 3) throw new Error('not yet');
    },
  );
  const result = await runLocal(job(directory, { agent: subject, source: listSource(records(4, 1)) }));
  expect(result).toMatchObject({ retries: 8, outputs: 4, deadLetters: 0 });
  expect((await outputs(directory)).map((line) => line.value)).toEqual([1, 2, 3, 4]);
});

test('after its last try a run goes to the dead letters, and its key goes on', async () => {
  const directory = temporaryDirectory();
  const model = new ScriptedModel((prompt) => {
    if (prompt === 'i1') throw new Error('broken for good');
    return 'fine';
  });
  const result = await runLocal(job(directory, { models: { model }, source: listSource(records(3, 1)) }));
  expect(result).toMatchObject({ state: 'finished', finished: 3, outputs: 2, deadLetters: 1, retries: 2 });
  expect(await deadLetters(directory)).toEqual([
    {
      record: 1,
      key: 'k0',
      input: 'i1',
      tries: 3,
      error: { code: 'HR-RUNTIME-000', message: 'broken for good' },
      value: { id: 'i1', key: 'k0' },
    },
  ]);
  expect((await outputs(directory)).map((line) => line.value.n)).toEqual([1, 2]);
  expect(new Set(model.asked.filter((call) => call.prompt === 'i1').map((call) => call.key)).size).toBe(1);
});

test('a terminal error and an output that does not fit are not tried again', async () => {
  const directory = temporaryDirectory();
  const subject = agent('terminal', { ...base, output: z.string() }).on(InputEvent, ({ value }, ctx) => {
    if (value.id === 'i1') throw new TerminalError('no use');
    ctx.output(7 as never);
  });
  const result = await runLocal(job(directory, { agent: subject, source: listSource(records(2)) }));
  expect(result).toMatchObject({ retries: 0, deadLetters: 2 });
  expect((await deadLetters(directory)).map(({ tries, error }) => [tries, error.code, error.message])).toEqual([
    [1, 'HR-RUNTIME-000', 'no use'],
    [1, 'HR-RUNTIME-002', expect.stringContaining('expected string')],
  ]);
});

test('an output that JSON cannot hold is a dead letter, not the end of the process', async () => {
  const directory = temporaryDirectory();
  const subject = agent('bigint', base).on(InputEvent, async (_, ctx) => {
    await Promise.resolve();
    ctx.output(1n);
  });
  await runLocal(job(directory, { agent: subject, source: listSource(records(1)) }));
  expect((await deadLetters(directory))[0]?.error.code).toBe('HR-RUNTIME-002');
});

test('a record that does not fit the input is a dead letter with its place', async () => {
  const directory = temporaryDirectory();
  const source = listSource([{ id: 'i1', key: 'k' }, { id: 'i2' }, { id: 'i3', key: 'k' }], 'mine');
  expect(await runLocal(job(directory, { source }))).toMatchObject({ outputs: 2, deadLetters: 1 });
  expect(await deadLetters(directory)).toMatchObject([
    { record: 2, input: '2', error: { code: 'HR-RUNTIME-001', message: expect.stringContaining('key: ') } },
  ]);
});

test.each([
  ['a failing run', listSource(records(2))],
  ['a record that does not fit', listSource([{ id: 'i1' }])],
])('with onFailure: fail %s ends the job, and the next start tries again', async (_, source) => {
  const directory = temporaryDirectory();
  const retry = { attempts: 2, initialBackoff: 1, maxBackoff: 1, onFailure: 'fail' } as const;
  const model = new ScriptedModel(() => {
    throw new Error('down');
  });
  await expect(runLocal(job(directory, { source, retry, models: { model } }))).rejects.toMatchObject({
    code: 'HR-RUNTIME-007',
    mend: expect.stringContaining('dead-letter'),
  });
  expect(await outputs(directory)).toEqual([]);
  expect(await runLocal(job(directory, { source }))).toMatchObject({ state: 'finished' });
});

test('tries that a stop cut short do not count as failed ones', async () => {
  const directory = temporaryDirectory();
  for (let start = 0; start < 4; start++) {
    const stop = new AbortController();
    const model = new ScriptedModel((_, signal) => {
      setImmediate(() => stop.abort());
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    const options = { source: listSource(records(1)), models: { model }, signal: stop.signal };
    expect(await runLocal(job(directory, options))).toMatchObject({ state: 'stopped', inFlight: 1 });
  }
  let failures = 0;
  const model = new ScriptedModel(() => {
    if (++failures < 3) throw new Error('passing');
    return 'fine';
  });
  expect(await runLocal(job(directory, { models: { model } }))).toMatchObject({ retries: 2, deadLetters: 0 });
});

test('a chat model that nothing is bound to is refused before anything runs', async () => {
  await expect(runLocal(job(temporaryDirectory(), { models: {} }))).rejects.toMatchObject({
    code: 'HR-RESOURCE-001',
    place: 'resources.model',
  });
});

test('reading keeps to the rate', async () => {
  const directory = temporaryDirectory();
  const stop = new AbortController();
  let seen = 0;
  const model = new ScriptedModel(() => {
    seen += 1;
    return 'x';
  });
  const run = runLocal(
    job(directory, { source: listSource(records(500)), rate: 20, models: { model }, signal: stop.signal }),
  );
  await eventually(() => seen > 0);
  stop.abort();
  expect((await run).read).toBeLessThan(500);
});
