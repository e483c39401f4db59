import type { AwsRegion } from './account.ts';
import { egressAllowance } from './egress.ts';
import type { AwsNetwork } from './network.ts';
import {
  Route53ResolverFirewallConfig,
  Route53ResolverFirewallDomainList,
  Route53ResolverFirewallRule,
  Route53ResolverFirewallRuleGroup,
  Route53ResolverFirewallRuleGroupAssociation,
} from './provider.ts';

/** Names that the network itself needs: AWS services by their endpoints, the cluster's API, nodes. */
const OWN_NAMES = ['*.amazonaws.com', '*.amazonaws.com.cn', '*.api.aws', '*.compute.internal', '*.ec2.internal'];

/**
 * Names that pods may resolve, sorted. A firewall's `.example.net` is `*.example.net.` here: with its final dot, which
 * Route 53 adds to every name, or each plan would show a change (terraform-provider-aws, issue 23543).
 */
export const resolvableNames = (names: readonly string[]): string[] =>
  [...new Set([...OWN_NAMES, ...names.map((name) => name.replace(/^\./, '*.'))])].sort().map((name) => `${name}.`);

/**
 * Only the allow list resolves. The network firewall judges the name that a client speaks; this one keeps data from
 * leaving inside the questions of DNS, which never pass the other.
 */
export function createResolverFirewall({ stack, name, deployment, region }: AwsRegion, network: AwsNetwork): void {
  const group = new Route53ResolverFirewallRuleGroup(stack, 'resolver-rules', { name: `${name}-egress` });
  const rules = [
    { id: 'allow', action: 'ALLOW', domains: resolvableNames(egressAllowance(deployment, region).names) },
    { id: 'block', action: 'BLOCK', domains: ['*.'], blockResponse: 'NXDOMAIN' },
  ];
  const made = rules.map(({ id, action, domains, blockResponse }, i) => {
    const list = new Route53ResolverFirewallDomainList(stack, `resolver-${id}-names`, {
      name: `${name}-${id}`,
      domains,
    });
    return new Route53ResolverFirewallRule(stack, `resolver-${id}`, {
      name: id,
      action,
      priority: 100 * (i + 1),
      firewallDomainListId: list.id,
      firewallRuleGroupId: group.id,
      // A name of the list may be an alias of one that is not.
      firewallDomainRedirectionAction: 'TRUST_REDIRECTION_DOMAIN',
      ...(blockResponse ? { blockResponse } : {}),
    });
  });
  new Route53ResolverFirewallRuleGroupAssociation(stack, 'resolver-rules-of', {
    name,
    firewallRuleGroupId: group.id,
    vpcId: network.vpc.id,
    priority: 200,
    mutationProtection: deployment.cluster.deletionProtection ? 'ENABLED' : 'DISABLED',
    dependsOn: made,
  });
  // Without an answer from the firewall no name resolves, rather than every one.
  new Route53ResolverFirewallConfig(stack, 'resolver-closed', {
    resourceId: network.vpc.id,
    firewallFailOpen: 'DISABLED',
  });
}
