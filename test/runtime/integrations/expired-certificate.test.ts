/** Fault modelled: a certificate of a chain that is past its end, at each place of the chain. */
import type { DetailedPeerCertificate } from 'node:tls';
import { expect, test } from 'vitest';
import { expiredOf } from '../../../runtime/integrations/chat/expired-certificate.ts';

const NOW = Date.UTC(2026, 5, 1);
/** A chain as TLS tells it, from the service's own to the root. */
function chain(...ends: readonly string[]): DetailedPeerCertificate {
  const all = ends.map((valid_to, i) => ({ subject: { O: 'Example', CN: `level ${i}` }, valid_to }));
  const linked = all as unknown as DetailedPeerCertificate[];
  for (const [i, one] of linked.entries()) one.issuerCertificate = linked[i + 1] ?? one;
  return linked[0] as DetailedPeerCertificate;
}
const [PAST, FUTURE] = ['May 31 23:59:59 2026 GMT', 'Jun 1 00:00:01 2026 GMT'];

test.each([
  ['its own', chain(PAST, PAST, FUTURE), 'O=Example, CN=level 0'],
  ['of the authority between', chain(FUTURE, PAST, FUTURE), 'O=Example, CN=level 1'],
  ['of the root', chain(FUTURE, FUTURE, PAST), 'O=Example, CN=level 2'],
])('the expired certificate is named: %s', (_, own, subject) => {
  expect(expiredOf(own, NOW)).toEqual({ subject, validTo: Date.parse(PAST) });
});

test('a chain without an expired certificate, or none at all, names nothing', () => {
  expect(expiredOf(chain(FUTURE, FUTURE), NOW)).toBeUndefined();
  expect(expiredOf({} as DetailedPeerCertificate, NOW)).toBeUndefined();
});
