import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import { StateError } from '../../runtime/state/errors.ts';
import { FlinkMetadataClient, type ReaderConnection } from './flink-metadata-client.ts';

/** Flink's own reader of `_metadata` behind a Unix socket: the container beside this one has a JVM and Flink's jars. */
export class FlinkMetadataSocket extends FlinkMetadataClient {
  readonly #path: string;

  constructor(path: string) {
    super();
    this.#path = path;
  }

  protected connect(line: (text: string) => void, end: (why: StateError) => void): ReaderConnection {
    const socket = createConnection(this.#path);
    let trouble = 'closed the connection';
    createInterface({ input: socket })
      .on('line', line)
      // The socket's own event tells of it.
      .on('error', () => {});
    socket.on('error', (error) => {
      trouble = error.message;
    });
    socket.once('close', () =>
      end(
        new StateError('HR-STATE-010', this.#path, `the reader of Flink's metadata does not answer: ${trouble}`, {
          mend: 'look at the container flink-metadata of this pod: it listens there',
        }),
      ),
    );
    return {
      write: (text) => socket.write(text),
      abort: () => socket.destroy(),
      close: () => socket.destroy(),
    };
  }
}
