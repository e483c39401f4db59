import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  type AnyAgent,
  agent,
  ChatRequestEvent,
  ChatResponseEvent,
  chatModel,
  defineEvent,
  InputEvent,
  type ModelRequest,
  type ModelResponse,
  OutputEvent,
  prompt,
  ToolRequestEvent,
  ToolResponseEvent,
  tool,
} from '../../../runtime/api/index.ts';
import { type JournalEntry, prepareAgent, type RunResult, runInput } from '../../../runtime/engine/index.ts';

const text = (content: string): ModelResponse => ({
  text: content,
  toolCalls: [],
  usage: { inputTokens: 1, outputTokens: 1 },
});
const calls = (...toolCalls: ModelResponse['toolCalls']): ModelResponse => ({ ...text(''), toolCalls });

interface Try {
  readonly answers?: readonly ModelResponse[];
  readonly journal?: Map<number, JournalEntry>;
  readonly memory?: Readonly<Record<string, unknown>>;
  readonly tools?: 'run' | 'dry-run';
}

/** Runs one input `{ id: 'i', key: 'k' }` with a scripted model. */
function once(subject: AnyAgent, { answers = [], journal = new Map(), memory, tools }: Try = {}) {
  const requests: ModelRequest[] = [];
  const keys: string[] = [];
  const left = [...answers];
  const result = async (): Promise<RunResult> =>
    runInput(
      prepareAgent(subject, tools),
      {
        job: 'job',
        config: { tone: 'dry' },
        now: () => 1_700_000_000_000,
        model: () => ({
          name: 'scripted',
          async chat(request, options) {
            requests.push(request);
            keys.push(options.idempotencyKey);
            const answer = left.shift();
            if (!answer) throw new Error('the script is over');
            return answer;
          },
        }),
        async record(_, entry) {
          journal.set(entry.index, entry);
        },
        modelCalled() {},
      },
      { key: 'k', inputId: 'i', value: { id: 'i', key: 'k' }, memory, journal, signal: new AbortController().signal },
    );
  return { run: result(), requests, keys, journal };
}

const base = { input: z.object({ id: z.string(), key: z.string() }), output: z.unknown(), key: '/key' } as const;
const values = async (run: Promise<RunResult>) => (await run).outputs.map((output) => output.value);

const add = tool({
  description: 'adds two numbers',
  args: z.object({ a: z.number(), b: z.number() }),
  run: ({ a, b }) => ({ sum: a + b }),
});

