import { VERSIONS } from '../../config/index.ts';
import { CommandError } from '../errors.ts';
import type { Kubectl } from './kubectl.ts';

/** The cluster that a command is about to change, as its person knows it. */
export interface Target {
  readonly context: string;
  readonly server: string;
  /** Such as `1.34.2`. */
  readonly kubernetes: string;
  readonly namespace: string;
  /** Labels of the namespace; nothing when it is not there yet. */
  readonly labels: Readonly<Record<string, string>> | undefined;
}

/** Which region a namespace holds: the guard against a context that points elsewhere. */
export const REGION_LABEL = 'headrace.dev/region';
export const DEPLOYMENT_LABEL = 'headrace.dev/deployment';

interface KubeConfig {
  readonly 'current-context'?: string;
  readonly clusters?: readonly { readonly cluster?: { readonly server?: string } }[] | null;
}

/** Finds out where kubectl leads and whether anybody answers. @throws CommandError HR-INSTALL-004 */
export async function findTarget(kubectl: Kubectl, env: NodeJS.ProcessEnv = process.env): Promise<Target> {
  const { code, stdout, stderr } = await kubectl.run(['config', 'view', '--minify', '--output', 'json']);
  const config = code === 0 ? (JSON.parse(stdout) as KubeConfig) : {};
  const inside = env['KUBERNETES_SERVICE_HOST'];
  const server = config.clusters?.[0]?.cluster?.server ?? (inside ? `https://${inside}` : undefined);
  if (server === undefined)
    throw new CommandError(
      'HR-INSTALL-004',
      'kubeconfig',
      (stderr || 'names no cluster').trim().replace(/^error: /, ''),
      {
        mend: 'give --context NAME or --kubeconfig PATH; kubectl config get-contexts lists what there is',
      },
    );
  const version = await kubectl.run(['version', '--output', 'json']);
  const answered = (version.stdout ? JSON.parse(version.stdout) : {}) as { serverVersion?: { gitVersion?: string } };
  const kubernetes = /^v?(\d+\.\d+\.\d+)/.exec(answered.serverVersion?.gitVersion ?? '')?.[1];
  if (version.code !== 0 || !kubernetes) throw unreachable(server, version.stderr || version.stdout);
  const found = await kubectl.must(['get', 'namespace', kubectl.namespace, '--ignore-not-found', '--output', 'json']);
  const namespace = found.trim() ? (JSON.parse(found) as { metadata: { labels?: Record<string, string> } }) : undefined;
  return {
    context: config['current-context'] ?? 'in-cluster',
    server,
    kubernetes,
    namespace: kubectl.namespace,
    labels: namespace && (namespace.metadata.labels ?? {}),
  };
}

function unreachable(server: string, said: string): CommandError {
  const words = said.trim().split('\n').at(-1) ?? '';
  const mend = /unauthorized|must be logged in|token|credentials/i.test(said)
    ? 'sign in to the cloud again: the credentials of this context are refused'
    : /executable .* not found|exec:/i.test(said)
      ? "install the cloud's credential plugin that this context names"
      : 'check that this machine reaches it: VPN, private endpoint, authorized networks, or a cluster that is gone';
  return new CommandError('HR-INSTALL-004', server, `the cluster does not answer: ${words}`, { mend });
}

/** A version that the charts were not tested with is no reason to refuse. */
export function versionWarning({ kubernetes }: Target): string | undefined {
  const number = (text: string) => Number(text.split('.')[1]);
  const [oldest = '', newest = ''] = [VERSIONS.kubernetes[0], VERSIONS.kubernetes.at(-1)];
  const minor = number(kubernetes);
  if (minor >= number(oldest) && minor <= number(newest)) return undefined;
  return `Kubernetes ${kubernetes} is ${minor < number(oldest) ? 'older' : 'newer'} than what the charts are tested with (${oldest} to ${newest})`;
}

export interface Expected {
  readonly deployment: string;
  readonly region: string;
  /** `cluster_endpoint` of the region's stack, where its outputs are known. */
  readonly endpoint?: string | undefined;
  /** Whether the person named the context, rather than taking what was current. */
  readonly named: boolean;
}

/**
 * Refuses a cluster or namespace that belongs to something else.
 * @throws CommandError HR-INSTALL-005
 */
export function assertOurs(target: Target, { deployment, region, endpoint, named }: Expected): void {
  const place = `context ${target.context}, namespace ${target.namespace}`;
  const holds = (label: string) => target.labels?.[label];
  const otherRegion = holds(REGION_LABEL) !== undefined && holds(REGION_LABEL) !== region;
  const otherDeployment = holds(DEPLOYMENT_LABEL) !== undefined && holds(DEPLOYMENT_LABEL) !== deployment;
  if (otherRegion || otherDeployment)
    throw new CommandError(
      'HR-INSTALL-005',
      place,
      `the namespace holds region ${holds(REGION_LABEL)} of ${holds(DEPLOYMENT_LABEL)}, not region ${region} of ${deployment}`,
      {
        mend: `give --context of region ${region}; if it really moves: kubectl label namespace ${target.namespace} ${REGION_LABEL}- ${DEPLOYMENT_LABEL}-`,
      },
    );
  if (endpoint && !named && host(endpoint) !== host(target.server))
    throw new CommandError(
      'HR-INSTALL-005',
      place,
      `the current context leads to ${target.server}; the stack of region ${region} made ${endpoint}`,
      { mend: 'name the context with --context, if it reaches that cluster another way' },
    );
}

const host = (url: string) =>
  url
    .replace(/^https?:\/\//, '')
    .replace(/[:/].*$/, '')
    .toLowerCase();
