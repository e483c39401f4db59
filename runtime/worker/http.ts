import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WorkerError } from './errors.ts';

export interface Health {
  /** Why the process should be replaced; undefined while it should live. */
  dead(): string | undefined;
  /** Why no work should be sent; undefined while they may. */
  notReady(): string | undefined;
}

export interface HealthServer {
  readonly port: number;
  close(): void;
}

/** Metrics in Prometheus' text format, made at each scrape. */
export interface MetricsText {
  readonly contentType: string;
  text(): Promise<string>;
}

/** Serves `/livez`, `/readyz` and `/metrics`. @throws WorkerError HR-WORKER-003 */
export async function serveHealth(
  { host, port }: { readonly host: string; readonly port: number },
  health: Health,
  metrics: MetricsText,
): Promise<HealthServer> {
  const server: Server = createServer(async (request, response) => {
    const answer = (status: number, text: string, type = 'text/plain; charset=utf-8') =>
      response.writeHead(status, { 'content-type': type }).end(text);
    const probe = (problem: string | undefined) => answer(problem ? 503 : 200, `${problem ?? 'ok'}\n`);
    switch (new URL(request.url ?? '/', 'http://here').pathname) {
      case '/livez':
        return probe(health.dead());
      case '/readyz':
        return probe(health.dead() ?? health.notReady());
      case '/metrics':
        return answer(200, await metrics.text(), metrics.contentType);
      default:
        return answer(404, 'there are /livez, /readyz and /metrics\n');
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new WorkerError('HR-WORKER-003', `${host}:${port}`, error.message)));
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
