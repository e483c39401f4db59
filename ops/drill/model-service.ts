import { constants } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { ModelRequest } from '../../runtime/api/index.ts';
import { lexiconModel } from '../../runtime/integrations/index.ts';
import { Authority } from '../dev/authority.ts';
import type { ServiceAddress } from './region-settings.ts';

const DAY_MS = 86_400_000;
/** A connection ends after so many calls, as a load balancer's does: a certificate is looked at when one begins. */
const CALLS_PER_CONNECTION = 16;
/** Name of the certificate. */
const NAME = 'model-service';

/** The part of OpenAI's request that the offline model reads. */
interface CompletionRequest {
  readonly messages: ModelRequest['messages'];
  readonly response_format?: { readonly json_schema: { readonly schema: ModelRequest['output'] } };
}

/** The offline model behind HTTPS and OpenAI's wire format, with an authority of its own. */
export class ModelService {
  readonly #server: Server;
  readonly #authority: Authority;
  readonly #work: string;
  readonly #model = lexiconModel();

  private constructor(server: Server, authority: Authority, work: string) {
    this.#server = server;
    this.#authority = authority;
    this.#work = work;
    server.on('request', (request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  /** @param work directory of the drill: certificates go into `tls`, idempotency keys of calls into `calls`. */
  static async start(work: string): Promise<ModelService> {
    const server = createServer();
    server.maxRequestsPerSocket = CALLS_PER_CONNECTION;
    const service = new ModelService(server, await Authority.create('Headrace drill'), work);
    await service.present(new Date(Date.now() + DAY_MS));
    writeFileSync(join(work, 'tls', 'trusted.crt'), trusted(join(work, 'tls', 'ca.crt')));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return service;
  }

  /** From now on new connections are shown a certificate that is valid until then, to the second. */
  async present(validTo: Date): Promise<void> {
    const directory = await this.#authority.issue(join(this.#work, 'tls'), { name: NAME, validTo });
    this.#server.setSecureContext({
      key: readFileSync(join(directory, 'tls.key')),
      cert: readFileSync(join(directory, 'tls.crt')),
      // A session that is taken up again shows no certificate.
      secureOptions: constants.SSL_OP_NO_TICKET,
    });
  }

  /** How a region reaches it. */
  addressFor(region: string): ServiceAddress {
    const { port } = this.#server.address() as AddressInfo;
    return { url: `https://127.0.0.1:${port}/${region}`, trusted: join(this.#work, 'tls', 'trusted.crt') };
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** `/<region>/chat/completions`. */
  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    const idempotencyKey = String(request.headers['idempotency-key']);
    const region = /^\/([^/]+)\/chat\/completions$/.exec(request.url ?? '')?.[1];
    if (region === undefined) return void response.writeHead(404).end();
    appendFileSync(join(this.#work, 'calls', region), `${idempotencyKey}\n`);
    const { messages, response_format } = JSON.parse(text) as CompletionRequest;
    const output = response_format?.json_schema.schema;
    const signal = new AbortController().signal;
    const { text: content } = await this.#model.chat(
      { messages, ...(output ? { output } : {}) },
      { idempotencyKey, signal },
    );
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({ choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }] }),
    );
  }
}

/** The drill's authority beside those that the environment adds: a region's process takes one file of them. */
function trusted(own: string): string {
  const others = process.env['NODE_EXTRA_CA_CERTS'];
  return [own, ...(others && existsSync(others) ? [others] : [])].map((file) => readFileSync(file, 'utf8')).join('\n');
}
