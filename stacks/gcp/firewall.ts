import { egressGroups, egressTargets } from './egress.ts';
import type { GcpNetwork } from './network.ts';
import { GOOGLE_VIP } from './private-access.ts';
import type { GcpRegion } from './project.ts';
import {
  ComputeFirewall,
  ComputeNetworkFirewallPolicy,
  ComputeNetworkFirewallPolicyAssociation,
  ComputeNetworkFirewallPolicyRule,
} from './provider.ts';

const ANY = '0.0.0.0/0';

interface EgressRuleProps {
  readonly description: string;
  readonly action: 'allow' | 'deny';
  readonly priority: number;
  readonly ranges?: readonly string[];
  readonly fqdns?: readonly string[];
  /** TCP port; all protocols when absent. */
  readonly port?: number;
}

/**
 * Nothing comes in but what GKE's own rules admit; nothing goes out but inside the network, to Google's private
 * addresses and to the allow list. The outbound denial stands in the policy and not beside GKE's rules, since those are
 * evaluated first and would end the search before the allow list (Cloud NGFW, "Policy and rule evaluation order").
 * @returns what nodes wait for, so that none ever runs without it.
 */
export function createFirewall(gcp: GcpRegion, { network }: GcpNetwork): ComputeNetworkFirewallPolicyAssociation {
  const { stack, name, region, deployment } = gcp;
  new ComputeFirewall(stack, 'deny-ingress', {
    name: `${name}-deny-ingress`,
    network: network.id,
    direction: 'INGRESS',
    priority: 65534,
    sourceRanges: [ANY],
    deny: [{ protocol: 'all' }],
    logConfig: { metadata: 'INCLUDE_ALL_METADATA' },
  });
  const policy = new ComputeNetworkFirewallPolicy(stack, 'egress-policy', {
    name: `${name}-egress`,
    description: 'Allow list of the deployment file',
    dependsOn: [gcp.api('compute')],
  });
  const rule = (id: string, props: EgressRuleProps) =>
    new ComputeNetworkFirewallPolicyRule(stack, `egress-${id}`, {
      firewallPolicy: policy.name,
      ruleName: id,
      direction: 'EGRESS',
      action: props.action,
      priority: props.priority,
      description: props.description,
      enableLogging: props.action === 'deny',
      match: {
        ...(props.ranges?.length ? { destIpRanges: [...props.ranges] } : {}),
        ...(props.fqdns?.length ? { destFqdns: [...props.fqdns] } : {}),
        layer4Configs: [props.port ? { ipProtocol: 'tcp', ports: [`${props.port}`] } : { ipProtocol: 'all' }],
      },
    });
  const rules = [
    rule('inside', {
      description: 'Nodes, pods, the control plane and service endpoints of this network',
      action: 'allow',
      priority: 100,
      ranges: [region.cidr, deployment.network.podCidr],
    }),
    rule('google', {
      description: 'Private addresses of Google services',
      action: 'allow',
      priority: 110,
      ranges: [GOOGLE_VIP.range],
      port: 443,
    }),
    ...egressGroups(egressTargets(deployment, region)).flatMap((group, i) => {
      const description = `Asked for by ${group.reasons.join(', ')}`.slice(0, 512);
      const common = { description, action: 'allow', port: group.port } as const;
      // Names and addresses in one rule would both have to match.
      return [
        ...(group.fqdns.length ? [rule(`names-${i}`, { ...common, priority: 1000 + i, fqdns: group.fqdns })] : []),
        ...(group.ranges.length
          ? [rule(`addresses-${i}`, { ...common, priority: 2000 + i, ranges: group.ranges })]
          : []),
      ];
    }),
    rule('deny', { description: 'Everything else', action: 'deny', priority: 65000, ranges: [ANY] }),
  ];
  return new ComputeNetworkFirewallPolicyAssociation(stack, 'egress-association', {
    name: `${name}-egress`,
    firewallPolicy: policy.name,
    attachmentTarget: network.id,
    // The denial takes effect with the association: by then the exceptions must stand.
    dependsOn: rules,
  });
}