describe('events', () => {
  test('several actions of an event run in their order, sent events after them', async () => {
    const Own = defineEvent('own', z.object({ n: z.number() }));
    const subject = agent('a', base)
      .on(InputEvent, (_, ctx) => {
        ctx.send(Own, { n: 1 });
        ctx.output('first');
      })
      .on(InputEvent, async (_, ctx) => {
        await Promise.resolve();
        ctx.output('second');
      })
      .on(Own, ({ value }, ctx) => ctx.output(value.n));
    expect(await values(once(subject).run)).toEqual(['first', 'second', 1]);
  });

  test('an event with a value that its schema refuses, or without a listener, ends the run', async () => {
    const Own = defineEvent('own', z.object({ n: z.number() }));
    const wrong = agent('a', base)
      .on(InputEvent, (_, ctx) => ctx.send(Own, { n: 'x' as never }))
      .on(Own, () => {});
    await expect(once(wrong).run).rejects.toMatchObject({ code: 'HR-RUNTIME-004', place: 'event own' });
    const unheard = agent('a', base).on(InputEvent, (_, ctx) => ctx.send(Own, { n: 1 }));
    await expect(once(unheard).run).rejects.toMatchObject({ code: 'HR-RUNTIME-004', mend: 'add .on(own, …)' });
  });

  test('an output event is an output', async () => {
    const subject = agent('a', base).on(InputEvent, (_, ctx) => ctx.send(OutputEvent, 'sent'));
    expect(await values(once(subject).run)).toEqual(['sent']);
  });

  test('a chat request comes back as a chat response with its tag', async () => {
    const subject = agent('a', { ...base, resources: { judge: chatModel() } })
      .on(InputEvent, (_, ctx) =>
        ctx.send(ChatRequestEvent, { resource: 'judge', messages: [{ role: 'user', content: 'hi' }], tag: 't' }),
      )
      .on(ChatResponseEvent, ({ value }, ctx) => ctx.output(value));
    const tried = once(subject, { answers: [text('hello')] });
    expect(await values(tried.run)).toEqual([{ resource: 'judge', text: 'hello', tag: 't' }]);
    expect(tried.requests).toEqual([{ messages: [{ role: 'user', content: 'hi' }] }]);
  });

  test('a tool request comes back as a tool response', async () => {
    const subject = agent('a', { ...base, resources: { add } })
      .on(InputEvent, (_, ctx) => ctx.send(ToolRequestEvent, { tool: 'add', args: { a: 1, b: 2 } }))
      .on(ToolResponseEvent, ({ value }, ctx) => ctx.output(value));
    expect(await values(once(subject).run)).toEqual([{ tool: 'add', result: { sum: 3 } }]);
  });

  describe('run dry', () => {
    const sent: string[] = [];
    const mail = {
      description: 'sends',
      args: z.object({ to: z.string() }),
      run: ({ to }: { to: string }) => sent.push(to),
    };
    const mails = (resource: ReturnType<typeof tool<{ to: string }, number>>) =>
      agent('a', { ...base, resources: { mail: resource } })
        .on(InputEvent, async (_, ctx) => {
          ctx.output(await ctx.tool('mail', { to: 'x' }));
          ctx.send(ToolRequestEvent, { tool: 'mail', args: { to: 'y' } });
        })
        .on(ToolResponseEvent, ({ value }, ctx) => ctx.output(value.result));

    test('a tool gives the answer of its stand-in and does nothing, called by an action or by an event', async () => {
      const subject = mails(tool({ ...mail, dryRun: ({ to }) => to.charCodeAt(0) }));
      expect(await values(once(subject, { tools: 'dry-run' }).run)).toEqual([120, 121]);
      expect(sent).toEqual([]);
    });

    test('a tool that changes nothing is called as always, and so is one with a stand-in where tools run', async () => {
      const subject = mails(tool({ ...mail, dryRun: 'run' }));
      expect(await values(once(subject, { tools: 'dry-run' }).run)).toEqual([1, 2]);
      expect(await values(once(mails(tool({ ...mail, dryRun: () => -1 }))).run)).toEqual([3, 4]);
    });

    test('a tool that says nothing of it is refused, before any run', () => {
      expect(() => prepareAgent(mails(tool(mail)), 'dry-run')).toThrow(
        expect.objectContaining({ code: 'HR-RESOURCE-006', place: 'resources.mail' }),
      );
    });
  });

  test('a chat request whose response nobody listens to is refused before the model is paid', async () => {
    const subject = agent('a', { ...base, resources: { judge: chatModel() } }).on(InputEvent, (_, ctx) =>
      ctx.send(ChatRequestEvent, { resource: 'judge', messages: [] }),
    );
    const tried = once(subject, { answers: [text('x')] });
    await expect(tried.run).rejects.toMatchObject({ code: 'HR-RUNTIME-004' });
    expect(tried.requests).toEqual([]);
  });

  test('an output that the schema refuses ends the run with its place', async () => {
    const subject = agent('a', { ...base, output: z.object({ n: z.number() }) }).on(InputEvent, (_, ctx) =>
      ctx.output({ n: 'one' as never }),
    );
    await expect(once(subject).run).rejects.toMatchObject({
      code: 'HR-RUNTIME-002',
      place: 'agent a, key k, input i',
      received: '{"n":"one"}',
    });
  });
});

