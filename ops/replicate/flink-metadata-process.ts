import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { StateError } from '../../runtime/state/errors.ts';
import { type FlinkMetadata, flinkMetadataSchema } from '../../runtime/state/flink-metadata.ts';

export interface FlinkToolOptions {
  /** Directory of a Flink distribution, whose `lib` is used. */
  readonly distribution: string;
  /** The bridge's jar. */
  readonly jar: string;
  /** Default: JAVA_HOME's, else the one on the path. */
  readonly java?: string | undefined;
  /** Lines that the tool writes to its log. */
  readonly log?: (line: string) => void;
}

/** What one answer may take: a start of the JVM on a busy machine, and tens of megabytes of metadata. */
const ANSWER_MS = 120_000;
const MAIN = 'dev.headrace.flink.checkpoint.CheckpointFiles';

interface Waiting {
  readonly resolve: (content: FlinkMetadata) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Flink's own reader of `_metadata`, in a JVM of its own that is started with the first question and stays: a line of JSON each way.
 * One that ends is started again with the next question.
 */
export class FlinkMetadataProcess {
  readonly #options: FlinkToolOptions;
  readonly #waiting = new Map<number, Waiting>();
  #child: ChildProcessWithoutNullStreams | undefined;
  #asked = 0;
  #lastLine = '';

  constructor(options: FlinkToolOptions) {
    this.#options = options;
  }

  /** @throws StateError HR-STATE-003 for what is no metadata, HR-STATE-010 when the tool does not work. */
  async read(directory: string, metadata: Uint8Array): Promise<FlinkMetadata> {
    const id = ++this.#asked;
    const child = this.#start();
    const timer = setTimeout(() => child.kill('SIGKILL'), ANSWER_MS);
    try {
      return await new Promise<FlinkMetadata>((resolve, reject) => {
        this.#waiting.set(id, {
          resolve,
          reject: (error) =>
            reject(error instanceof StateError ? error : new StateError('HR-STATE-003', directory, error.message)),
        });
        child.stdin.write(`${JSON.stringify({ id, directory, metadata: Buffer.from(metadata).toString('base64') })}\n`);
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  close(): void {
    this.#child?.stdin.end();
    this.#child?.kill('SIGTERM');
    this.#child = undefined;
  }

  #start(): ChildProcessWithoutNullStreams {
    if (this.#child) return this.#child;
    const { distribution, jar, log = () => {} } = this.#options;
    const home = process.env['JAVA_HOME'];
    const java = this.#options.java ?? (home ? join(home, 'bin', 'java') : 'java');
    const classes = [jar, join(distribution, 'lib', '*')].join(delimiter);
    const child = spawn(java, ['-Xmx512m', '-XX:+UseSerialGC', '-cp', classes, MAIN, '--serve']);
    this.#child = child;
    createInterface({ input: child.stdout }).on('line', (line) => this.#answer(line));
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.#lastLine = line;
      log(line);
    });
    const end = (why: string) => {
      if (this.#child === child) this.#child = undefined;
      for (const { reject } of this.#waiting.values()) {
        reject(
          new StateError('HR-STATE-010', java, `the reader of Flink's metadata ${why}`, {
            mend: 'it needs Java 17, a Flink distribution (--flink, or FLINK_HOME) and the job’s jar (npm run build:java)',
          }),
        );
      }
      this.#waiting.clear();
    };
    child.once('error', (error) => end(error.message));
    child.once('exit', (code, signal) =>
      end(`ended with ${signal ?? `code ${code}`}${this.#lastLine ? `: ${this.#lastLine}` : ''}`),
    );
    // A write to a child that just died; its exit tells more.
    child.stdin.on('error', () => {});
    return child;
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
