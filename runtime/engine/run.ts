import type { ZodType } from 'zod';
import type { ChatModel } from '../api/chat.ts';
import type { ChatOptions, DurableContext, RunnerContext } from '../api/context.ts';
import { HeadraceError, TerminalError } from '../api/errors.ts';
import {
  ChatRequestEvent,
  ChatResponseEvent,
  type EventType,
  InputEvent,
  OutputEvent,
  ToolRequestEvent,
  ToolResponseEvent,
} from '../api/events.ts';
import type { ToolResource } from '../api/resources.ts';
import { converse } from './chat.ts';
import { argsDigest, derivedId, idempotencyKey, type JournalEntry, outputId, type RunIdentity } from './journal.ts';
import { type MemoryValues, RunMemory, shorten } from './memory.ts';
import type { PreparedAgent } from './prepare.ts';

/** What the engine asks of the process around it: it has no clock, socket or storage of its own. */
export interface RunHost {
  readonly job: string;
  readonly config: Readonly<Record<string, string | number | boolean>>;
  /** Milliseconds since 1970. */
  now(): number;
  /** @throws HeadraceError HR-RESOURCE-001 when nothing is bound to the name. */
  model(resource: string): ChatModel;
  /** Resolves once the entry is durable; only then is its result used. */
  record(request: RunRequest, entry: JournalEntry): Promise<void>;
  /** A model is about to be called, rather than its recorded answer used. */
  modelCalled(): void;
}

export interface RunRequest {
  readonly key: string;
  readonly inputId: string;
  /** The checked input. */
  readonly value: unknown;
  readonly memory: MemoryValues | undefined;
  /** Calls that finished in earlier tries of this run, by index. */
  readonly journal: ReadonlyMap<number, JournalEntry>;
  readonly signal: AbortSignal;
}

export interface RunOutput {
  readonly id: string;
  readonly value: unknown;
}

export interface RunResult {
  readonly outputs: readonly RunOutput[];
  /** The key's memory after the run; undefined when unchanged. */
  readonly memory: MemoryValues | undefined;
}

/**
 * Runs one input of one key to its end. The result is all that happened: nothing of it is visible before it is applied.
 * Returns without a promise when no action waited for anything.
 * @throws (or rejects with) what an action threw, or a HeadraceError.
 */
export function runInput(prepared: PreparedAgent, host: RunHost, request: RunRequest): RunResult | Promise<RunResult> {
  return new Run(prepared, host, request).execute();
}

const RESPONSES = new Map([
  [ChatRequestEvent.name, ChatResponseEvent.name],
  [ToolRequestEvent.name, ToolResponseEvent.name],
]);

interface QueuedEvent {
  readonly name: string;
  readonly value: unknown;
}

class Run implements RunnerContext {
  readonly memory: RunMemory;
  readonly #prepared: PreparedAgent;
  readonly #host: RunHost;
  readonly #request: RunRequest;
  readonly #outputs: RunOutput[] = [];
  readonly #queue: QueuedEvent[] = [];
  #calls = 0;
  #uuids = 0;

  constructor(prepared: PreparedAgent, host: RunHost, request: RunRequest) {
    this.#prepared = prepared;
    this.#host = host;
    this.#request = request;
    this.memory = new RunMemory(prepared.agent.spec.memory ?? {}, request.memory);
  }

  get key() {
    return this.#request.key;
  }
  get inputId() {
    return this.#request.inputId;
  }
  get config() {
    return this.#host.config;
  }
  get signal() {
    return this.#request.signal;
  }

  execute(): RunResult | Promise<RunResult> {
    this.#queue.push({ name: InputEvent.name, value: this.#request.value });
    for (let event = this.#queue.shift(); event; event = this.#queue.shift()) {
      const handlers = this.#prepared.actions.get(event.name);
      for (const [i, handler] of (handlers ?? []).entries()) {
        const pending = handler(event, this);
        if (pending) return this.#continue(pending, event, i + 1);
      }
      if (!handlers) return this.#continue(this.#builtIn(event), event, 0);
    }
    return this.#result();
  }