describe('memory', () => {
  const remembering = (handler: (memory: never) => void) =>
    agent('a', { ...base, memory: { list: z.array(z.number()).default([]), note: z.string().optional() } }).on(
      InputEvent,
      (_, ctx) => handler(ctx.memory as never),
    );
  type Memory = { get(n: string): unknown; set(n: string, v: unknown): unknown; delete(n: string): void };

  test('is what the run leaves, and nothing when it changed nothing', async () => {
    const changed = remembering((m: Memory) => {
      m.set('list', [1]);
      m.delete('note');
    });
    expect((await once(changed, { memory: { note: 'old' } }).run).memory).toEqual({ list: [1] });
    const read = remembering((m: Memory) => expect(m.get('list')).toEqual([]));
    expect((await once(read).run).memory).toBeUndefined();
  });

  test('cannot be changed in place, whether a run or a checkpoint left it', async () => {
    const inPlace = remembering((m: Memory) => (m.get('list') as number[]).push(9));
    const memory = { list: [1] };
    await expect(once(inPlace, { memory }).run).rejects.toThrow(TypeError);
    expect(memory).toEqual({ list: [1] });
  });

  test('refuses values and names that the agent does not declare', async () => {
    const wrong = remembering((m: Memory) => m.set('list', ['x']));
    await expect(once(wrong).run).rejects.toMatchObject({ code: 'HR-RUNTIME-005', place: 'memory.list.0' });
    for (const name of ['other', 'constructor'])
      await expect(
        once(
          remembering((m: Memory) => m.get(name)),
          { memory: {} },
        ).run,
      ).rejects.toMatchObject({
        code: 'HR-RUNTIME-005',
      });
  });
});

describe('durable calls', () => {
  const three = agent('a', base).on(InputEvent, async (_, ctx) => {
    const [first, second] = await Promise.all([ctx.durable('x', () => 1), ctx.durable('y', () => 2)]);
    ctx.output([first, second, await ctx.now(), ctx.uuid(), ctx.uuid()]);
  });

  test('are recorded in the order in which they were made and not made again', async () => {
    const first = once(three);
    const [output] = (await first.run).outputs;
    expect([...first.journal.values()].map(({ index, name, result }) => [index, name, result])).toEqual([
      [0, 'durable:x', 1],
      [1, 'durable:y', 2],
      [2, 'now', 1_700_000_000_000],
    ]);
    first.journal.set(0, { index: 0, name: 'durable:x', args: '', result: 'recorded' });
    const [again] = (await once(three, { journal: first.journal }).run).outputs;
    expect(again?.value).toEqual(['recorded', ...((output?.value ?? []) as unknown[]).slice(1)]);
    expect(again?.id).toBe(output?.id);
  });

  test('a uuid is well formed, and another one each time it is asked for', async () => {
    const [output] = (await once(three).run).outputs;
    const [, , , one, two] = (output?.value ?? []) as string[];
    expect(one).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(two).not.toBe(one);
  });

  test('another call in the place of a recorded one is an error that names both', async () => {
    const journal = new Map([[0, { index: 0, name: 'durable:other', args: '', result: 1 }]]);
    await expect(once(three, { journal }).run).rejects.toMatchObject({
      code: 'HR-RUNTIME-003',
      retryable: false,
      message: 'call 0 was durable:other in an earlier try and is durable:x now',
    });
  });

  test('a chat with other words than the recorded one is an error', async () => {
    const say = (words: string) =>
      agent('a', { ...base, resources: { judge: chatModel() } }).on(InputEvent, async (_, ctx) => {
        ctx.output(await ctx.chat('judge', { prompt: words }));
      });
    const first = once(say('hi'), { answers: [text('hello')] });
    await first.run;
    const same = once(say('hi'), { journal: first.journal });
    expect(await values(same.run)).toEqual(['hello']);
    expect(same.requests).toEqual([]);
    await expect(once(say('ho'), { journal: first.journal }).run).rejects.toMatchObject({
      code: 'HR-RUNTIME-003',
      message: expect.stringContaining('with other arguments'),
    });
  });

  test('the first result of a call stands when an abandoned try finishes it as well', async () => {
    const journal = new Map<number, JournalEntry>();
    const subject = agent('a', base).on(InputEvent, async (_, ctx) => {
      ctx.output(
        await ctx.durable('x', () => {
          journal.set(0, { index: 0, name: 'durable:x', args: '', result: 'first' });
          return 'second';
        }),
      );
    });
    expect(await values(once(subject, { journal }).run)).toEqual(['first']);
    expect(journal.get(0)?.result).toBe('first');
  });

  test('a result without a form in JSON ends the run instead of being made again and again', async () => {
    const subject = agent('a', base).on(InputEvent, async (_, ctx) => void (await ctx.durable('x', () => 1n)));
    await expect(once(subject).run).rejects.toMatchObject({ code: 'HR-RUNTIME-009', retryable: false });
  });
});

