import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { WorkerError } from './errors.ts';

/** PEM texts of one directory, as cert-manager mounts them. */
export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** End of the certificate, milliseconds since 1970. */
  readonly validTo: number;
  /** Changes when any of the files does. */
  readonly stamp: string;
}

const FILES = { ca: 'ca.crt', cert: 'tls.crt', key: 'tls.key' } as const;

/** @throws WorkerError HR-WORKER-002 for files that are missing, broken, expired or not valid yet. */
export function readCertificates(directory: string, now = Date.now()): Certificates {
  const stamp = certificatesStamp(directory);
  const pem = (file: string): string => {
    try {
      return readFileSync(join(directory, file), 'utf8');
    } catch (error) {
      throw refuse(join(directory, file), (error as Error).message);
    }
  };
  const files = { ca: pem(FILES.ca), cert: pem(FILES.cert), key: pem(FILES.key) };
  const place = join(directory, FILES.cert);
  let certificate: X509Certificate;
  try {
    createSecureContext(files);
    certificate = new X509Certificate(files.cert);
  } catch (error) {
    throw refuse(place, (error as Error).message);
  }
  const [validFrom, validTo] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  if (validTo <= now) throw refuse(place, `the certificate expired at ${new Date(validTo).toISOString()}`, 'renew it');
  if (validFrom > now)
    throw refuse(place, `the certificate is valid from ${new Date(validFrom).toISOString()} on`, 'compare the clocks');
  return { ...files, validTo, stamp };
}

/** What tells whether the files have changed. A Kubernetes volume swaps them all behind one symbolic link. */
export function certificatesStamp(directory: string): string {
  return Object.values(FILES)
    .map((file) => {
      try {
        const { mtimeMs, size, ino } = statSync(join(directory, file));
        return `${mtimeMs}-${size}-${ino}`;
      } catch {
        return 'absent';
      }
    })
    .join(' ');
}

const refuse = (
  place: string,
  message: string,
  mend = 'mount ca.crt, tls.crt and tls.key in PEM, as cert-manager does',
) => new WorkerError('HR-WORKER-002', place, message, mend);
