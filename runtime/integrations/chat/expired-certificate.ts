import { request } from 'node:https';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';

/** A certificate that is past its end. */
export interface ExpiredCertificate {
  /** As `openssl x509 -subject` tells it: `CN=api.example.com`. */
  readonly subject: string;
  /** Milliseconds since 1970. */
  readonly validTo: number;
}

/** Milliseconds for which one look serves for all: calls fail by the hundred. */
const LOOK_SERVES_MS = 2_000;
/** Milliseconds after which a look is given up. */
const PATIENCE_MS = 2_000;
const looks = new Map<string, { readonly at: number; readonly found: Promise<ExpiredCertificate | undefined> }>();

/**
 * Which certificate of a service has expired. The error of a refused connection does not tell, so the service is connected to once
 * more, without trust: neither a key nor a request is meant for it. Undefined where it cannot be learned.
 */
export function findExpiredCertificate(url: string): Promise<ExpiredCertificate | undefined> {
  const { origin } = new URL(url);
  const last = looks.get(origin);
  if (last && Date.now() - last.at < LOOK_SERVES_MS) return last.found;
  const found = look(origin).catch(() => undefined);
  looks.set(origin, { at: Date.now(), found });
  return found;
}

function look(origin: string): Promise<ExpiredCertificate | undefined> {
  return new Promise((resolve, reject) => {
    // Through the proxy of the environment where there is one, as the client itself.
    const asked = request(origin, { method: 'HEAD', rejectUnauthorized: false, timeout: PATIENCE_MS });
    asked.on('socket', (socket) => {
      const tls = socket as TLSSocket & { readonly secureConnecting?: boolean };
      const seen = () => {
        resolve(expiredOf(tls.getPeerCertificate(true), Date.now()));
        asked.destroy();
      };
      if (tls.secureConnecting === false) seen();
      else tls.once('secureConnect', seen);
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${PATIENCE_MS} ms`)));
    asked.on('error', reject);
    asked.end();
  });
}

/** The first certificate of a chain that is past its end, from the service's own towards the root. */
export function expiredOf(own: DetailedPeerCertificate, now: number): ExpiredCertificate | undefined {
  for (let one = own, depth = 0; depth < 10; one = one.issuerCertificate, depth++) {
    if (one?.valid_to === undefined) return undefined;
    const validTo = Date.parse(one.valid_to);
    if (validTo <= now) return { subject: nameOf(one.subject), validTo };
    // A root is its own issuer.
    if (one.issuerCertificate === one) return undefined;
  }
  return undefined;
}

const nameOf = (subject: DetailedPeerCertificate['subject']): string =>
  Object.entries(subject)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
