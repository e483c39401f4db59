import { HeadraceError } from '../../api/errors.ts';
import { type ExpiredCertificate, findExpiredCertificate } from './expired-certificate.ts';

/** HTTP statuses that another try can cure: time-out, conflict, too many requests, and any fault of the server. */
const passing = (status: number | undefined) =>
  status === undefined || status === 408 || status === 409 || status === 425 || status === 429 || status >= 500;

/** A service's refusal or silence as a coded error. A missing status means that nobody answered. @param url of the service. */
export async function serviceFailure(model: string, error: unknown, url: string): Promise<HeadraceError> {
  if (error instanceof HeadraceError) return error;
  const status =
    (error as { status?: unknown; status_code?: unknown }).status ?? (error as { status_code?: unknown }).status_code;
  const code = typeof status === 'number' ? status : undefined;
  if (code === undefined) {
    if (!causes(error).some((cause) => (cause as { code?: unknown }).code === EXPIRED))
      return unreachable(model, error);
    return expired(model, error, url, await findExpiredCertificate(url));
  }
  const mend =
    code === 401 || code === 403
      ? 'check the key of this service'
      : code === 404
        ? 'check the model name and the address'
        : undefined;
  return new HeadraceError('HR-RESOURCE-004', model, `answered ${code}: ${(error as Error).message}`, {
    cause: error,
    retryable: passing(code),
    mend,
  });
}

/** Nobody answered: the service is away, or a proxy on the way there would not make a tunnel. */
function unreachable(model: string, error: unknown): HeadraceError {
  const chain = causes(error);
  const tunnel = chain.map(({ message }) => TUNNEL.exec(message)?.[1]).find((found) => found !== undefined);
  if (tunnel === '403' || tunnel === '407') {
    return new HeadraceError('HR-RESOURCE-004', model, `the egress proxy refused the connection (${tunnel})`, {
      cause: error,
      retryable: false,
      mend: 'the host is not on the egress list: name it as url of the resource, or under network.egress',
    });
  }
  const message =
    tunnel === undefined
      ? // Clients say "Connection error."; the system's own words are at the end of the chain.
        [...new Set([chain[0]?.message, chain.at(-1)?.message])].join(' ')
      : `the egress proxy answered ${tunnel}`;
  return new HeadraceError('HR-RESOURCE-004', model, `cannot be reached: ${message}`, {
    cause: error,
    retryable: true,
  });
}

/** OpenSSL's name of the fault. */
const EXPIRED = 'CERT_HAS_EXPIRED';

/** Another try can help: certificates are renewed while calls wait. */
function expired(model: string, error: unknown, url: string, found: ExpiredCertificate | undefined): HeadraceError {
  const { host } = new URL(url);
  const which = found
    ? `${found.subject} expired at ${new Date(found.validTo).toISOString()}`
    : `${host}, or of who issued it, has expired`;
  return new HeadraceError('HR-RESOURCE-004', model, `cannot be reached: the certificate of ${which} (${EXPIRED})`, {
    cause: error,
    retryable: true,
    mend: `renew the certificate that ${host} presents; where it is valid for others, set this machine's clock`,
  });
}

/** What undici says when a proxy answers CONNECT with another status than 200. */
const TUNNEL = /^Proxy response \((\d{3})\) !== 200/;

function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let one = error; one instanceof Error && chain.length < 10; one = one.cause) chain.push(one);
  return chain;
}
