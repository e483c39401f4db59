// The program of an agent process: loads the agent, binds its models, and runs what the worker hands over.
import { AsyncLocalStorage } from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChatModel } from '../api/chat.ts';
import { HeadraceError, isRetryable } from '../api/errors.ts';
import {
  type JournalEntry,
  type MemoryValues,
  type PreparedAgent,
  prepareAgent,
  type RunHost,
  type RunRequest,
  type RunResult,
  runInput,
  shorten,
} from '../engine/index.ts';
import { bindChatModel, environmentName } from '../integrations/index.ts';
import { loadAgent } from '../plan/index.ts';
import {
  JOURNAL_MODE_KAFKA,
  operatorFrame,
  type WireFailed,
  type WireFinished,
  type WireFinishedCall,
  type WireJournalEntry,
  type WireRunRequest,
  type WireRunResult,
  workerFrame,
} from '../wire/messages.ts';
import type { FromProcess, ToProcess } from './process-messages.ts';
import type { AgentSettings } from './settings.ts';

const settings = await new Promise<AgentSettings>((resolve) =>
  process.once('message', (message: ToProcess) => {
    if (message.kind === 'start') resolve(message.settings);
  }),
);
// The worker is gone: nobody wants what this process does.
process.on('disconnect', () => process.exit(0));
const send = (message: FromProcess) => process.send?.(message, () => {});
const text = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
const json = (value: unknown) => Buffer.from(JSON.stringify(value) ?? 'null');
const messageOf = (error: unknown) => (error instanceof Error ? error.message : shorten(error));
/** What gathers beyond it is sent at once. */
const MAX_FRAME_BYTES = 1 << 20;
/** As the operator's limit for what it sends. */
const MAX_RUN_BYTES = 16 << 20;

function fromWire(entry: WireJournalEntry): [number, JournalEntry] {
  const { index, name, args } = entry;
  return [index, { index, name, args, result: JSON.parse(text(entry.result)) as unknown }];
}

/** A run in this process; it is the engine's request. */
class AgentRun implements RunRequest {
  readonly id: number;
  readonly stream: Stream;
  readonly key: string;
  readonly inputId: string;
  readonly value: unknown;
  readonly memory: MemoryValues | undefined;
  readonly journal: Map<number, JournalEntry>;
  readonly recorded = new Map<number, () => void>();
  ended = false;
  #abort: AbortController | undefined;

  /** @throws HeadraceError HR-RUNTIME-001 for an input that does not fit the agent. */
  constructor(stream: Stream, wire: WireRunRequest) {
    const { key, inputId } = wire;
    this.id = wire.id;
    this.stream = stream;
    const accepted = prepared.accept(parse(wire.input, inputId), inputId);
    const differs =
      accepted.key !== key
        ? `its key is ${accepted.key}, and the operator found ${key}`
        : prepared.plan.id !== undefined && accepted.inputId !== inputId
          ? `its id is ${accepted.inputId}, and the operator found ${inputId}`
          : undefined;
    if (differs) throw new HeadraceError('HR-RUNTIME-001', inputId, differs);
    this.key = key;
    this.inputId = inputId;
    this.value = accepted.value;
    const names = Object.entries(wire.memory);
    this.memory = names.length
      ? Object.fromEntries(names.map(([name, value]) => [name, JSON.parse(text(value))]))
      : undefined;
    this.journal = new Map(wire.journal.map(fromWire));
  }

  /** Made when it is asked for: most runs never do. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    return this.#abort.signal;
  }

  abort(): void {
    this.ended = true;
    this.#abort?.abort(new Error('the operator does not want this run any more'));
  }
}

function parse(input: Uint8Array, place: string): unknown {
  try {
    return JSON.parse(text(input));
  } catch (cause) {
    throw new HeadraceError('HR-RUNTIME-001', place, `the record is not JSON: ${messageOf(cause)}`, { cause });
  }
}

/** The runs of one operator stream in this process, and what waits to be sent back. */
class Stream {
  readonly #number: number;
  readonly #durable: boolean;
  readonly #host: RunHost;
  readonly #runs = new Map<number, AgentRun>();
  #results: WireRunResult[] = [];
  #calls: WireFinishedCall[] = [];
  #flushing = false;
  /** Of what has gathered, about. */
  #bytes = 0;

