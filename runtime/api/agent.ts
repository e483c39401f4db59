import type { z } from 'zod';
import type { MemorySchemas, RunnerContext } from './context.ts';
import { HeadraceError } from './errors.ts';
import { type EventType, InputEvent } from './events.ts';
import type { Resources } from './resources.ts';

export interface AgentSpec<I extends z.ZodType, O extends z.ZodType, R extends Resources, M extends MemorySchemas> {
  /** What a record must be; keys that it does not name are not seen by actions. */
  readonly input: I;
  readonly output: O;
  /** JSON pointer into the record: inputs of one key run one after another and share memory. */
  readonly key: string;
  /** JSON pointer to an identifier that is unique within the key. Default: `/id`, else the record's place in its source. */
  readonly id?: string;
  readonly resources?: R;
  readonly memory?: M;
}

export interface AgentEvent<T> {
  readonly name: string;
  readonly value: T;
}

export type Handler<T, C> = (event: AgentEvent<T>, context: C) => Promise<void> | void;

/** One action: what runs when an event arrives. */
export interface Action {
  readonly event: EventType;
  readonly handler: Handler<unknown, unknown>;
}

/** An agent: what it reads, writes, remembers and does. Immutable; `on` returns a new one. */
export class Agent<
  I extends z.ZodType = z.ZodType,
  O extends z.ZodType = z.ZodType,
  R extends Resources = Resources,
  M extends MemorySchemas = MemorySchemas,
> {
  readonly name: string;
  readonly spec: AgentSpec<I, O, R, M>;
  readonly actions: readonly Action[];

  constructor(name: string, spec: AgentSpec<I, O, R, M>, actions: readonly Action[] = []) {
    this.name = name;
    this.spec = spec;
    this.actions = actions;
  }

  /** Adds an action. Several actions of one event run in the order in which they were added. */
  on(event: typeof InputEvent, handler: Handler<z.output<I>, RunnerContext<R, M, z.input<O>>>): Agent<I, O, R, M>;
  on<T>(event: EventType<T>, handler: Handler<T, RunnerContext<R, M, z.input<O>>>): Agent<I, O, R, M>;
  on(event: EventType, handler: Handler<never, RunnerContext<R, M, z.input<O>>>): Agent<I, O, R, M> {
    const known = this.actions.find((action) => action.event.name === event.name);
    if (known && known.event.schema !== event.schema) {
      throw new HeadraceError('HR-AGENT-005', `agent ${this.name}`, `two events are named ${event.name}`, {
        mend: 'give one of them another name',
      });
    }
    if (event.name.startsWith('_') && !RESERVED.has(event.name)) {
      throw new HeadraceError('HR-AGENT-005', `agent ${this.name}`, `the event name ${event.name} is reserved`, {
        mend: 'choose a name without a leading underscore',
      });
    }
    return new Agent(this.name, this.spec, [...this.actions, { event, handler: handler as Handler<unknown, unknown> }]);
  }
}

/** Any agent, whatever its types: what compiles, loads and runs agents takes this. */
// biome-ignore lint/suspicious/noExplicitAny: handlers are contravariant in the types of their agent.
export type AnyAgent = Agent<any, any, any, any>;

const RESERVED = new Set([InputEvent.name, '_chat_response', '_tool_response']);

/**
 * Declares an agent.
 *
 *     export default agent('greeter', { input: z.object({ id: z.string() }), output: z.string(), key: '/id' })
 *       .on(InputEvent, ({ value }, ctx) => ctx.output(`hello ${value.id}`));
 */
export const agent = <
  I extends z.ZodType,
  O extends z.ZodType,
  R extends Resources = Record<never, never>,
  M extends MemorySchemas = Record<never, never>,
>(
  name: string,
  spec: AgentSpec<I, O, R, M>,
): Agent<I, O, R, M> => new Agent(name, spec);
