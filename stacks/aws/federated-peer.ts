import { conditional, Fn, Op, TerraformVariable, Token } from 'cdktf';
import { names, type RegionModel, type Workload } from '../../config/index.ts';
import type { AwsRegion } from './account.ts';
import { arns } from './arns.ts';
import { boundaryArn } from './boundary.ts';
import { issuerVariable } from './peers.ts';
import { policyDocument, type Statement } from './policy-document.ts';
import { IamOpenidConnectProvider, IamRole, IamRolePolicy } from './provider.ts';
import { federatedTrust, STS_AUDIENCE } from './trust-documents.ts';

export interface FederatedRole {
  /** Terraform name of the role. */
  readonly id: string;
  readonly name: string;
  /** Workloads of the peer that may take the role. */
  readonly workloads: readonly Workload[];
  /** Name of the role's one policy. */
  readonly policy: string;
  readonly rights: readonly Statement[];
}

/** A role that workloads of a region in another cloud take with tokens of their cluster, once its issuer is known. */
export function federatedRole(aws: AwsRegion, peer: RegionModel, props: FederatedRole): void {
  const { stack, place } = aws;
  const { issuer, count, provider } = trustIssuer(aws, peer);
  const host = Fn.trimprefix(issuer, 'https://');
  const subjects = props.workloads.map((workload) => names.subject(peer.parts, workload));
  const role = new IamRole(stack, props.id, {
    count,
    name: props.name,
    // The provider's ARN follows from the issuer; an indexed reference would not exist while the count is zero.
    assumeRolePolicy: policyDocument(federatedTrust(arns.oidcProvider(place, host), host, subjects)),
    permissionsBoundary: boundaryArn(aws),
    dependsOn: [provider],
  });
  new IamRolePolicy(stack, `${props.id}-policy`, {
    count,
    name: props.policy,
    role: props.name,
    policy: policyDocument(props.rights),
    dependsOn: [role],
  });
}

/** The peer's issuer, declared at its first use: an account has one provider an issuer. */
function trustIssuer({ stack }: AwsRegion, peer: RegionModel) {
  const declared = stack.node.tryFindChild(issuerVariable(peer));
  const variable =
    declared instanceof TerraformVariable
      ? declared
      : new TerraformVariable(stack, issuerVariable(peer), {
          type: 'string',
          default: '',
          description: `Output oidc_issuer of region ${peer.name}; empty until it is deployed.`,
        });
  const issuer = variable.stringValue;
  const count = Token.asNumber(conditional(Op.gte(Fn.lengthOf(issuer), 1), 1, 0));
  const id = `issuer-of-${peer.name}`;
  const made = stack.node.tryFindChild(id);
  const provider =
    made instanceof IamOpenidConnectProvider
      ? made
      : new IamOpenidConnectProvider(stack, id, { count, url: issuer, clientIdList: [STS_AUDIENCE] });
  return { issuer, count, provider };
}
