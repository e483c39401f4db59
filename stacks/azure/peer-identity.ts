import { conditional, Fn, Op, Token } from 'cdktf';
import { names, type RegionModel, type Workload } from '../../config/index.ts';
import { TOKEN_AUDIENCE } from './identity.ts';
import { peerIssuer } from './peers.ts';
import { FederatedIdentityCredential, UserAssignedIdentity } from './provider.ts';
import type { AzureRegion } from './subscription.ts';

/**
 * An identity of this region that workloads of another one take, each by its own subject. Trust begins once the peer's
 * token issuer is known.
 * @param purpose part of its name, such as `reader`.
 */
export function peerIdentity(
  azure: AzureRegion,
  peer: RegionModel,
  purpose: string,
  workloads: readonly Workload[],
): UserAssignedIdentity {
  const { stack, name, place } = azure;
  const id = `${purpose}-${peer.name}`;
  const identity = new UserAssignedIdentity(stack, id, { ...place, name: `${name}-${id}` });
  const only = workloads.length === 1;
  let before: FederatedIdentityCredential | undefined;
  for (const workload of workloads) {
    before = new FederatedIdentityCredential(stack, only ? `${id}-trust` : `${id}-trust-${workload}`, {
      count: onceDeployed(azure, peer),
      name: only ? names.region(peer.parts) : `${names.region(peer.parts)}-${workload}`,
      resourceGroupName: place.resourceGroupName,
      parentId: identity.id,
      issuer: peerIssuer(azure, peer).stringValue,
      subject: names.subject(peer.parts, workload),
      audience: [TOKEN_AUDIENCE],
      // Entra refuses to write two credentials of one identity at once (Entra, "Workload identity federation", limits).
      ...(before ? { dependsOn: [before] } : {}),
    });
  }
  return identity;
}

/** 1 once the peer's token issuer is known, until then 0. */
export const onceDeployed = (azure: AzureRegion, peer: RegionModel): number =>
  // cdktf 0.21 writes an operand that is zero or empty as `undefined`, so the length is compared with one.
  Token.asNumber(conditional(Op.gte(Fn.lengthOf(peerIssuer(azure, peer).stringValue), 1), 1, 0));
