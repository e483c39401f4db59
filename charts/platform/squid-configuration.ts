import type { EgressRule } from '../../config/index.ts';

export interface SquidOptions {
  readonly port: number;
  readonly healthPort: number;
  /** Address that both ports listen on. Default: every one. */
  readonly address?: string;
  /** Where lines of the access log go. Default: standard output. */
  readonly accessLog?: string;
  /** Names that DNS does not serve. Default: the pod's own. */
  readonly hostsFile?: string;
}

/** Longest call of a model that a deployment file allows, and a margin: a tunnel may be silent for as long. */
const SILENCE_MINUTES = 65;
/** Time for tunnels to end when the proxy stops. */
export const DRAIN_SECONDS = 60;

/**
 * Configuration of Squid as a gate: a CONNECT to a host and port of the list makes a tunnel, anything else is 403. Nothing
 * is cached, decrypted or written to disk. `GET /healthz` on the health port is answered by Squid itself, with its
 * configuration loaded and its event loop running.
 */
export function squidConfiguration(rules: readonly EgressRule[], options: SquidOptions): string {
  const at = (port: number) => (options.address ? `${options.address}:${port}` : `${port}`);
  const lines = [
    `http_port ${at(options.port)}`,
    `http_port ${at(options.healthPort)} accel defaultsite=health no-vhost`,
    'visible_hostname egress-proxy',
    'httpd_suppress_version_string on',
    'pid_filename none',
    'coredump_dir none',
    // Errors and warnings go to standard error, by -d 1.
    'cache_log /dev/null',
    'cache deny all',
    'cache_mem 0 MB',
    'pinger_enable off',
    'netdb_filename none',
    ...(options.hostsFile ? [`hosts_file ${options.hostsFile}`] : []),
    'connect_timeout 10 seconds',
    `read_timeout ${SILENCE_MINUTES} minutes`,
    `shutdown_lifetime ${DRAIN_SECONDS} seconds`,
    '',
    `logformat json ${LOG_LINE}`,
    `acl health_port localport ${options.healthPort}`,
    'acl health_path urlpath_regex ^/healthz$',
    `access_log ${options.accessLog ?? 'stdio:/dev/stdout'} logformat=json !health_port`,
    'deny_info 200:ERR_ACCESS_DENIED health_path',
    'http_access deny health_port health_path',
    'http_access deny health_port',
    '',
    'acl tunnel method CONNECT',
    ...rules.flatMap((rule, i) => allow(rule, i)),
    'http_access deny all',
  ];
  return `${lines.join('\n')}\n`;
}

/** -n: a bare address must not be let in by the name that its owner gave it in reverse DNS. */
function allow({ host, port, reason }: EgressRule, i: number): string[] {
  // A wildcard covers one label, as it does in the policies by name.
  const name = host.startsWith('*.')
    ? `dstdom_regex -n ^[a-z0-9_-]+\\.${host.slice(2).replaceAll('.', '\\.')}$`
    : `dstdomain -n ${host}`;
  return [
    `# ${reason}`,
    `acl host_${i} ${name}`,
    `acl port_${i} port ${port}`,
    `http_access allow tunnel host_${i} port_${i}`,
  ];
}

/** Squid's format codes; what a client wrote is URL-quoted, so that a line stays one JSON object. */
const LOG_LINE = `{${[
  '"time":"%{%Y-%m-%dT%H:%M:%SZ}tg"',
  '"client":"%>a"',
  '"method":"%#rm"',
  '"target":"%#ru"',
  '"status":%>Hs',
  '"result":"%Ss"',
  '"upstream":"%<a"',
  '"bytesSent":%>st',
  '"bytesReceived":%<st',
  '"milliseconds":%tr',
].join(',')}}`;
