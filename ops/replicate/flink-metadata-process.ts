import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { StateError } from '../../runtime/state/errors.ts';
import { FlinkMetadataClient, type ReaderConnection } from './flink-metadata-client.ts';

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

const MAIN = 'dev.headrace.flink.checkpoint.CheckpointFiles';

/** Flink's own reader of `_metadata`, in a JVM of its own that is started with the first question and stays. */
export class FlinkMetadataProcess extends FlinkMetadataClient {
  readonly #options: FlinkToolOptions;

  constructor(options: FlinkToolOptions) {
    super();
    this.#options = options;
  }

  protected connect(line: (text: string) => void, end: (why: StateError) => void): ReaderConnection {
    const { distribution, jar, log = () => {} } = this.#options;
    const home = process.env['JAVA_HOME'];
    const java = this.#options.java ?? (home ? join(home, 'bin', 'java') : 'java');
    const classes = [jar, join(distribution, 'lib', '*')].join(delimiter);
    const child = spawn(java, ['-Xmx512m', '-XX:+UseSerialGC', '-cp', classes, MAIN, '--serve']);
    let lastLine = '';
    createInterface({ input: child.stdout }).on('line', line);
    createInterface({ input: child.stderr }).on('line', (text) => {
      lastLine = text;
      log(text);
    });
    const ended = (why: string) =>
      end(
        new StateError('HR-STATE-010', java, `the reader of Flink's metadata ${why}`, {
          mend: 'it needs Java 17, a Flink distribution (--flink, or FLINK_HOME) and the job’s jar (npm run build:java)',
        }),
      );
    child.once('error', (error) => ended(error.message));
    child.once('exit', (code, signal) =>
      ended(`ended with ${signal ?? `code ${code}`}${lastLine ? `: ${lastLine}` : ''}`),
    );
    // A write to a child that just died; its exit tells more.
    child.stdin.on('error', () => {});
    return {
      write: (text) => child.stdin.write(text),
      abort: () => child.kill('SIGKILL'),
      close: () => {
        child.stdin.end();
        child.kill('SIGTERM');
      },
    };
  }
}
