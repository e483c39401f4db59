import { z } from 'zod';
import { agent, chatModel, InputEvent } from '../../runtime/api/index.ts';

/** Asks the model once where its input says so; counts the inputs of its key. */
export default agent('bench', {
  input: z.object({ id: z.string(), key: z.string(), text: z.string() }),
  output: z.object({ id: z.string(), n: z.number(), answer: z.string() }),
  key: '/key',
  resources: { model: chatModel() },
  memory: { n: z.number().default(0) },
}).on(InputEvent, ({ value }, ctx) => {
  const output = (answer: string) => ctx.output({ id: value.id, n: ctx.memory.update('n', (n) => n + 1), answer });
  if (!ctx.config['ask']) {
    output('');
    return;
  }
  return ctx.chat('model', { prompt: value.text }).then(output);
});
