import { HeadraceError } from '../../api/errors.ts';

/** HTTP statuses that another try can cure: time-out, conflict, too many requests, and any fault of the server. */
const passing = (status: number | undefined) =>
  status === undefined || status === 408 || status === 409 || status === 425 || status === 429 || status >= 500;

/** A service's refusal or silence as a coded error. A missing status means that nobody answered. */
export function serviceFailure(model: string, error: unknown): HeadraceError {
  if (error instanceof HeadraceError) return error;
  const status =
    (error as { status?: unknown; status_code?: unknown }).status ?? (error as { status_code?: unknown }).status_code;
  const code = typeof status === 'number' ? status : undefined;
  if (code === undefined) return unreachable(model, error);
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

/** What undici says when a proxy answers CONNECT with another status than 200. */
const TUNNEL = /^Proxy response \((\d{3})\) !== 200/;

function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let one = error; one instanceof Error && chain.length < 10; one = one.cause) chain.push(one);
  return chain;
}
