import type { AddressInfo } from 'node:net';
import { createServer as createPlain, type Server as PlainServer, type Socket } from 'node:net';
import { createServer as createTls, type Server as TlsServer } from 'node:tls';
import { type Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import { type Certificates, certificatesStamp, readCertificates } from './certificates.ts';
import { WorkerError } from './errors.ts';
import type { WorkerSettings } from './settings.ts';

const RELOAD_MS = 5_000;
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** The socket that operators connect to, with certificates that are read again when they change. */
export interface Listener {
  readonly port: number;
  /** Undefined without TLS. */
  readonly certificates: Certificates | undefined;
  close(): void;
}

/**
 * Listens for a gRPC server. TLS is terminated here, so that certificates can be replaced under open streams, and that a
 * refused client is told of in the log.
 * @throws WorkerError HR-WORKER-001 for plain text beyond loopback, -002 for certificates, -003 for a taken port.
 */
export async function listen(
  grpc: GrpcServer,
  { listen: { host, port }, tls }: WorkerSettings,
  log: (message: string) => void,
): Promise<Listener> {
  if (tls === undefined && !LOOPBACK.has(host)) {
    throw new WorkerError(
      'HR-WORKER-001',
      `${host}:${port}`,
      'records and memory do not cross a network in plain text',
      'give the certificates with --tls DIRECTORY, or listen on 127.0.0.1',
    );
  }
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  const sockets = new Set<Socket>();
  const accept = (socket: Socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)).on('error', () => {}));
    socket.setNoDelay(true);
    injector.injectConnection(socket);
  };
  let certificates = tls === undefined ? undefined : readCertificates(tls);
  const server = certificates ? secure(certificates, accept, log) : createPlain(accept);
  const reload = setInterval(() => {
    if (tls === undefined || certificatesStamp(tls) === certificates?.stamp) return;
    try {
      certificates = readCertificates(tls);
      (server as TlsServer).setSecureContext(contextOf(certificates));
      log(`new certificate, valid to ${new Date(certificates.validTo).toISOString()}`);
    } catch (error) {
      log(`the new certificate is not used: ${(error as Error).message}`);
    }
  }, RELOAD_MS);
  reload.unref();
  await started(server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    get certificates() {
      return certificates;
    },
    close() {
      clearInterval(reload);
      server.close();
      injector.destroy();
      for (const socket of sockets) socket.destroy();
    },
  };
}

const contextOf = ({ ca, cert, key }: Certificates) => ({ ca, cert, key, minVersion: 'TLSv1.3' as const });

function secure(certificates: Certificates, accept: (socket: Socket) => void, log: (message: string) => void) {
  const server = createTls({
    ...contextOf(certificates),
    requestCert: true,
    rejectUnauthorized: true,
    ALPNProtocols: ['h2'],
  });
  server.on('secureConnection', accept);
  server.on('tlsClientError', (error, socket) =>
    log(`refuses a connection from ${socket.remoteAddress ?? 'an unknown address'}: ${whyRefused(error)}`),
  );
  return server;
}

function whyRefused(error: Error & { code?: string }): string {
  switch (error.code) {
    case 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE':
      return 'it has no certificate (set workers.tls in the job)';
    case 'ERR_SSL_CERTIFICATE_VERIFY_FAILED':
      return 'its certificate is not trusted: expired, or of another authority (both sides need the same ca.crt)';
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_HTTP_REQUEST':
      return 'it speaks plain text (set workers.tls in the job)';
    default:
      return error.message;
  }
}

function started(server: PlainServer | TlsServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new WorkerError('HR-WORKER-003', `${host}:${port}`, 'the port is taken', 'choose another with --listen')
          : new WorkerError('HR-WORKER-003', `${host}:${port}`, error.message),
      ),
    );
    server.listen(port, host, resolve);
  });
}
