import { z } from 'zod';
import { agent, chatModel, defineEvent, InputEvent } from '../../runtime/api/index.ts';

const Score = z.object({ score: z.number().min(-4).max(4).describe('sentiment, from -4 (worst) to 4 (best)') });

/** A sentence that was judged. */
const Judged = defineEvent('judged', z.object({ id: z.string(), score: z.number() }));

/** Judges every sentence of a review with a chat model and keeps a running rating of the review. */
export default agent('review-analysis', {
  input: z.object({ id: z.string(), review: z.string(), text: z.string() }),
  output: z.object({
    id: z.string(),
    review: z.string(),
    score: z.number(),
    sentences: z.number().int(),
    mean: z.number(),
  }),
  key: '/review',
  resources: { judge: chatModel() },
  memory: { rating: z.object({ sentences: z.number(), sum: z.number() }).default({ sentences: 0, sum: 0 }) },
})
  .on(InputEvent, async ({ value }, ctx) => {
    const { score } = await ctx.chat('judge', {
      system: 'Rate the sentiment of this sentence of a product review, from -4 (worst) to 4 (best).',
      prompt: value.text,
      output: Score,
    });
    ctx.send(Judged, { id: value.id, score });
  })
  .on(Judged, ({ value }, ctx) => {
    const rating = ctx.memory.update('rating', (r) => ({ sentences: r.sentences + 1, sum: r.sum + value.score }));
    ctx.output({
      id: value.id,
      review: ctx.key,
      score: value.score,
      sentences: rating.sentences,
      mean: rating.sum / rating.sentences,
    });
  });