describe('chat', () => {
  const asking = agent('a', { ...base, resources: { judge: chatModel(), add, ask: prompt('rate {what}') } }).on(
    InputEvent,
    async (_, ctx) => {
      ctx.output(
        await ctx.chat('judge', {
          system: String(ctx.config['tone']),
          prompt: ctx.prompt('ask', { what: 'this' }),
          output: z.object({ score: z.number() }),
          tools: ['add'],
          maxRounds: 2,
        }),
      );
    },
  );

  test('runs the tools that the model calls and gives it their results', async () => {
    const tried = once(asking, {
      answers: [calls({ id: 'c1', name: 'add', args: { a: 2, b: 3 } }), text('{"score":5}')],
    });
    expect(await values(tried.run)).toEqual([{ score: 5 }]);
    expect(tried.requests[0]?.messages).toEqual([
      { role: 'system', content: 'dry' },
      { role: 'user', content: 'rate this' },
    ]);
    expect(tried.requests[0]?.tools).toMatchObject([{ name: 'add', description: 'adds two numbers' }]);
    expect(tried.requests[0]?.output).toMatchObject({ type: 'object', required: ['score'] });
    expect(tried.requests[1]?.messages.slice(2)).toEqual([
      { role: 'assistant', content: '', toolCalls: [{ id: 'c1', name: 'add', args: { a: 2, b: 3 } }] },
      { role: 'tool', toolCallId: 'c1', content: '{"sum":5}' },
    ]);
    expect([...tried.journal.values()].map((entry) => entry.name)).toEqual(['chat:judge', 'tool:add', 'chat:judge']);
    expect(new Set(tried.keys).size).toBe(2);
  });

  test("a model's wrong arguments and unknown tools go back to the model", async () => {
    const tried = once(asking, {
      answers: [
        calls({ id: 'c1', name: 'add', args: { a: 'two', b: 3 } }, { id: 'c2', name: 'sub', args: {} }),
        text('{"score":0}'),
      ],
    });
    expect(await values(tried.run)).toEqual([{ score: 0 }]);
    const answers = tried.requests[1]?.messages.slice(-2).map((message) => message.content);
    expect(answers?.[0]).toMatch(/^error: a: .*expected number/);
    expect(answers?.[1]).toBe('error: there is no tool sub; there are add');
    expect([...tried.journal.values()].map((entry) => entry.name)).toEqual(['chat:judge', 'chat:judge']);
  });

  test('a model that never stops calling tools ends the run', async () => {
    const again = calls({ id: 'c', name: 'add', args: { a: 1, b: 1 } });
    await expect(once(asking, { answers: [again, again, again, again] }).run).rejects.toMatchObject({
      code: 'HR-RESOURCE-003',
      message: 'scripted still calls tools after 2 rounds',
    });
  });

  test('an answer that does not fit is worth another try and is not recorded', async () => {
    for (const answer of ['five', '{"score":"five"}']) {
      const tried = once(asking, { answers: [text(answer)] });
      await expect(tried.run).rejects.toMatchObject({ code: 'HR-RESOURCE-003', retryable: true });
      expect(tried.journal.size).toBe(0);
    }
  });

  test('a prompt without a value for a place is refused', async () => {
    const subject = agent('a', { ...base, resources: { ask: prompt('{a} and {b}') } }).on(InputEvent, (_, ctx) => {
      ctx.output(ctx.prompt('ask', { a: 1 }));
    });
    await expect(once(subject).run).rejects.toMatchObject({ code: 'HR-RUNTIME-009', place: 'prompt ask' });
  });
});
