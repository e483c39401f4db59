// N: what a region's network promises.
import { absent, atLeast, distinct, including, ref } from './expectation.ts';
import { kept, keptBut, need, never, type Promised } from './promise.ts';

const zones = [0, 1, 2];
const inner = zones.map((i) => ref(`aws_subnet.inner-${i}.id`));

/** Services of AWS that a node or pod calls. */
const ENDPOINTS = [
  'autoscaling',
  'ec2',
  'ecr-api',
  'ecr-dkr',
  'eks',
  'eks-auth',
  'elasticloadbalancing',
  'kms',
  'logs',
  'monitoring',
  'secretsmanager',
  'sts',
];
const SUITED = ['registry', 'blob', 'dfs', 'vault', 'namespace'];

export const NETWORK: readonly Promised[] = [
  {
    id: 'N1',
    sentence: 'gives nodes and pods no public address',
    aws: kept(
      need('aws_subnet', 12, { map_public_ip_on_launch: false }),
      need('aws_launch_template', 3, { network_interfaces: absent }),
    ),
    azure: kept(
      need('azurerm_kubernetes_cluster', 'cluster', { 'default_node_pool.node_public_ip_enabled': false }),
      need('azurerm_kubernetes_cluster_node_pool', 2, { node_public_ip_enabled: false }),
      need('azurerm_subnet', 4, { default_outbound_access_enabled: false }),
    ),
    gcp: kept(
      need('google_container_cluster', 'cluster', { 'private_cluster_config.enable_private_nodes': true }),
      need('google_container_node_pool', 3, { 'network_config.enable_private_nodes': true }),
    ),
  },
  {
    id: 'N2',
    sentence: 'sends outbound traffic from fixed, known addresses in every zone',
    aws: kept(
      need('aws_nat_gateway', 3),
      ...zones.flatMap((i) => [
        need('aws_nat_gateway', `nat-${i}`, {
          subnet_id: ref(`aws_subnet.outer-${i}.id`),
          allocation_id: ref(`aws_eip.nat-address-${i}.allocation_id`),
        }),
        need('aws_route', `out-of-firewall-${i}`, { nat_gateway_id: ref(`aws_nat_gateway.nat-${i}.id`) }),
        need('aws_eip', `nat-address-${i}`, { domain: 'vpc' }),
      ]),
    ),
    azure: keptBut(
      'a firewall with fixed addresses in all zones instead of NAT gateways: AKS takes one way out per node subnet, and a NAT gateway knows no names',
      need('azurerm_public_ip', 2, { allocation_method: 'Static', sku: 'Standard', zones: ['1', '2', '3'] }),
      need('azurerm_firewall', 'firewall', { zones: ['1', '2', '3'], ip_configuration: distinct(2) }),
      need('azurerm_kubernetes_cluster', 'cluster', { 'network_profile.outbound_type': 'userDefinedRouting' }),
      never('azurerm_nat_gateway'),
    ),
    gcp: kept(
      need('google_compute_router_nat', 'nat', {
        nat_ip_allocate_option: 'MANUAL_ONLY',
        nat_ips: zones.slice(0, 2).map((i) => ref(`google_compute_address.nat-address-${i}.self_link`)),
        enable_dynamic_port_allocation: true,
        min_ports_per_vm: atLeast(128),
      }),
      need('google_compute_address', 2, { address_type: 'EXTERNAL' }),
    ),
  },
  {
    id: 'N3',
    sentence: 'lets traffic leave to names of the allow list only',
    aws: kept(
      need('aws_networkfirewall_rule_group', 'egress-names', {
        'rule_group.rules_source.rules_source_list.generated_rules_type': 'ALLOWLIST',
        'rule_group.rules_source.rules_source_list.target_types': ['TLS_SNI', 'HTTP_HOST'],
        'rule_group.rules_source.rules_source_list.targets': including('api.openai.com', 'api.example.org'),
      }),
      need('aws_networkfirewall_firewall_policy', 'egress-policy', {
        'firewall_policy.stateful_engine_options.rule_order': 'STRICT_ORDER',
        'firewall_policy.stateful_default_actions': ['aws:drop_established', 'aws:alert_established'],
        'firewall_policy.stateful_rule_group_reference': distinct(2),
      }),
      need('aws_networkfirewall_firewall', 'firewall', {
        firewall_policy_arn: ref('aws_networkfirewall_firewall_policy.egress-policy.arn'),
        subnet_mapping: distinct(3),
      }),
      need('aws_route53_resolver_firewall_rule', 'resolver-allow', {
        action: 'ALLOW',
        priority: 100,
        firewall_domain_list_id: ref('aws_route53_resolver_firewall_domain_list.resolver-allow-names.id'),
      }),
      need('aws_route53_resolver_firewall_rule', 'resolver-block', {
        action: 'BLOCK',
        priority: 200,
        block_response: 'NXDOMAIN',
        firewall_domain_list_id: ref('aws_route53_resolver_firewall_domain_list.resolver-block-names.id'),
      }),
      need('aws_route53_resolver_firewall_domain_list', 'resolver-allow-names', {
        domains: including('api.openai.com.', 'api.example.org.', '*.amazonaws.com.'),
      }),
      need('aws_route53_resolver_firewall_domain_list', 'resolver-block-names', { domains: ['*.'] }),
      need('aws_route53_resolver_firewall_rule_group_association', 'resolver-rules-of', {
        vpc_id: ref('aws_vpc.vpc.id'),
        firewall_rule_group_id: ref('aws_route53_resolver_firewall_rule_group.resolver-rules.id'),
      }),
      need('aws_route53_resolver_firewall_config', 'resolver-closed', { firewall_fail_open: 'DISABLED' }),
    ),
    azure: kept(
      need('azurerm_firewall_policy_rule_collection_group', 'egress-rules', {
        'application_rule_collection.rule.[name=api.openai.com-443].destination_fqdns': ['api.openai.com'],
        'application_rule_collection.rule.[name=api.example.org-443].destination_fqdns': ['api.example.org'],
        'application_rule_collection.rule.[name=aks].destination_fqdn_tags': ['AzureKubernetesService'],
        'application_rule_collection.action': 'Allow',
      }),
      need('azurerm_firewall_policy', 'egress-policy', { 'dns.proxy_enabled': true }),
      need('azurerm_firewall', 'firewall', { firewall_policy_id: ref('azurerm_firewall_policy.egress-policy.id') }),
      need('azurerm_route', 'route-out', {
        address_prefix: '0.0.0.0/0',
        next_hop_type: 'VirtualAppliance',
        next_hop_in_ip_address: ref('azurerm_firewall.firewall.ip_configuration[0].private_ip_address'),
      }),
      need('azurerm_subnet_route_table_association', 'routes-nodes', {
        subnet_id: ref('azurerm_subnet.subnet-nodes.id'),
      }),
      need('azurerm_kubernetes_cluster', 'cluster', { 'network_profile.outbound_type': 'userDefinedRouting' }),
    ),
    gcp: keptBut(
      'the firewall matches the addresses that a name resolves to, so that wildcards are refused and names behind a shared address are not told apart',
      need(
        'google_compute_network_firewall_policy_rule',
        'egress-names-0',
        {
          'match.dest_fqdns': including('api.openai.com', 'api.example.org'),
          direction: 'EGRESS',
          action: 'allow',
          priority: 1000,
        },
        'other rules admit the network itself and Google’s private addresses',
      ),
      need(
        'google_compute_network_firewall_policy_rule',
        'egress-deny',
        {
          'match.dest_ip_ranges': ['0.0.0.0/0'],
          'match.layer4_configs.ip_protocol': 'all',
          direction: 'EGRESS',
          action: 'deny',
          priority: 65000,
        },
        'other rules allow',
      ),
      need('google_compute_network_firewall_policy_association', 'egress-association', {
        attachment_target: ref('google_compute_network.network.id'),
      }),
      need('google_container_cluster', 'cluster', {
        enable_fqdn_network_policy: true,
        datapath_provider: 'ADVANCED_DATAPATH',
      }),
    ),
  },
  {
    id: 'N4',
    sentence: 'enforces policies between pods in the data plane',
    aws: kept(
      need(
        'aws_eks_addon',
        'addon-vpc-cni',
        {
          addon_name: 'vpc-cni',
          'configuration_values.#.enableNetworkPolicy': 'true',
        },
        'other add-ons are no data plane',
      ),
    ),
    azure: kept(
      need('azurerm_kubernetes_cluster', 'cluster', {
        'network_profile.network_plugin_mode': 'overlay',
        'network_profile.network_data_plane': 'cilium',
        'network_profile.network_policy': 'cilium',
      }),
    ),
    gcp: kept(
      need('google_container_cluster', 'cluster', {
        datapath_provider: 'ADVANCED_DATAPATH',
        'network_policy.enabled': false,
      }),
    ),
  },
  {
    id: 'N5',
    sentence: 'reaches services of its cloud without the Internet',
    aws: kept(
      need(
        'aws_vpc_endpoint',
        'endpoint-s3',
        {
          vpc_endpoint_type: 'Gateway',
          route_table_ids: zones.map((i) => ref(`aws_route_table.routes-nodes-${i}.id`)),
          'policy.#EndpointOwnAccount.Condition': { StringEquals: { 'aws:ResourceAccount': ['111111111111'] } },
        },
        'S3 has the only gateway',
      ),
      need(
        'aws_vpc_endpoint',
        ENDPOINTS.map((service) => `endpoint-${service}`),
        { vpc_endpoint_type: 'Interface', private_dns_enabled: true, subnet_ids: inner },
        'S3 has a gateway',
      ),
    ),
    azure: kept(
      ...SUITED.flatMap((service) => [
        need('azurerm_private_endpoint', `endpoint-${service}`, {
          'private_service_connection.subresource_names': [service],
          'private_dns_zone_group.private_dns_zone_ids': [ref(`azurerm_private_dns_zone.zone-${service}.id`)],
          subnet_id: ref('azurerm_subnet.subnet-endpoints.id'),
        }),
      ]),
      need('azurerm_private_dns_zone_virtual_network_link', 6, {
        virtual_network_id: ref('azurerm_virtual_network.network.id'),
      }),
    ),
    gcp: kept(
      need('google_compute_subnetwork', 'subnetwork', { private_ip_google_access: true }),
      need('google_dns_managed_zone', 3, { visibility: 'private' }),
      need('google_dns_record_set', 'zone-googleapis-com-wildcard', { rrdatas: ['private.googleapis.com.'] }),
      need('google_dns_record_set', ['zone-gcr-io-wildcard'], { rrdatas: ['gcr.io.'] }),
      need('google_dns_record_set', ['zone-pkg-dev-wildcard'], { rrdatas: ['pkg.dev.'] }),
      need('google_dns_record_set', ['zone-googleapis-com-address', 'zone-gcr-io-address', 'zone-pkg-dev-address'], {
        rrdatas: ['199.36.153.8', '199.36.153.9', '199.36.153.10', '199.36.153.11'],
      }),
    ),
  },
  {
    id: 'N6',
    sentence: 'logs flows, and its default security objects admit nobody',
    aws: kept(
      need('aws_flow_log', 'flow-log', { vpc_id: ref('aws_vpc.vpc.id'), traffic_type: 'ALL' }),
      need('aws_default_security_group', 'default-security-group', {
        vpc_id: ref('aws_vpc.vpc.id'),
        ingress: absent,
        egress: absent,
      }),
    ),
    azure: kept(
      need('azurerm_network_watcher_flow_log', 'flow-log', {
        target_resource_id: ref('azurerm_virtual_network.network.id'),
        enabled: true,
        'retention_policy.days': 90,
      }),
      ...['nodes', 'endpoints', 'control-plane'].flatMap((id) => [
        need('azurerm_subnet_network_security_group_association', `guard-${id}-subnet`, {
          subnet_id: ref(`azurerm_subnet.subnet-${id}.id`),
          network_security_group_id: ref(`azurerm_network_security_group.guard-${id}.id`),
        }),
        need('azurerm_network_security_group', `guard-${id}`, {
          'security_rule.[name=deny].access': 'Deny',
          'security_rule.[name=deny].source_address_prefix': '*',
          'security_rule.[name=deny].direction': 'Inbound',
          'security_rule.[name=inside].source_address_prefixes': ['10.16.0.0/16', '100.64.0.0/14'],
        }),
      ]),
    ),
    gcp: kept(
      need('google_compute_network', 'network', { auto_create_subnetworks: false }),
      need('google_compute_subnetwork', 'subnetwork', { 'log_config.flow_sampling': 0.5 }),
      need('google_compute_router_nat', 'nat', { 'log_config.filter': 'ERRORS_ONLY', 'log_config.enable': true }),
      need('google_compute_firewall', 'deny-ingress', {
        'deny.protocol': 'all',
        direction: 'INGRESS',
        source_ranges: ['0.0.0.0/0'],
      }),
    ),
  },
];
