import type { ChatMessage, ChatModel } from '../../api/chat.ts';
import { serviceFailure } from './failure.ts';

export interface OllamaOptions {
  readonly model: string;
  readonly url: string;
  /** Seconds. */
  readonly timeout: number;
}

/** A model that an Ollama server runs. Ollama knows no idempotency keys: it only computes, so a repeat does no harm. */
export async function ollamaModel(options: OllamaOptions): Promise<ChatModel> {
  const { Ollama } = await import('ollama');
  const name = `ollama ${options.model}`;
  return {
    name,
    async chat(request, { signal }) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(options.timeout * 1000)]);
      // The client's own abort ends only streams; the signal goes with the request itself.
      const client = new Ollama({
        host: options.url,
        fetch: (input, init) => fetch(input, { ...init, signal: limit }),
      });
      try {
        const response = await client.chat({
          model: options.model,
          messages: request.messages.map(toMessage),
          stream: false,
          ...(request.output ? { format: { ...request.output } } : {}),
          ...(request.tools
            ? {
                tools: request.tools.map(({ name: tool, description, parameters }) => ({
                  type: 'function',
                  function: { name: tool, description, parameters: { ...parameters } },
                })),
              }
            : {}),
        });
        return {
          text: response.message.content,
          toolCalls: (response.message.tool_calls ?? []).map((call, i) => ({
            id: String(i),
            name: call.function.name,
            args: call.function.arguments,
          })),
          usage: { inputTokens: response.prompt_eval_count ?? 0, outputTokens: response.eval_count ?? 0 },
        };
      } catch (error) {
        throw await serviceFailure(name, error, options.url);
      }
    },
  };
}

function toMessage(message: ChatMessage) {
  if (message.role !== 'assistant' || !message.toolCalls?.length)
    return { role: message.role, content: message.content };
  return {
    role: message.role,
    content: message.content,
    tool_calls: message.toolCalls.map((call) => ({
      function: { name: call.name, arguments: call.args as Record<string, unknown> },
    })),
  };
}

/** Whether an Ollama server answers within a time and has the model. @param withinMs milliseconds. */
export async function ollamaHas(url: string, model: string, withinMs: number): Promise<boolean> {
  try {
    const response = await fetch(new URL('/api/show', url), {
      method: 'POST',
      body: JSON.stringify({ model }),
      signal: AbortSignal.timeout(withinMs),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
