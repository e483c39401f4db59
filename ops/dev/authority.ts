import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto as never);
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;
let serial = 0;

/** A certificate authority of a test or a drill. Nobody else should trust it: its key is in this process's memory, and ends with it. */
export class Authority {
  readonly #name: string;
  readonly #keys: CryptoKeyPair;
  readonly #certificate: x509.X509Certificate;

  private constructor(name: string, keys: CryptoKeyPair, certificate: x509.X509Certificate) {
    this.#name = name;
    this.#keys = keys;
    this.#certificate = certificate;
  }

  static async create(name: string): Promise<Authority> {
    const keys = (await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])) as CryptoKeyPair;
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: hexSerial(),
      name: `CN=${name}`,
      notBefore: new Date(Date.now() - 30 * DAY_MS),
      notAfter: new Date(Date.now() + 30 * DAY_MS),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 1, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      ],
    });
    return new Authority(name, keys, certificate);
  }

  /**
   * Writes ca.crt, tls.crt and tls.key into a directory, each whole at once.
   * @param validTo end of the certificate: days from now, or an instant, to the second. Default: 1. @param also further DNS names.
   */
  async issue(
    directory: string,
    {
      name = 'localhost',
      validTo = 1,
      also = [],
    }: { name?: string; validTo?: number | Date; also?: readonly string[] } = {},
  ): Promise<string> {
    const keys = (await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])) as CryptoKeyPair;
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: hexSerial(),
      subject: `CN=${name}`,
      issuer: `CN=${this.#name}`,
      notBefore: new Date(Date.now() - 10 * DAY_MS),
      notAfter: validTo instanceof Date ? validTo : new Date(Date.now() + validTo * DAY_MS),
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      extensions: [
        new x509.SubjectAlternativeNameExtension([
          ...[name, ...also].map((value) => ({ type: 'dns' as const, value })),
          { type: 'ip', value: '127.0.0.1' },
        ]),
        new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']),
      ],
    });
    const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
    mkdirSync(directory, { recursive: true });
    for (const [file, text] of Object.entries({
      'ca.crt': this.#certificate.toString('pem'),
      'tls.key': key,
      'tls.crt': certificate.toString('pem'),
    })) {
      writeFileSync(join(directory, `.${file}`), `${text}\n`);
      renameSync(join(directory, `.${file}`), join(directory, file));
    }
    return directory;
  }
}

type CryptoKeyPair = webcrypto.CryptoKeyPair;
const hexSerial = () => (++serial + 0x100000).toString(16);
