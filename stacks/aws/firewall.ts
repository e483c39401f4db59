import type { ITerraformDependable, TerraformResource } from 'cdktf';
import { type Accepted, accept } from '../accepted.ts';
import type { AwsRegion } from './account.ts';
import { egressAllowance } from './egress.ts';
import type { Key } from './keys.ts';
import { createLogGroup } from './log-groups.ts';
import type { AwsNetwork } from './network.ts';
import {
  NetworkfirewallFirewall,
  NetworkfirewallFirewallPolicy,
  NetworkfirewallLoggingConfiguration,
  NetworkfirewallRuleGroup,
  Route,
  type Subnet,
} from './provider.ts';

/**
 * Suricata rules beside the list of names: nothing but TCP leaves, and literal addresses pass on their port. A name list
 * judges the first bytes of a TCP stream only, so UDP would pass unjudged.
 */
export const addressRules = (addresses: readonly { readonly address: string; readonly port: number }[]) =>
  [
    ...addresses.map(
      ({ address, port }, i) => `pass tcp $HOME_NET any -> ${address} ${port} (flow:to_server; sid:${100 + i}; rev:1;)`,
    ),
    'drop udp $HOME_NET any -> $EXTERNAL_NET any (msg:"only TCP leaves"; sid:1; rev:1;)',
    'drop icmp $HOME_NET any -> $EXTERNAL_NET any (msg:"only TCP leaves"; sid:2; rev:1;)',
  ].join('\n');

/** A firewall between nodes and NAT that lets only the allow list pass. Returns what nodes must wait for. */
export function createFirewall(aws: AwsRegion, network: AwsNetwork, logs: Key): ITerraformDependable[] {
  const { stack, name, deployment, region } = aws;
  const { names, addresses } = egressAllowance(deployment, region);
  const addressGroup = new NetworkfirewallRuleGroup(stack, 'egress-addresses', {
    name: `${name}-addresses`,
    type: 'STATEFUL',
    capacity: 200,
    ruleGroup: {
      rulesSource: { rulesString: addressRules(addresses) },
      statefulRuleOptions: { ruleOrder: 'STRICT_ORDER' },
    },
  });
  accept(addressGroup, RULES_ARE_NO_SECRET);
  const nameGroups = names.length === 0 ? [] : [nameList(aws, names)];
  const policy = new NetworkfirewallFirewallPolicy(stack, 'egress-policy', {
    name,
    firewallPolicy: {
      statelessDefaultActions: ['aws:forward_to_sfe'],
      statelessFragmentDefaultActions: ['aws:forward_to_sfe'],
      statefulDefaultActions: ['aws:drop_established', 'aws:alert_established'],
      statefulEngineOptions: { ruleOrder: 'STRICT_ORDER', streamExceptionPolicy: 'DROP' },
      statefulRuleGroupReference: [addressGroup, ...nameGroups].map((group, i) => ({
        resourceArn: group.arn,
        priority: i + 1,
      })),
    },
  });
  accept(policy, {
    CKV_AWS_346:
      'it says where pods may go, as the file does; with a key of its own, a mistake in the key’s policy stops all egress',
  });
  const firewall = new NetworkfirewallFirewall(stack, 'firewall', {
    name,
    vpcId: network.vpc.id,
    firewallPolicyArn: policy.arn,
    subnetMapping: network.zones.map((zone) => ({ subnetId: zone.firewall.id })),
    deleteProtection: deployment.cluster.deletionProtection,
    subnetChangeProtection: deployment.cluster.deletionProtection,
  });
  accept(firewall, {
    ...RULES_ARE_NO_SECRET,
    CKV_AWS_344: 'on unless the file says cluster.deletionProtection: false',
  });
  const group = createLogGroup(aws, 'log-firewall', `/headrace/${name}/firewall`, logs);
  new NetworkfirewallLoggingConfiguration(stack, 'firewall-log', {
    firewallArn: firewall.arn,
    loggingConfiguration: {
      logDestinationConfig: [
        { logType: 'ALERT', logDestinationType: 'CloudWatchLogs', logDestination: { logGroup: group.name } },
      ],
    },
  });
  return network.zones.flatMap((zone, i) => {
    const endpoint = endpointIn(firewall, zone.firewall);
    const all = '0.0.0.0/0';
    return [
      new Route(stack, `out-of-nodes-${i}`, {
        routeTableId: zone.tables.nodes.id,
        destinationCidrBlock: all,
        vpcEndpointId: endpoint,
      }),
      new Route(stack, `out-of-firewall-${i}`, {
        routeTableId: zone.tables.firewall.id,
        destinationCidrBlock: all,
        natGatewayId: zone.nat.id,
      }),
      // Answers must pass the same zone's endpoint as the question, or the firewall sees half a stream.
      new Route(stack, `back-to-nodes-${i}`, {
        routeTableId: zone.tables.outer.id,
        destinationCidrBlock: zone.blocks.nodes,
        vpcEndpointId: endpoint,
      }),
    ];
  });
}

const RULES_ARE_NO_SECRET: Accepted = {
  CKV_AWS_345:
    'it says where pods may go, as the file does; with a key of its own, a mistake in the key’s policy stops all egress',
};

const nameList = ({ stack, name }: AwsRegion, targets: readonly string[]) =>
  accept(
    new NetworkfirewallRuleGroup(stack, 'egress-names', {
      name: `${name}-names`,
      type: 'STATEFUL',
      // Fixed at creation; two rules a name, and room for the list to grow.
      capacity: 1000,
      ruleGroup: {
        rulesSource: {
          rulesSourceList: {
            generatedRulesType: 'ALLOWLIST',
            targetTypes: ['TLS_SNI', 'HTTP_HOST'],
            targets: [...targets],
          },
        },
        statefulRuleOptions: { ruleOrder: 'STRICT_ORDER' },
      },
    }),
    RULES_ARE_NO_SECRET,
  );

/** Id of the firewall's endpoint in a subnet: AWS returns them as a set over the zones. */
const endpointIn = (firewall: NetworkfirewallFirewall, subnet: Subnet) => {
  const states = `tolist(${address(firewall)}.firewall_status[0].sync_states)`;
  const endpoint = 's.attachment[0].endpoint_id';
  return `\${one([for s in ${states} : ${endpoint} if s.attachment[0].subnet_id == ${address(subnet)}.id])}`;
};

const address = (resource: TerraformResource) => `${resource.terraformResourceType}.${resource.friendlyUniqueId}`;
