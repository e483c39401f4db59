import { type DeploymentModel, type NameParts, names } from '../../config/index.ts';

/**
 * Names of the vault's entries by secret name of the file. The stack makes no entry: it would need a value, and a value
 * would end up in Terraform's state. `headrace secrets set` writes the entry under the same name; until then the grant
 * of `secretScope` waits for it.
 */
export const secretNames = (deployment: Pick<DeploymentModel, 'secrets'>, parts: NameParts): Record<string, string> =>
  Object.fromEntries(deployment.secrets.map((secret) => [secret, names.secret(parts, secret)]));

/** Resource id of a secret without a version: it covers every version, also those of later rotations. */
export const secretScope = (vaultId: string, parts: NameParts, secret: string) =>
  `${vaultId}/secrets/${names.secret(parts, secret)}`;
