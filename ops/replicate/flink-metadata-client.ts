import { StateError } from '../../runtime/state/errors.ts';
import { type FlinkMetadata, flinkMetadataSchema } from '../../runtime/state/flink-metadata.ts';

/** What one answer may take: a start of the JVM on a busy machine, and tens of megabytes of metadata. */
const ANSWER_MS = 120_000;

/** A running reader of Flink's metadata: a line of JSON each way. */
export interface ReaderConnection {
  write(line: string): void;
  /** Ends it by force: it does not answer. */
  abort(): void;
  close(): void;
}

interface Waiting {
  readonly resolve: (content: FlinkMetadata) => void;
  readonly reject: (error: Error) => void;
}

/** Asks Flink's own reader of `_metadata`, which is connected to with the first question, and again after it has ended. */
export abstract class FlinkMetadataClient {
  readonly #waiting = new Map<number, Waiting>();
  #connection: ReaderConnection | undefined;
  #asked = 0;

  /** @param line takes an answer. @param end takes why no more answers come. */
  protected abstract connect(line: (text: string) => void, end: (why: StateError) => void): ReaderConnection;

  /** @throws StateError HR-STATE-003 for what is no metadata, HR-STATE-010 when the reader does not work. */
  async read(directory: string, metadata: Uint8Array): Promise<FlinkMetadata> {
    const id = ++this.#asked;
    const connection = this.#connected();
    const timer = setTimeout(() => connection.abort(), ANSWER_MS);
    try {
      return await new Promise<FlinkMetadata>((resolve, reject) => {
        this.#waiting.set(id, {
          resolve,
          reject: (error) =>
            reject(error instanceof StateError ? error : new StateError('HR-STATE-003', directory, error.message)),
        });
        connection.write(`${JSON.stringify({ id, directory, metadata: Buffer.from(metadata).toString('base64') })}\n`);
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  #connected(): ReaderConnection {
    if (this.#connection) return this.#connection;
    const connection: ReaderConnection = this.connect(
      (text) => this.#answer(text),
      (why) => {
        if (this.#connection === connection) this.#connection = undefined;
        for (const { reject } of this.#waiting.values()) reject(why);
        this.#waiting.clear();
      },
    );
    this.#connection = connection;
    return connection;
  }

  #answer(line: string): void {
    const { id, content, error } = JSON.parse(line) as { id: number; content?: unknown; error?: string };
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    if (error !== undefined) waiting.reject(new Error(error));
    else {
      const parsed = flinkMetadataSchema.safeParse(content);
      if (parsed.success) waiting.resolve(parsed.data);
      else waiting.reject(new Error(`not what this version reads: ${parsed.error.message}`));
    }
  }
}
