import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { agent, InputEvent, TerminalError } from '../../../runtime/api/index.ts';

/** Does what its input says: to the run, to the process, to nobody. */
export default agent('troublesome', {
  input: z.object({ id: z.string(), key: z.string(), does: z.string(), for: z.number().default(0) }),
  output: z.object({ id: z.string(), n: z.number() }),
  key: '/key',
  memory: { n: z.number().default(0), gone: z.number().optional() },
}).on(InputEvent, async ({ value }, ctx) => {
  switch (value.does) {
    case 'throw':
      throw new Error('not today');
    case 'give-up':
      throw new TerminalError('never');
    case 'exit':
      process.exit(7);
      break;
    case 'abort':
      process.abort();
      break;
    case 'hang':
      for (;;);
    case 'exhaust-memory': {
      const hoard: number[][] = [];
      for (;;) hoard.push(new Array(1_000_000).fill(0).map((_, i) => i));
    }
    case 'throw-elsewhere':
      setTimeout(() => {
        throw new Error('nobody catches this');
      });
      await sleep(60_000);
      break;
    case 'reject-elsewhere':
      void Promise.reject(new Error('nobody awaits this'));
      await sleep(60_000);
      break;
    case 'sleep':
      await sleep(value.for, undefined, { signal: ctx.signal });
      break;
    case 'call':
      await ctx.durable('slow', async () => {
        await sleep(value.for);
        return { called: value.id };
      });
      break;
    case 'forget':
      ctx.memory.delete('gone');
  }
  ctx.output({ id: value.id, n: ctx.memory.update('n', (n) => n + 1) });
});
