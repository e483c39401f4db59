import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with a request. */
export type Fault =
  /** The server does what it is asked; its answer never arrives. */
  | { readonly kind: 'lose-answer' }
  /** The connection ends after so many bytes of the answer's body. */
  | { readonly kind: 'break-after'; readonly bytes: number }
  /** The server is not asked; this is the answer. */
  | { readonly kind: 'answer'; readonly status: number; readonly body?: string };

/** A proxy in front of a store's server that breaks what it is told to. */
export class BreakingProxy {
  /** Decides about each request; undefined lets it pass. */
  fault: (method: string, path: string) => Fault | undefined = () => undefined;
  /** Changes the bodies of answers, of the same length. */
  alter: ((body: Buffer) => Buffer) | undefined;
  /** All requests, broken or not: `PUT /state/key`. */
  readonly seen: string[] = [];
  readonly #server: Server;

  private constructor(target: URL) {
    this.#server = createServer((incoming, outgoing) => {
      const { method = '', url = '' } = incoming;
      this.seen.push(`${method} ${url}`);
      const fault = this.fault(method, url);
      if (fault?.kind === 'answer') {
        incoming.resume().on('end', () => outgoing.writeHead(fault.status).end(fault.body));
        return;
      }
      const onward = request(
        // Signatures cover the host that the client named.
        { host: target.hostname, port: target.port, path: url, method, headers: incoming.headers },
        (answer: IncomingMessage) => {
          if (fault?.kind === 'lose-answer') {
            answer.resume().on('end', () => incoming.socket.destroy());
            return;
          }
          outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
          let left = fault?.kind === 'break-after' ? fault.bytes : Number.POSITIVE_INFINITY;
          answer.on('data', (original: Buffer) => {
            const chunk = this.alter?.(original) ?? original;
            outgoing.write(chunk.subarray(0, Math.max(0, left)));
            left -= chunk.byteLength;
            if (left <= 0) setTimeout(() => incoming.socket.destroy(), 20);
          });
          answer.on('end', () => {
            if (left > 0) outgoing.end();
          });
        },
      );
      onward.on('error', () => incoming.socket.destroy());
      incoming.pipe(onward);
    });
  }

  static async start(target: string): Promise<BreakingProxy> {
    const proxy = new BreakingProxy(new URL(target));
    await new Promise<void>((up) => proxy.#server.listen(0, '127.0.0.1', up));
    return proxy;
  }

  /** The target's URL with this proxy's address. */
  url(target: string): string {
    const url = new URL(target);
    url.port = String((this.#server.address() as AddressInfo).port);
    return url.href.replace(/\/$/, '');
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
