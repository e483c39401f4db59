import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { agent, chatModel, defineEvent, InputEvent, prompt, tool } from '../../../runtime/api/index.ts';

test('actions see the types that the agent declares', () => {
  const Own = defineEvent('own', z.object({ n: z.number() }));
  const subject = agent('a', {
    input: z.object({ id: z.string(), at: z.coerce.number() }),
    output: z.object({ sum: z.number() }),
    key: '/id',
    resources: {
      judge: chatModel(),
      ask: prompt('{x}'),
      add: tool({ description: 'adds', args: z.object({ a: z.number() }), run: async ({ a }) => ({ sum: a }) }),
    },
    memory: { seen: z.object({ n: z.number() }).default({ n: 0 }) },
  })
    .on(InputEvent, async ({ value }, ctx) => {
      expectTypeOf(value).toEqualTypeOf<{ id: string; at: number }>();
      expectTypeOf(ctx.memory.get('seen')).toEqualTypeOf<{ n: number }>();
      expectTypeOf(ctx.output).parameter(0).toEqualTypeOf<{ sum: number }>();
      expectTypeOf(ctx.prompt).parameter(0).toEqualTypeOf<'ask'>();
      const typed = () => ctx.chat('judge', { prompt: 'x', output: z.object({ score: z.number() }) });
      expectTypeOf(typed).returns.resolves.toEqualTypeOf<{ score: number }>();
      const plain = () => ctx.chat('judge', { prompt: 'x' });
      expectTypeOf(plain).returns.resolves.toEqualTypeOf<string>();
      const called = () => ctx.tool('add', { a: 1 });
      expectTypeOf(called).returns.resolves.toEqualTypeOf<{ sum: number }>();
      // @ts-expect-error a tool is no chat model
      const _wrongKind = () => ctx.chat('add', { prompt: 'x' });
      // @ts-expect-error a chat model is no tool
      const _wrongTool = () => ctx.tool('judge', {});
      // @ts-expect-error no such memory
      const _wrongMemory = () => ctx.memory.get('other');
    })
    .on(Own, ({ value }) => {
      expectTypeOf(value).toEqualTypeOf<{ n: number }>();
    });
  expect(subject.actions.map((action) => action.event.name)).toEqual(['_input', 'own']);
});
