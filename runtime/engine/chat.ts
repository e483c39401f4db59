import type { ZodType } from 'zod';
import type { ChatMessage, ChatModel, ModelRequest, ModelResponse, ToolCall, ToolDeclaration } from '../api/chat.ts';
import type { ChatOptions, DurableContext } from '../api/context.ts';
import { HeadraceError } from '../api/errors.ts';
import type { ToolResource } from '../api/resources.ts';
import { shorten } from './memory.ts';
import type { PreparedAgent } from './prepare.ts';

const DEFAULT_ROUNDS = 8;

/** What a conversation needs of its run. */
export interface Conversation {
  readonly prepared: PreparedAgent;
  readonly model: ChatModel;
  durable<T>(name: string, args: unknown, call: (context: DurableContext) => Promise<T>): Promise<T>;
  tool(name: string, args: unknown): Promise<unknown>;
  modelCalled(): void;
}

/** Asks a model, runs the tools that it wants, and gives back its answer: text, or a value of the `output` schema. */
export async function converse(
  conversation: Conversation,
  resource: string,
  options: ChatOptions<ZodType | undefined>,
): Promise<unknown> {
  const { prepared, model } = conversation;
  const messages = [...openingMessages(resource, options)];
  const tools = (options.tools ?? []).map((name) => declaration(prepared, name));
  const request = (): ModelRequest => ({
    messages: [...messages],
    ...(options.output ? { output: prepared.jsonSchema(options.output) } : {}),
    ...(tools.length ? { tools } : {}),
  });
  const rounds = options.maxRounds ?? DEFAULT_ROUNDS;
  for (let round = 0; round <= rounds; round++) {
    const asked = request();
    // An answer that does not fit is not recorded: recorded, it would come back at every further try.
    const response = await conversation.durable(`chat:${resource}`, asked, async (context) => {
      conversation.modelCalled();
      const answer = await model.chat(asked, context);
      if (answer.toolCalls.length === 0 && options.output) parseAnswer(answer, options.output, model.name);
      return answer;
    });
    if (response.toolCalls.length === 0)
      return options.output ? parseAnswer(response, options.output, model.name) : response.text;
    messages.push({ role: 'assistant', content: response.text, toolCalls: response.toolCalls });
    for (const call of response.toolCalls) messages.push(await answerToolCall(conversation, options.tools ?? [], call));
  }
  throw new HeadraceError(
    'HR-RESOURCE-003',
    `resources.${resource}`,
    `${model.name} still calls tools after ${rounds} rounds`,
    { mend: 'raise maxRounds, or say in the prompt when to stop' },
  );
}

function openingMessages(resource: string, options: ChatOptions<ZodType | undefined>): readonly ChatMessage[] {
  if (options.messages) return options.messages;
  if (options.prompt === undefined) {
    throw new HeadraceError('HR-RUNTIME-009', `ctx.chat('${resource}')`, 'there is nothing to say to the model', {
      mend: 'give prompt or messages',
    });
  }
  const user: ChatMessage = { role: 'user', content: options.prompt };
  return options.system === undefined ? [user] : [{ role: 'system', content: options.system }, user];
}

function declaration(prepared: PreparedAgent, name: string): ToolDeclaration {
  const planned = prepared.plan.resources[name];
  if (planned?.kind !== 'tool') {
    throw new HeadraceError('HR-RESOURCE-001', `resources.${name}`, 'the agent declares no such tool');
  }
  return { name, description: planned.description, parameters: planned.args };
}

/** A model's mistake goes back to the model; a tool that fails fails the run. */
async function answerToolCall(
  conversation: Conversation,
  allowed: readonly string[],
  call: ToolCall,
): Promise<ChatMessage> {
  const answer = (content: string): ChatMessage => ({ role: 'tool', toolCallId: call.id, content });
  if (!allowed.includes(call.name))
    return answer(`error: there is no tool ${call.name}; there are ${allowed.join(', ')}`);
  const resource = conversation.prepared.resources.get(call.name) as ToolResource;
  const args = resource.args.safeParse(call.args);
  if (!args.success)
    return answer(`error: ${args.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`);
  const result = await conversation.tool(call.name, call.args);
  return answer(typeof result === 'string' ? result : (JSON.stringify(result) ?? 'null'));
}

function parseAnswer(response: ModelResponse, schema: ZodType, model: string): unknown {
  const refuse = (reason: string) =>
    new HeadraceError('HR-RESOURCE-003', model, `its answer ${reason}`, {
      received: shorten(response.text),
      retryable: true,
    });
  let data: unknown;
  try {
    data = JSON.parse(response.text);
  } catch {
    throw refuse('is not JSON');
  }
  const parsed = schema.safeParse(data);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw refuse(`does not fit the schema: ${issue?.path.join('.') || 'answer'}: ${issue?.message}`);
  }
  return parsed.data;
}
