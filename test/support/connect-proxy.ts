import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** A forward proxy that makes tunnels and nothing else, with a table instead of DNS. */
export class ConnectProxy {
  /** `host:port` of every tunnel that was asked for. */
  readonly asked: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param targets port on this machine by `host:port`, or the status that the proxy answers with; others get 403. */
  static async start(targets: Readonly<Record<string, { port: number } | { status: number }>>): Promise<ConnectProxy> {
    const server = createServer((request, response) => {
      proxy.asked.push(`${request.method} ${request.url}`);
      response.writeHead(403).end();
    });
    const proxy = new ConnectProxy(server);
    server.on('connection', (socket: Socket) => proxy.#keep(socket));
    server.on('connect', (request, client: Socket) => {
      const target = request.url ?? '';
      proxy.asked.push(target);
      const found = targets[target] ?? { status: 403 };
      if ('status' in found) {
        client.end(`HTTP/1.1 ${found.status} Refused\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      const upstream = connect(found.port, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        client.pipe(upstream).pipe(client);
      });
      proxy.#keep(upstream);
      upstream.on('error', () => client.destroy());
      client.on('error', () => upstream.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
