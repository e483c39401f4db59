import { z } from 'zod';
import type { ChatMessage } from './chat.ts';

/** A kind of event: what actions listen to and send. `T` is the type of its value. */
export interface EventType<T = unknown> {
  readonly name: string;
  /** Checks a value when it is sent. */
  readonly schema: z.ZodType<T>;
}

/** Declares a kind of event of an agent. @param name unique in the agent; a leading underscore is reserved. */
export function defineEvent<T>(name: string, schema: z.ZodType<T>): EventType<T> {
  return { name, schema };
}

/** An input arrived: every run starts with one. Its value has the type of the agent's `input`. */
export const InputEvent = { name: '_input', schema: z.unknown() } as const;
/** Sending one is the same as `ctx.output`. */
export const OutputEvent: EventType = { name: '_output', schema: z.unknown() };

export interface ChatRequest {
  /** Name of a chat model among the agent's resources. */
  readonly resource: string;
  readonly messages: readonly ChatMessage[];
  /** Carried to the response, so that an action can tell requests apart. */
  readonly tag?: string | undefined;
}

const messageSchema = z.object({ role: z.enum(['system', 'user', 'assistant', 'tool']), content: z.string() }).loose();

/** Asks a chat model without waiting: the answer arrives as a ChatResponseEvent. */
export const ChatRequestEvent: EventType<ChatRequest> = {
  name: '_chat_request',
  schema: z.object({
    resource: z.string(),
    messages: z.array(messageSchema as unknown as z.ZodType<ChatMessage>),
    tag: z.string().optional(),
  }),
};
/** A chat model's answer to a ChatRequestEvent. */
export const ChatResponseEvent: EventType<{ resource: string; text: string; tag?: string | undefined }> = {
  name: '_chat_response',
  schema: z.object({ resource: z.string(), text: z.string(), tag: z.string().optional() }),
};
/** Calls a tool without waiting: the result arrives as a ToolResponseEvent. */
export const ToolRequestEvent: EventType<{ tool: string; args: unknown; tag?: string | undefined }> = {
  name: '_tool_request',
  schema: z.object({ tool: z.string(), args: z.unknown(), tag: z.string().optional() }),
};
/** A tool's result for a ToolRequestEvent. */
export const ToolResponseEvent: EventType<{ tool: string; result: unknown; tag?: string | undefined }> = {
  name: '_tool_response',
  schema: z.object({ tool: z.string(), result: z.unknown(), tag: z.string().optional() }),
};
