import type { CommandError } from '../errors.ts';
import type { BuilderName } from './choose-builder.ts';
import { imagesError } from './errors.ts';

const NO_LOGIN = /unauthorized|authentication required|no basic auth|access denied|\bdenied:|403 forbidden|401 /i;
const NO_BASE =
  /manifest unknown|manifest for .* not found|pull access denied|short-name resolution|initializing source|failed to resolve source metadata|reading manifest|error pulling/i;

/** What a build's last lines mean. */
export function buildFailure(
  builder: BuilderName,
  request: { readonly references: readonly string[]; readonly args?: Readonly<Record<string, string>> },
  said: readonly string[],
): CommandError {
  const image = request.references[0] ?? '';
  const end = said.slice(-15).join('\n');
  const cause = said.find((line) => NO_BASE.test(line));
  if (cause) {
    return imagesError(
      'HR-IMAGES-005',
      image,
      `the base image cannot be had: ${cause.trim()}`,
      'reach its registry from here, or name a Debian 12 of your own registry with --base-image',
    );
  }
  return imagesError(
    'HR-IMAGES-004',
    image,
    `${builder} failed:\n${end}`,
    'its last lines say why; run this again when that is mended',
  );
}

/** What a push's last lines mean. */
export function pushFailure(builder: BuilderName, reference: string, said: readonly string[]): CommandError {
  const end = said.slice(-5).join('\n');
  if (NO_LOGIN.test(end)) {
    return imagesError(
      'HR-IMAGES-006',
      reference,
      `the registry does not let this machine push: ${end}`,
      login(builder, reference),
    );
  }
  return imagesError(
    'HR-IMAGES-007',
    reference,
    `${builder} could not push: ${end}`,
    'the registry must be reachable, and have this repository',
  );
}

/** How a registry's host is logged in to. */
export function login(builder: BuilderName, reference: string): string {
  const host = reference.split('/')[0] ?? reference;
  const ecr = /^\d{12}\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/.exec(host);
  if (ecr)
    return `aws ecr get-login-password --region ${ecr[1]} | ${builder} login --username AWS --password-stdin ${host}`;
  const acr = /^([a-z0-9]+)\.azurecr\.io$/i.exec(host);
  if (acr) {
    return `az acr login --name ${acr[1]} --expose-token --output tsv --query accessToken | ${builder} login --username 00000000-0000-0000-0000-000000000000 --password-stdin ${host}`;
  }
  if (/\.pkg\.dev$/.test(host))
    return `gcloud auth print-access-token | ${builder} login --username oauth2accesstoken --password-stdin ${host}`;
  return `${builder} login ${host}`;
}
