import type { z } from 'zod';

/** A chat model that the deployment file binds to a service. */
export interface ChatModelResource {
  readonly kind: 'chat';
}
/** Declares a chat model: which service answers is the deployment file's to say. */
export const chatModel = (): ChatModelResource => ({ kind: 'chat' });

export interface ToolContext {
  /** The same for every try of the same call: pass it on to services that accept one. */
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
}

/** A function that actions and models may call; its result is durable. */
export interface ToolResource<A = unknown, R = unknown> {
  readonly kind: 'tool';
  readonly description: string;
  readonly args: z.ZodType<A>;
  readonly run: (args: A, context: ToolContext) => Promise<R> | R;
  /**
   * What `tools: dry-run` of the deployment file, and every drill, do in its place: `run`, for a tool that changes nothing
   * anywhere, or a function that gives a result of the same form and leaves the world alone. Without it an agent with this
   * tool is not run dry.
   */
  readonly dryRun?: 'run' | ((args: A, context: ToolContext) => Promise<R> | R) | undefined;
}
/** Whether tools do what they are for, or only look as if they did. */
export type ToolMode = 'run' | 'dry-run';
/** Declares a tool. Its result must survive JSON. */
export const tool = <A, R>(spec: {
  description: string;
  args: z.ZodType<A>;
  run: (args: A, context: ToolContext) => Promise<R> | R;
  dryRun?: 'run' | ((args: A, context: ToolContext) => Promise<R> | R) | undefined;
}): ToolResource<A, R> => ({
  kind: 'tool',
  ...spec,
});

/** A text with places, `{name}`, that are filled when it is used. */
export interface PromptResource {
  readonly kind: 'prompt';
  readonly template: string;
}
export const prompt = (template: string): PromptResource => ({ kind: 'prompt', template });

// biome-ignore lint/suspicious/noExplicitAny: a tool's argument type is contravariant; any is the only common supertype.
export type Resource = ChatModelResource | ToolResource<any, any> | PromptResource;
export type Resources = Readonly<Record<string, Resource>>;

/** Names of an agent's resources of one kind. */
export type NamesOf<R extends Resources, Kind extends Resource['kind']> = {
  [N in keyof R]: R[N] extends { readonly kind: Kind } ? N : never;
}[keyof R] &
  string;
export type ToolArgs<T> = T extends ToolResource<infer A, unknown> ? A : never;
export type ToolResult<T> = T extends { readonly run: (...args: never[]) => infer R } ? Awaited<R> : never;
