import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

/** Version of the protocol that workers speak. */
export const PROTOCOL = 1;
export const SERVICE = 'headrace.worker.v1.AgentWorker';

// Ids and epochs stay below 2^53: numbers are enough.
protobuf.util.Long = undefined as never;
protobuf.configure();

/** Messages as they are decoded: absent scalars have their default, absent lists are empty. See worker.proto. */
export interface OperatorHello {
  readonly protocol: number;
  readonly planHash: string;
  readonly job: string;
  readonly region: string;
  readonly epoch: number;
  readonly subtask: number;
  readonly version: string;
  readonly journal: number;
}

export interface WireJournalEntry {
  readonly index: number;
  readonly name: string;
  readonly args: string;
  readonly result: Uint8Array;
}

export interface WireRunRequest {
  readonly id: number;
  readonly key: string;
  readonly inputId: string;
  readonly input: Uint8Array;
  readonly memory: Readonly<Record<string, Uint8Array>>;
  readonly journal: WireJournalEntry[];
  readonly tries: number;
  readonly traceparent: string;
}

export interface OperatorFrame {
  readonly hello?: OperatorHello | null;
  readonly runs: readonly WireRunRequest[];
  readonly recorded: readonly { readonly run: number; readonly index: number }[];
  readonly cancelled: readonly number[];
}

export interface WireFailed {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}

export interface WireFinished {
  readonly outputs: readonly { readonly id: string; readonly value: Uint8Array }[];
  readonly memory: readonly { readonly name: string; readonly value?: Uint8Array }[];
}

export interface WireRunResult {
  readonly run: number;
  readonly finished?: WireFinished | null;
  readonly failed?: WireFailed | null;
}

export interface WireFinishedCall {
  readonly run: number;
  readonly entry: WireJournalEntry;
}

export interface WorkerFrame {
  readonly hello?: { protocol: number; planHash: string; version: string; worker: string } | null;
  readonly results: readonly WireRunResult[];
  readonly calls: readonly WireFinishedCall[];
  readonly credits: number;
  readonly draining: boolean;
  readonly returned: readonly number[];
}

/** As in worker.proto. */
export const JOURNAL_MODE_KAFKA = 2;

const root = new protobuf.Root();
root.loadSync(fileURLToPath(new URL('./headrace/worker/v1/worker.proto', import.meta.url)));

interface Codec<T> {
  encode(message: Partial<T>): Uint8Array;
  /** @throws Error for bytes that are no such message. */
  decode(bytes: Uint8Array): T;
}

function codec<T>(name: string): Codec<T> {
  const type = root.lookupType(`headrace.worker.v1.${name}`);
  return {
    encode: (message) => type.encode(message as never).finish(),
    decode: (bytes) => type.decode(bytes) as unknown as T,
  };
}

export const operatorFrame = codec<OperatorFrame>('OperatorFrame');
export const workerFrame = codec<WorkerFrame>('WorkerFrame');