  constructor(number: number, job: string, journal: number) {
    this.#number = number;
    this.#durable = journal === JOURNAL_MODE_KAFKA;
    this.#host = {
      job,
      config: settings.config,
      now: Date.now,
      model: (name) => {
        const model = models[name];
        if (!model)
          throw new HeadraceError('HR-RESOURCE-001', `resources.${name}`, 'no chat model is bound to this name');
        return model;
      },
      record: (request, entry) => this.#record(request as AgentRun, entry),
      modelCalled() {},
    };
  }

  receive(bytes: Uint8Array): void {
    const frame = operatorFrame.decode(bytes);
    for (const { run, index } of frame.recorded) this.#runs.get(run)?.recorded.get(index)?.();
    for (const id of frame.cancelled) this.#cancel(id);
    for (const wire of frame.runs) this.#begin(wire);
  }

  close(): void {
    for (const id of [...this.#runs.keys()]) this.#cancel(id);
  }

  fail(run: AgentRun, error: unknown): void {
    if (run.ended) return;
    this.#end(run, { run: run.id, failed: failure(error) });
  }

  #cancel(id: number): void {
    this.#runs.get(id)?.abort();
    this.#runs.delete(id);
  }

  #begin(wire: WireRunRequest): void {
    let run: AgentRun;
    try {
      run = new AgentRun(this, wire);
    } catch (error) {
      this.#push({ run: wire.id, failed: failure(error) });
      return;
    }
    this.#runs.set(run.id, run);
    current.run(run, () => {
      try {
        const result = runInput(prepared, this.#host, run);
        if (!(result instanceof Promise)) this.#finish(run, result);
        else
          result.then(
            (value) => this.#finish(run, value),
            (error: unknown) => this.fail(run, error),
          );
      } catch (error) {
        this.fail(run, error);
      }
    });
  }

  #finish(run: AgentRun, result: RunResult): void {
    if (run.ended) return;
    let finished: WireFinished;
    try {
      finished = {
        outputs: result.outputs.map(({ id, value }) => ({ id, value: json(value) })),
        memory: changes(run.memory ?? {}, result.memory),
      };
    } catch (error) {
      this.fail(
        run,
        new HeadraceError(
          'HR-RUNTIME-002',
          `key ${run.key}, input ${run.inputId}`,
          `an output has no form in JSON: ${messageOf(error)}`,
        ),
      );
      return;
    }
    const size = sizeOf({ run: run.id, finished });
    if (size > MAX_RUN_BYTES) {
      this.fail(
        run,
        new HeadraceError(
          'HR-RUNTIME-002',
          `key ${run.key}, input ${run.inputId}`,
          `outputs and memory of one run have ${size} bytes; the limit is ${MAX_RUN_BYTES}`,
        ),
      );
      return;
    }
    this.#end(run, { run: run.id, finished });
  }

