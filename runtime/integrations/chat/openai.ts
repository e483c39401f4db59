import type { OpenAI as Client } from 'openai';
import type { ChatMessage, ChatModel } from '../../api/chat.ts';
import { serviceFailure } from './failure.ts';

export interface OpenAiOptions {
  readonly model: string;
  readonly apiKey: string;
  /** Endpoint of a compatible service. Default: api.openai.com. */
  readonly url?: string | undefined;
  /** Seconds. */
  readonly timeout: number;
}

/** OpenAI's chat completions, or a service that speaks the same. The client is loaded when the model is made. */
export async function openAiModel(options: OpenAiOptions): Promise<ChatModel> {
  const { OpenAI } = await import('openai');
  // Tries are the engine's: it waits, keeps the order of the key, and shows them in its metrics.
  const client = new OpenAI({
    apiKey: options.apiKey,
    timeout: options.timeout * 1000,
    maxRetries: 0,
    ...(options.url ? { baseURL: options.url } : {}),
  });
  const name = `openai ${options.model}`;
  return {
    name,
    async chat(request, { idempotencyKey, signal }) {
      try {
        const completion = await client.chat.completions.create(
          {
            model: options.model,
            messages: request.messages.map(toMessage),
            ...(request.output
              ? {
                  response_format: {
                    type: 'json_schema' as const,
                    json_schema: { name: 'answer', strict: true, schema: { ...request.output } },
                  },
                }
              : {}),
            ...(request.tools
              ? {
                  tools: request.tools.map(({ name: tool, description, parameters }) => ({
                    type: 'function' as const,
                    function: { name: tool, description, parameters: { ...parameters } },
                  })),
                }
              : {}),
          },
          // The client's own idempotencyKey option goes out only where a header name is set, and it sets none.
          { headers: { 'Idempotency-Key': idempotencyKey }, signal },
        );
        const message = completion.choices[0]?.message;
        return {
          text: message?.content ?? '',
          toolCalls: (message?.tool_calls ?? []).flatMap((call) =>
            call.type === 'function'
              ? [{ id: call.id, name: call.function.name, args: parseArguments(call.function.arguments) }]
              : [],
          ),
          usage: {
            inputTokens: completion.usage?.prompt_tokens ?? 0,
            outputTokens: completion.usage?.completion_tokens ?? 0,
          },
        };
      } catch (error) {
        throw await serviceFailure(name, error, client.baseURL);
      }
    },
  };
}

function toMessage(message: ChatMessage): Client.Chat.ChatCompletionMessageParam {
  if (message.role === 'tool') return { role: 'tool', tool_call_id: message.toolCallId, content: message.content };
  if (message.role === 'assistant') {
    const calls = (message.toolCalls ?? []).map((call) => ({
      id: call.id,
      type: 'function' as const,
      function: { name: call.name, arguments: JSON.stringify(call.args) },
    }));
    return { role: 'assistant', content: message.content, ...(calls.length ? { tool_calls: calls } : {}) };
  }
  return { role: message.role, content: message.content };
}

/** What is no JSON goes on as text, and fails the tool's schema with a message that the model can read. */
function parseArguments(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
