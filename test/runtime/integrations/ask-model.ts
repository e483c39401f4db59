// Asks a model once, as a worker would: `openai URL` or `ollama URL`. Prints the answer, or the error, as JSON.
import { ollamaModel, openAiModel } from '../../../runtime/integrations/index.ts';

const [kind, url = ''] = process.argv.slice(2);
const model =
  kind === 'ollama'
    ? await ollamaModel({ model: 'm', url, timeout: 10 })
    : await openAiModel({ model: 'm', apiKey: 'sk-test', url, timeout: 10 });
try {
  const { text } = await model.chat(
    { messages: [{ role: 'user', content: 'hello' }] },
    { idempotencyKey: 'k', signal: new AbortController().signal },
  );
  console.log(JSON.stringify({ text }));
} catch (error) {
  const { code, message, retryable, mend } = error as Error & { code?: string; retryable?: boolean; mend?: string };
  console.log(JSON.stringify({ code, message, retryable, mend }));
}
