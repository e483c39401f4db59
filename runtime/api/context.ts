import type { z } from 'zod';
import type { ChatMessage } from './chat.ts';
import type { EventType } from './events.ts';
import type { NamesOf, Resources, ToolArgs, ToolResult } from './resources.ts';

export type MemorySchemas = Readonly<Record<string, z.ZodType>>;

/** Short-term memory of the run's key. Changes become visible to others, and durable, when the run ends well. */
export interface ShortTermMemory<M extends MemorySchemas> {
  /** The value, or its schema's default, or undefined. Frozen: change it with `set` or `update`. */
  get<N extends keyof M & string>(name: N): z.output<M[N]>;
  set<N extends keyof M & string>(name: N, value: z.input<M[N]>): z.output<M[N]>;
  /** Sets what `change` returns. @returns the new value. */
  update<N extends keyof M & string>(name: N, change: (value: z.output<M[N]>) => z.input<M[N]>): z.output<M[N]>;
  delete(name: keyof M & string): void;
}

export interface ChatOptions<S extends z.ZodType | undefined = undefined, R extends Resources = Resources> {
  /** What is judged, answered or continued: the last user message. Give this or `messages`. */
  readonly prompt?: string;
  /** Instructions: a system message before `prompt`. */
  readonly system?: string;
  /** A whole conversation. */
  readonly messages?: readonly ChatMessage[];
  /** Schema of the answer. Default: text. */
  readonly output?: S;
  /** Tools of the agent that the model may call. Default: none. */
  readonly tools?: readonly NamesOf<R, 'tool'>[];
  /** Most rounds of tool calls before the run fails. Default: 8. */
  readonly maxRounds?: number;
}

export interface DurableContext {
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
}

/**
 * What an action works with. Calls to models, tools and `durable` are recorded when they finish: after a failure the
 * action runs again from its start and gets their recorded results, so it must make the same calls in the same order.
 * Take time and identifiers from `now` and `uuid`, which are recorded or derived.
 */
export interface RunnerContext<R extends Resources = Resources, M extends MemorySchemas = MemorySchemas, O = unknown> {
  readonly key: string;
  /** Identifies the input within its key. */
  readonly inputId: string;
  readonly config: Readonly<Record<string, string | number | boolean>>;
  readonly memory: ShortTermMemory<M>;
  /** Aborted when the process stops; the run starts again elsewhere. */
  readonly signal: AbortSignal;
  output(value: O): void;
  /** Sends an event to the actions of this run that listen to it. */
  send<T>(event: EventType<T>, value: T): void;
  chat(resource: NamesOf<R, 'chat'>, options: ChatOptions<undefined, R>): Promise<string>;
  chat<S extends z.ZodType>(
    resource: NamesOf<R, 'chat'>,
    options: ChatOptions<S, R> & { readonly output: S },
  ): Promise<z.output<S>>;
  tool<N extends NamesOf<R, 'tool'>>(name: N, args: ToolArgs<R[N]>): Promise<ToolResult<R[N]>>;
  /** A prompt resource with its places filled. */
  prompt(name: NamesOf<R, 'prompt'>, values?: Readonly<Record<string, string | number>>): string;
  /** Runs `call` once: its result, which must survive JSON, is recorded under `name`. */
  durable<T>(name: string, call: (context: DurableContext) => Promise<T> | T): Promise<T>;
  /** Milliseconds since 1970, recorded. */
  now(): Promise<number>;
  /** An identifier derived from the run: the same after a restart. */
  uuid(): string;
}
