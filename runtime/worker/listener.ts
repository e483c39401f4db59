import type { AddressInfo } from 'node:net';
import { createServer as createPlain, type Server as PlainServer, type Socket } from 'node:net';
import { createServer as createTls, type TLSSocket, type Server as TlsServer } from 'node:tls';
import { type Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import { type Certificates, certificatesStamp, readCertificates } from './certificates.ts';
import { WorkerError } from './errors.ts';
import type { WorkerSettings } from './settings.ts';

const RELOAD_MS = 5_000;
/** TLS ends before gRPC begins. */
const INSECURE = ServerCredentials.createInsecure();
type ConnectionInjector = ReturnType<GrpcServer['createConnectionInjector']>;
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** The socket that operators connect to, with certificates that are read again when they change. */
export interface Listener {
  readonly port: number;
  /** Undefined without TLS. */
  readonly certificates: Certificates | undefined;
  close(): void;
}

/**
 * Listens for a gRPC server. @param refuser makes a server that refuses every call with a reason.
 * TLS is terminated here, so that certificates can be replaced under open streams, and that a
 * refused client is told of in the log.
 * @throws WorkerError HR-WORKER-001 for plain text beyond loopback, -002 for certificates, -003 for a taken port.
 */
export async function listen(
  grpc: GrpcServer,
  { listen: { host, port }, tls }: WorkerSettings,
  refuser: (reason: string) => GrpcServer,
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
  const injector = grpc.createConnectionInjector(INSECURE);
  const sockets = new Set<Socket>();
  const accept = (socket: Socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)).on('error', () => {}));
    socket.setNoDelay(true);
    injector.injectConnection(socket);
  };
  let certificates = tls === undefined ? undefined : readCertificates(tls);
  const refusals = new Map<string, ConnectionInjector>();
  const refuse = (socket: Socket, reason: string) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)).on('error', () => {}));
    const refusal = refusals.get(reason) ?? refuser(reason).createConnectionInjector(INSECURE);
    refusals.set(reason, refusal);
    refusal.injectConnection(socket);
  };
  const server = certificates ? secure(certificates, accept, refuse, log) : createPlain(accept);
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
      for (const one of [injector, ...refusals.values()]) one.destroy();
      for (const socket of sockets) socket.destroy();
    },
  };
}

const contextOf = ({ ca, cert, key }: Certificates) => ({ ca, cert, key, minVersion: 'TLSv1.3' as const });

/**
 * A certificate that does not do is refused by the service rather than by the handshake: so the operator learns why.
 * @param refuse takes connections that are not served, with the reason.
 */
function secure(
  certificates: Certificates,
  accept: (socket: Socket) => void,
  refuse: (socket: Socket, reason: string) => void,
  log: (message: string) => void,
) {
  const server = createTls({
    ...contextOf(certificates),
    requestCert: true,
    rejectUnauthorized: false,
    ALPNProtocols: ['h2'],
  });
  server.on('secureConnection', (socket) => {
    if (socket.authorized) {
      accept(socket);
      return;
    }
    const reason = whyUntrusted(socket);
    log(`refuses a connection from ${socket.remoteAddress}: ${reason}`);
    refuse(socket, reason);
  });
  server.on('tlsClientError', (error: Error & { code?: string }) =>
    log(
      `refuses a connection: ${PLAIN_TEXT.has(error.code ?? '') ? 'it speaks plain text (set workers.tls in the job)' : error.message}`,
    ),
  );
  return server;
}

const PLAIN_TEXT = new Set(['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_HTTP_REQUEST', 'ERR_SSL_PACKET_LENGTH_TOO_LONG']);

function whyUntrusted(socket: TLSSocket): string {
  const { valid_to, subject } = socket.getPeerCertificate();
  if (subject === undefined) return 'it has no certificate (set workers.tls in the job)';
  const name = `its certificate, ${subject.CN ?? 'without a name'},`;
  switch (String(socket.authorizationError)) {
    case 'CERT_HAS_EXPIRED':
      return `${name} expired at ${new Date(valid_to).toISOString()} (renew tls.crt on the Flink side)`;
    case 'CERT_NOT_YET_VALID':
      return `${name} is not valid yet (compare the clocks)`;
    default:
      return `${name} is not trusted: ${socket.authorizationError} (both sides need the same ca.crt)`;
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
