// The program of an agent thread: loads the agent, binds its models, and runs what the main thread hands over.
import { AsyncLocalStorage } from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
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
} from '../engine/index.ts';
import { bindChatModel, environmentName } from '../integrations/index.ts';
import { loadAgent } from '../plan/index.ts';
import {
  JOURNAL_MODE_KAFKA,
  operatorFrame,
  type WireFinished,
  type WireFinishedCall,
  type WireJournalEntry,
  type WireRunRequest,
  type WireRunResult,
  workerFrame,
} from '../wire/messages.ts';
import type { AgentSettings } from './settings.ts';
import type { FromThread, ToThread } from './thread-messages.ts';

const port = parentPort;
if (!port) throw new Error('this program runs as a worker thread');
const settings = workerData as AgentSettings;
const send = (message: FromThread, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
const text = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
const json = (value: unknown) => Buffer.from(JSON.stringify(value) ?? 'null');
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

function fromWire(entry: WireJournalEntry): [number, JournalEntry] {
  const { index, name, args } = entry;
  return [index, { index, name, args, result: JSON.parse(text(entry.result)) as unknown }];
}

/** A run on this thread; it is the engine's request. */
class ThreadRun implements RunRequest {
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

/** The runs of one operator stream on this thread, and what waits to be sent back. */
class Stream {
  readonly #number: number;
  readonly #durable: boolean;
  readonly #host: RunHost;
  readonly #runs = new Map<number, ThreadRun>();
  #results: WireRunResult[] = [];
  #calls: WireFinishedCall[] = [];
  #flushing = false;

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
      record: (request, entry) => this.#record(request as ThreadRun, entry),
      modelCalled() {},
    };
  }

  receive(bytes: Uint8Array): void {
    const frame = operatorFrame.decode(bytes);
    for (const { run, index } of frame.recorded) this.#runs.get(run)?.recorded.get(index)?.();
    for (const id of frame.cancelled) this.#cancel(id);
    for (const wire of frame.runs) this.#start(wire);
  }

  close(): void {
    for (const id of [...this.#runs.keys()]) this.#cancel(id);
  }

  fail(run: ThreadRun, error: unknown): void {
    if (run.ended) return;
    this.#end(run, { run: run.id, failed: failure(error) });
  }

  #cancel(id: number): void {
    this.#runs.get(id)?.abort();
    this.#runs.delete(id);
  }

  #start(wire: WireRunRequest): void {
    let run: ThreadRun;
    try {
      run = new ThreadRun(this, wire);
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

  #finish(run: ThreadRun, result: RunResult): void {
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
    this.#end(run, { run: run.id, finished });
  }

  #end(run: ThreadRun, result: WireRunResult): void {
    run.ended = true;
    this.#runs.delete(run.id);
    this.#push(result);
  }

  #push(result: WireRunResult): void {
    this.#results.push(result);
    this.#flushSoon();
  }

  async #record(run: ThreadRun, entry: JournalEntry): Promise<void> {
    if (run.ended) throw new HeadraceError('HR-RUNTIME-009', `input ${run.inputId}`, 'its run has ended');
    run.journal.set(entry.index, entry);
    this.#calls.push({ run: run.id, entry: { ...entry, result: json(entry.result) } });
    this.#flushSoon();
    if (this.#durable) await new Promise<void>((resolve) => run.recorded.set(entry.index, resolve));
  }

  /** What gathers in one turn of the event loop goes in one frame. */
  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      // A copy of its own: the encoder's bytes may be part of a shared buffer, which cannot be transferred.
      const bytes = new Uint8Array(workerFrame.encode({ results: this.#results, calls: this.#calls }));
      this.#results = [];
      this.#calls = [];
      send({ kind: 'frame', stream: this.#number, bytes }, [bytes.buffer]);
    });
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

const failure = (error: unknown) => ({
  code: error instanceof HeadraceError ? error.code : '',
  message: error instanceof HeadraceError ? `${error.place}: ${error.message}` : messageOf(error),
  retryable: isRetryable(error),
});

/** The run whose code is running: whom to blame for what nobody caught. */
const current = new AsyncLocalStorage<ThreadRun>();

function uncaught(error: unknown): void {
  const run = current.getStore();
  // Nobody to blame: the thread ends, and the main thread finds out whose run it was.
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
  prepared = prepareAgent(await loadAgent(settings.entry));
  for (const [name, resource] of prepared.resources) {
    if (resource.kind !== 'chat') continue;
    const binding = settings.models[name];
    if (!binding)
      throw new HeadraceError('HR-RESOURCE-001', `resources.${name}`, 'nothing is bound to this chat model', {
        mend: `add ${name} to resources in the deployment file`,
      });
    models[name] = await bindChatModel(name, binding, { secret });
  }
  process.on('uncaughtException', uncaught);
  process.on('unhandledRejection', uncaught);
  port.on('message', (message: ToThread) => {
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
