import { conditional, Fn, Op, TerraformOutput, TerraformVariable, Token } from 'cdktf';
import { names } from '../../config/index.ts';
import type { AwsRegion } from './account.ts';
import { arns, readerRole } from './arns.ts';
import type { Key } from './keys.ts';
import { foreignReplicas, issuerVariable } from './peers.ts';
import { policyDocument } from './policy-document.ts';
import { IamOpenidConnectProvider, IamRole, IamRolePolicy } from './provider.ts';
import { readPrefix, throughS3 } from './state-policies.ts';
import { federatedTrust, STS_AUDIENCE } from './trust-documents.ts';

/**
 * Lets the replicator of each region in another cloud read this region's state, and nothing else of it, once the token
 * issuer of its cluster is known. Peers on AWS come with their own role, which their own stack and the bucket's policy
 * speak for.
 */
export function grantReplicas(aws: AwsRegion, key: Key): void {
  const { stack, region, place, deployment } = aws;
  const peers = foreignReplicas(deployment, region);
  for (const peer of peers) {
    const issuer = new TerraformVariable(stack, issuerVariable(peer), {
      type: 'string',
      default: '',
      description: `Output oidc_issuer of region ${peer.name}; empty until it is deployed.`,
    }).stringValue;
    const count = Token.asNumber(conditional(Op.gte(Fn.lengthOf(issuer), 1), 1, 0));
    const host = Fn.trimprefix(issuer, 'https://');
    const provider = new IamOpenidConnectProvider(stack, `reader-${peer.name}-issuer`, {
      count,
      url: issuer,
      clientIdList: [STS_AUDIENCE],
    });
    // Known from the issuer alone; an indexed reference would not exist while the count is zero.
    const providerArn = arns.oidcProvider(place, host);
    const role = new IamRole(stack, `reader-${peer.name}`, {
      count,
      name: readerRole(region, peer),
      assumeRolePolicy: policyDocument(federatedTrust(providerArn, host, names.subject(peer.parts, 'replicator'))),
      dependsOn: [provider],
    });
    new IamRolePolicy(stack, `reader-${peer.name}-policy`, {
      count,
      name: 'read-state',
      role: readerRole(region, peer),
      policy: policyDocument([
        ...readPrefix(arns.bucket(place, region.stateRoot.bucket), region.stateRoot.prefix, {
          list: 'ReadStateList',
          read: 'ReadStateObjects',
        }),
        throughS3('ReadStateKey', key.arn, place.region, false),
      ]),
      dependsOn: [role],
    });
  }
  if (peers.length === 0) return;
  new TerraformOutput(stack, 'replica_readers', {
    description: 'Role that the replicator of a region in another cloud reads this state with, by region.',
    value: Object.fromEntries(peers.map((peer) => [peer.name, arns.role(place, readerRole(region, peer))])),
  });
}