  /** The rest of a run after the first action that waits. */
  async #continue(pending: Promise<void>, event: QueuedEvent, next: number): Promise<RunResult> {
    await pending;
    for (const handler of (this.#prepared.actions.get(event.name) ?? []).slice(next)) await handler(event, this);
    for (let following = this.#queue.shift(); following; following = this.#queue.shift()) {
      const handlers = this.#prepared.actions.get(following.name);
      if (!handlers) await this.#builtIn(following);
      for (const handler of handlers ?? []) await handler(following, this);
    }
    return this.#result();
  }

  #result(): RunResult {
    return { outputs: this.#outputs, memory: this.memory.changes() };
  }

  output(value: unknown): void {
    const parsed = this.#prepared.agent.spec.output.safeParse(value);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      throw new HeadraceError(
        'HR-RUNTIME-002',
        `agent ${this.#prepared.plan.name}, key ${this.key}, input ${this.inputId}`,
        `output ${issue?.path.join('.') ?? ''}: ${issue?.message}`,
        {
          received: shorten(value),
          mend: 'correct the action, or the output schema of the agent',
        },
      );
    }
    this.#outputs.push({ id: outputId(this.#identity(), this.#outputs.length), value: parsed.data });
  }

  send<T>(event: EventType<T>, value: T): void {
    if (event.name === OutputEvent.name) {
      this.output(value);
      return;
    }
    // A request is answered by the engine; what must be listened to is its response.
    const heard = RESPONSES.get(event.name) ?? event.name;
    if (!this.#prepared.actions.has(heard)) {
      throw new HeadraceError(
        'HR-RUNTIME-004',
        `agent ${this.#prepared.plan.name}`,
        `no action listens to the event ${heard}`,
        { mend: `add .on(${heard}, …)` },
      );
    }
    const parsed = event.schema.safeParse(value);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      throw new HeadraceError(
        'HR-RUNTIME-004',
        `event ${event.name}`,
        `${issue?.path.join('.') || 'value'}: ${issue?.message}`,
        { received: shorten(value) },
      );
    }
    this.#queue.push({ name: event.name, value: parsed.data });
  }

  chat(resource: string, options: ChatOptions<ZodType | undefined>): Promise<never> {
    return converse(
      {
        prepared: this.#prepared,
        model: this.#host.model(resource),
        durable: (name, args, call) => this.#durable(name, args, call),
        tool: (name, args) => this.tool(name, args as never),
        modelCalled: () => this.#host.modelCalled(),
      },
      resource,
      options,
    ) as Promise<never>;
  }

  async tool(name: string, args: never): Promise<never> {
    const resource = this.#prepared.resources.get(name);
    const run = this.#prepared.tools.get(name);
    if (resource?.kind !== 'tool' || !run)
      throw new HeadraceError('HR-RESOURCE-001', `resources.${name}`, 'the agent declares no such tool');
    const parsed = (resource as ToolResource).args.safeParse(args);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      throw new HeadraceError(
        'HR-RUNTIME-006',
        `tool ${name}`,
        `${issue?.path.join('.') || 'arguments'}: ${issue?.message}`,
        { received: shorten(args) },
      );
    }
    return (await this.#durable(`tool:${name}`, args, async (context) => {
      try {
        return await run(parsed.data, context);
      } catch (error) {
        if (error instanceof HeadraceError || error instanceof TerminalError) throw error;
        throw new HeadraceError('HR-RUNTIME-006', `tool ${name}`, (error as Error)?.message ?? String(error), {
          cause: error,
          retryable: true,
        });
      }
    })) as never;
  }

  prompt(name: string, values: Readonly<Record<string, string | number>> = {}): string {
    const resource = this.#prepared.resources.get(name);
    if (resource?.kind !== 'prompt')
      throw new HeadraceError('HR-RESOURCE-001', `resources.${name}`, 'the agent declares no such prompt');
    return resource.template.replace(/\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, place: string) => {
      const value = values[place];
      if (value === undefined) throw new HeadraceError('HR-RUNTIME-009', `prompt ${name}`, `no value for {${place}}`);
      return String(value);
    });
  }

  durable<T>(name: string, call: (context: DurableContext) => Promise<T> | T): Promise<T> {
    return this.#durable(`durable:${name}`, undefined, async (context) => call(context));
  }

  now(): Promise<number> {
    return this.#durable('now', undefined, async () => this.#host.now());
  }

  uuid(): string {
    const digits = derivedId(this.#identity(), 'uuid', this.#uuids++);
    // RFC 9562, version 8: bits of the maker's own choice.
    return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-8${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20)}`;
  }

  #identity(): RunIdentity {
    return { job: this.#host.job, key: this.key, inputId: this.inputId };
  }

  async #durable<T>(name: string, args: unknown, call: (context: DurableContext) => Promise<T>): Promise<T> {
    const index = this.#calls++;
    const digest = argsDigest(args);
    const recorded = this.#recorded(index, name, digest);
    if (recorded) return recorded.result as T;
    const result = await call({ idempotencyKey: idempotencyKey(this.#identity(), index), signal: this.signal });
    // An abandoned try may have finished the same call meanwhile: one result stands, for this try and for a replay.
    const entry = this.#recorded(index, name, digest) ?? { index, name, args: digest, result: survivor(name, result) };
    await this.#host.record(this.#request, entry);
    return entry.result as T;
  }

  /** What an earlier try recorded for a call. @throws HeadraceError HR-RUNTIME-003 when that was another call. */
  #recorded(index: number, name: string, digest: string): JournalEntry | undefined {
    const recorded = this.#request.journal.get(index);
    if (recorded) {
      if (recorded.name !== name || recorded.args !== digest) {
        throw new HeadraceError(
          'HR-RUNTIME-003',
          `agent ${this.#prepared.plan.name}, key ${this.key}, input ${this.inputId}`,
          `call ${index} was ${recorded.name} in an earlier try and is ${name} now${recorded.name === name ? ', with other arguments' : ''}`,
          {
            mend: 'make the same calls in the same order each time: take time from ctx.now, identifiers from ctx.uuid, and anything else that varies through ctx.durable',
          },
        );
      }
    }
    return recorded;
  }

  /** Requests that no action of the agent handles itself. */
  async #builtIn(event: QueuedEvent): Promise<void> {
    if (event.name === ChatRequestEvent.name) {
      const { resource, messages, tag } = event.value as { resource: string; messages: never; tag?: string };
      const text = (await this.chat(resource, { messages })) as string;
      this.send(ChatResponseEvent, { resource, text, ...(tag === undefined ? {} : { tag }) });
    } else if (event.name === ToolRequestEvent.name) {
      const { tool, args, tag } = event.value as { tool: string; args: never; tag?: string };
      this.send(ToolResponseEvent, {
        tool,
        result: await this.tool(tool, args),
        ...(tag === undefined ? {} : { tag }),
      });
    }
  }
}

/** What a replay would give is what the first try gets as well. */
function survivor(name: string, result: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(result) ?? 'null');
  } catch (cause) {
    throw new HeadraceError('HR-RUNTIME-009', `call ${name}`, `its result has no form in JSON: ${messageOf(cause)}`, {
      cause,
      mend: 'return objects, arrays, strings, numbers, booleans or null',
    });
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
