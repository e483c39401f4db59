import { createRequire } from 'node:module';
import type { ChatModel, ModelRequest } from '../../api/chat.ts';
import { HeadraceError } from '../../api/errors.ts';

/** The package has no types; this is the part of its result that is used. */
type Sentiment = (text: string) => { readonly score: number; readonly normalizedScore: number };

/** The lexicon rates words from -5 to 5. */
const LEXICON_LIMIT = 5;

/**
 * Judges sentiment with a word list (AFINN and emoticons, by wink-sentiment), offline and always the same. It answers
 * only requests for an object whose one required field is a number: the mean score of the words in the last user
 * message, scaled to the field's bounds.
 */
export function lexiconModel(): ChatModel {
  const sentiment = createRequire(import.meta.url)('wink-sentiment') as Sentiment;
  return {
    name: 'lexicon wink-sentiment',
    async chat(request) {
      const { field, minimum, maximum } = numberField(request);
      const text = request.messages.findLast((message) => message.role === 'user')?.content ?? '';
      const scaled = (sentiment(text).normalizedScore / LEXICON_LIMIT) * Math.max(Math.abs(minimum), Math.abs(maximum));
      const score = Math.min(maximum, Math.max(minimum, Math.round(scaled * 1000) / 1000));
      return { text: JSON.stringify({ [field]: score }), toolCalls: [], usage: { inputTokens: 0, outputTokens: 0 } };
    },
  };
}

function numberField({ output }: ModelRequest): { field: string; minimum: number; maximum: number } {
  const properties = (output?.['properties'] ?? {}) as Record<
    string,
    { type?: string; minimum?: number; maximum?: number }
  >;
  const required = (output?.['required'] as string[] | undefined) ?? [];
  const field = required[0];
  const schema = field === undefined ? undefined : properties[field];
  if (required.length !== 1 || field === undefined || schema?.type !== 'number') {
    throw new HeadraceError(
      'HR-RESOURCE-003',
      'lexicon',
      'the lexicon answers only requests whose output has one required field, a number',
      {
        received: JSON.stringify(output ?? null).slice(0, 200),
        mend: 'bind this resource to a language model',
      },
    );
  }
  return { field, minimum: schema.minimum ?? -LEXICON_LIMIT, maximum: schema.maximum ?? LEXICON_LIMIT };
}
