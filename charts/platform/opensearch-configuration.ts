import { stringify } from 'yaml';
import type { RegionModel } from '../../config/index.ts';

/** Common names of the certificates: a node's, and that of the only administrator, the snapshot job. */
export const NODE_NAME = 'opensearch-node';
export const ADMINISTRATOR = 'opensearch-admin';

const TLS = {
  pemcert_filepath: 'certs/tls.crt',
  pemkey_filepath: 'certs/tls.key',
  pemtrustedcas_filepath: 'certs/ca.crt',
};
const flat = (prefix: string, keys: object) =>
  Object.fromEntries(Object.entries(keys).map(([key, value]) => [`${prefix}.${key}`, value]));

/** `opensearch.yml`: TLS between nodes and for clients, and no kernel setting that a restricted pod cannot have. */
export function openSearchConfiguration(region: RegionModel, nodes: number): string {
  const initial = Array.from({ length: nodes }, (_, i) => `opensearch-${i}`);
  return stringify({
    'cluster.name': 'headrace',
    'node.name': '$' + '{POD_NAME}',
    'network.host': '0.0.0.0',
    'path.data': '/usr/share/opensearch/data',
    'path.logs': '/usr/share/opensearch/logs',
    ...(nodes > 1
      ? { 'discovery.seed_hosts': ['opensearch-nodes'], 'cluster.initial_cluster_manager_nodes': initial }
      : { 'discovery.type': 'single-node' }),
    'node.store.allow_mmap': false,
    'action.auto_create_index': true,
    ...flat('plugins.security.ssl.transport', { ...TLS, enforce_hostname_verification: false }),
    ...flat('plugins.security.ssl.http', { ...TLS, enabled: true, clientauth_mode: 'OPTIONAL' }),
    'plugins.security.ssl.certificates_hot_reload.enabled': true,
    'plugins.security.nodes_dn': [`CN=${NODE_NAME}`],
    'plugins.security.authcz.admin_dn': [`CN=${ADMINISTRATOR}`],
    'plugins.security.allow_default_init_securityindex': true,
    ...(region.cloud === 'aws' ? { 's3.client.default.region': region.region } : {}),
    ...(region.cloud === 'azure' ? { 'azure.client.default.token_credential_type': 'managed_identity' } : {}),
  });
}

/**
 * Who may do what. There is no password: the network lets nobody but workers in, and they are the anonymous user, who
 * may use the declared collections and nothing else. The administrator is known by a certificate.
 */
export function securityFiles(collections: readonly string[]): Record<string, string> {
  const meta = (type: string) => ({ _meta: { type, config_version: 2 } });
  const files = {
    config: {
      ...meta('config'),
      config: {
        dynamic: {
          http: { anonymous_auth_enabled: true },
          authc: {
            certificates: {
              http_enabled: true,
              order: 0,
              http_authenticator: { type: 'clientcert', config: { username_attribute: 'cn' }, challenge: false },
              authentication_backend: { type: 'noop' },
            },
          },
        },
      },
    },
    roles: {
      ...meta('roles'),
      worker: {
        cluster_permissions: ['cluster_composite_ops', 'cluster:monitor/main', 'cluster:monitor/health'],
        index_permissions: [
          {
            index_patterns: [...collections],
            allowed_actions: ['crud', 'create_index', 'indices:admin/get', 'indices:admin/mapping/put'],
          },
        ],
      },
    },
    roles_mapping: {
      ...meta('rolesmapping'),
      worker: { backend_roles: ['opendistro_security_anonymous_backendrole'] },
    },
    internal_users: meta('internalusers'),
    action_groups: meta('actiongroups'),
    tenants: meta('tenants'),
    nodes_dn: meta('nodesdn'),
  };
  return Object.fromEntries(Object.entries(files).map(([name, content]) => [`${name}.yml`, stringify(content)]));
}