  #end(run: AgentRun, result: WireRunResult): void {
    run.ended = true;
    this.#runs.delete(run.id);
    this.#push(result);
  }

  #push(result: WireRunResult): void {
    this.#results.push(result);
    this.#gather(sizeOf(result));
  }

  /** Sends what has gathered when it is large, otherwise at the end of this turn of the event loop. */
  #gather(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > MAX_FRAME_BYTES) this.#flush();
    else this.#flushSoon();
  }

  async #record(run: AgentRun, entry: JournalEntry): Promise<void> {
    if (run.ended) throw new HeadraceError('HR-RUNTIME-009', `input ${run.inputId}`, 'its run has ended');
    run.journal.set(entry.index, entry);
    const result = json(entry.result);
    this.#calls.push({ run: run.id, entry: { ...entry, result } });
    this.#gather(result.byteLength);
    if (this.#durable) await new Promise<void>((resolve) => run.recorded.set(entry.index, resolve));
  }

  /** What gathers in one turn of the event loop goes in one frame. */
  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#bytes === 0) return;
    const bytes = workerFrame.encode({ results: this.#results, calls: this.#calls });
    this.#results = [];
    this.#calls = [];
    this.#bytes = 0;
    send({ kind: 'frame', stream: this.#number, bytes });
  }
}

/** Names whose values differ; values are frozen, so that equal ones are the same. */
function changes(before: MemoryValues, after: MemoryValues | undefined): WireFinished['memory'] {
  if (!after) return [];
  return [
    ...Object.keys(before)
      .filter((name) => !Object.hasOwn(after, name))
      .map((name) => ({ name })),
    ...Object.entries(after)
      .filter(([name, value]) => !Object.hasOwn(before, name) || before[name] !== value)
      .map(([name, value]) => ({ name, value: json(value) })),
  ];
}

function failure(error: unknown): WireFailed {
  const code = (error as { code?: unknown } | undefined)?.code;
  return { code: typeof code === 'string' ? code : '', message: messageOf(error), retryable: isRetryable(error) };
}

const sizeOf = ({ finished }: WireRunResult): number =>
  [...(finished?.outputs ?? []), ...(finished?.memory ?? [])].reduce(
    (sum, { value }) => sum + (value?.byteLength ?? 0),
    64,
  );

/** The run whose code is running: whom to blame for what nobody caught. */
const current = new AsyncLocalStorage<AgentRun>();

function uncaught(error: unknown): void {
  const run = current.getStore();
  // Nobody to blame: the process ends, and the worker finds out whose run it was.
  if (!run) throw error;
  run.stream.fail(
    run,
    new HeadraceError('HR-RUNTIME-010', `key ${run.key}, input ${run.inputId}`, messageOf(error), { cause: error }),
  );
}

function secret(name: string): string | undefined {
  if (settings.secrets === undefined) return process.env[environmentName(name)] || undefined;
  try {
    return readFileSync(join(settings.secrets, name), 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

let prepared: PreparedAgent;
const models: Record<string, ChatModel> = {};
const streams = new Map<number, Stream>();

try {
  prepared = prepareAgent(await loadAgent(settings.entry), settings.tools);
  for (const [name, resource] of prepared.resources) {
    if (resource.kind !== 'chat') continue;
    const binding = settings.models[name];
    if (!binding)
      throw new HeadraceError('HR-RESOURCE-001', `resources.${name}`, 'nothing is bound to this chat model', {
        mend: `add ${name} to resources in the deployment file`,
      });
    models[name] = await bindChatModel(name, binding, { secret, secretsIn: settings.secrets });
  }
  process.on('uncaughtException', uncaught);
  process.on('unhandledRejection', uncaught);
  process.on('message', (message: ToProcess) => {
    switch (message.kind) {
      case 'open':
        streams.set(message.stream, new Stream(message.stream, message.job, message.journal));
        break;
      case 'frame':
        streams.get(message.stream)?.receive(message.bytes);
        break;
      case 'close':
        streams.get(message.stream)?.close();
        streams.delete(message.stream);
        break;
      case 'ping':
        send({ kind: 'pong' });
    }
  });
  send({
    kind: 'ready',
    planHash: prepared.plan.hash,
    models: Object.fromEntries(Object.entries(models).map(([name, model]) => [name, model.name])),
  });
} catch (error) {
  const { code, place, mend } = error as { code?: string; place?: string; mend?: string };
  send({
    kind: 'unusable',
    message: [code, place && `${place}:`, messageOf(error), mend && `(${mend})`].filter(Boolean).join(' '),
  });
}
