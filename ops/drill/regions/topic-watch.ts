import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { CommandError } from '../../errors.ts';
import { EXIT } from '../../exit-codes.ts';

const MAIN = 'dev.headrace.flink.drill.TopicWatch';

const lineSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('input'), input: z.string(), key: z.string(), time: z.number() }),
  z.object({
    kind: z.literal('output'),
    id: z.string(),
    input: z.string(),
    key: z.string(),
    sha256: z.string(),
    time: z.number(),
  }),
  z.object({ kind: z.literal('dead-letter'), input: z.string(), key: z.string(), time: z.number() }),
]);
type Line = z.infer<typeof lineSchema>;

/** A record of the job's topics. `at`: when it was seen here; `time`: the record's own. Milliseconds since 1970. */
export type Watched = Exclude<Line, { kind: 'ready' }> & { readonly at: number };

export interface WatchedTopic {
  readonly topic: string;
  readonly bootstrap: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
}

export interface WatchRequest {
  readonly source: WatchedTopic;
  readonly sink: WatchedTopic;
  readonly deadLetters: string;
  /** JSON pointers into inputs. */
  readonly key: string;
  readonly id?: string | undefined;
}

export interface WatchTools {
  /** The bridge. */
  readonly jar: string;
  /** Of Flink, whose libraries the reader needs. */
  readonly distribution: string;
  /** File of JSON lines that everything seen is written to. */
  readonly file: string;
}

/** What a drill sees of the job's topics. */
export interface Watching {
  /** Since it began, in the order in which it was seen. */
  readonly seen: readonly Watched[];
  /** @throws CommandError HR-DRILL-013 when nothing is seen any more. */
  check(): void;
  stop(): Promise<void>;
}

/** Sees what becomes visible in the job's topics, through Kafka's own client in a JVM beside this process. */
export class TopicWatch implements Watching {
  readonly seen: Watched[] = [];
  readonly #child: ChildProcess;
  readonly #file: number;
  readonly #place: string;
  #failure: CommandError | undefined;
  #ready: (() => void) | undefined;
  #ended: Promise<void>;
  #stopping = false;

  private constructor(tools: WatchTools, request: WatchRequest) {
    const home = process.env['JAVA_HOME'];
    const java = home ? join(home, 'bin', 'java') : 'java';
    const classes = [tools.jar, join(tools.distribution, 'lib', '*')].join(delimiter);
    this.#place = `topics ${request.source.topic}, ${request.sink.topic} of ${request.sink.bootstrap.join(',')}`;
    this.#file = openSync(tools.file, 'a');
    this.#child = spawn(java, ['-Xmx256m', '-XX:+UseSerialGC', '-cp', classes, MAIN], { detached: true });
    this.#child.stdin?.on('error', () => {});
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
    const errors: string[] = [];
    if (this.#child.stderr)
      createInterface({ input: this.#child.stderr }).on('line', (line) => {
        errors.push(line);
        if (errors.length > 8) errors.shift();
      });
    if (this.#child.stdout) createInterface({ input: this.#child.stdout }).on('line', (line) => this.#take(line));
    this.#ended = new Promise((resolve) => {
      const end = (why: string) => {
        this.#fail(why);
        this.#ready?.();
        resolve();
      };
      this.#child.once('error', (error) => end(error.message));
      this.#child.once('close', (code, signal) => end(`${signal ?? `code ${code}`}; ${errors.join('\n')}`));
    });
  }

  /** Returns once everything that comes from now on will be seen. @throws CommandError HR-DRILL-013 */
  static async start(tools: WatchTools, request: WatchRequest): Promise<TopicWatch> {
    const watch = new TopicWatch(tools, request);
    await new Promise<void>((resolve) => {
      watch.#ready = resolve;
    });
    watch.check();
    return watch;
  }

  /** @throws CommandError HR-DRILL-013 when the reader has ended: then nothing is known any more. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await this.#ended;
    clearTimeout(timer);
    closeSync(this.#file);
  }

  #take(text: string): void {
    const parsed = lineSchema.safeParse(json(text));
    if (!parsed.success) {
      // A reader of another version: what it would leave out would count as lost.
      this.#fail(`it said ${text.slice(0, 200)}`);
      this.#child.kill('SIGKILL');
      return;
    }
    const line = parsed.data;
    if (line.kind === 'ready') {
      this.#ready?.();
      return;
    }
    const watched = { ...line, at: Date.now() };
    this.seen.push(watched);
    writeSync(this.#file, `${JSON.stringify(watched)}\n`);
  }

  #fail(why: string): void {
    if (this.#stopping) return;
    this.#failure ??= new CommandError('HR-DRILL-013', this.#place, `they cannot be watched: ${why}`, {
      exitCode: EXIT.failed,
      mend: 'run the drill where the brokers are reached, with Java 17, the bridge’s jar and a Flink distribution; --kafka and --kafka-properties say what differs from the pods’ way to them',
    });
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
