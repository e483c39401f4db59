import { releaseName } from '../../charts/index.ts';
import { type DeploymentModel, names, type RegionModel } from '../../config/index.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { CommandContext } from '../terminal/command.ts';
import { Helm, lastLines } from './helm.ts';
import { targetLines } from './install.ts';
import { type ClusterAddress, Kubectl } from './kubectl.ts';
import { assertOurs, findTarget } from './target.ts';
import { findTool } from './tool.ts';

export interface UninstallRequest {
  readonly deployment: DeploymentModel;
  readonly region: RegionModel;
  readonly address: ClusterAddress;
  readonly namespace?: string | undefined;
  /** Also takes away volumes and what high availability remembers; never the object store. */
  readonly deleteData: boolean;
  readonly waitMs: number;
  readonly dryRun: boolean;
}

export interface UninstallResult {
  readonly region: string;
  readonly namespace: string;
  readonly context: string;
  readonly server: string;
  /** Releases that were there and are gone. */
  readonly removed: readonly string[];
  /** Volumes and ConfigMaps that are gone, or with `dryRun` would be. */
  readonly deleted: readonly string[];
  /** What stays. */
  readonly kept: readonly string[];
}

/** Flink's own label of what its Kubernetes high availability keeps. */
const HA_SELECTOR = (release: string) => `app=${release},configmap-type=high-availability`;

const HA_NAME = (release: string) => new RegExp(`^configmap/${release}-(cluster|[0-9a-f]{32})-config-map$`);

/** Removes both charts, the agents first, and says what stays. A second run finds nothing left to do. */
export async function uninstall(
  request: UninstallRequest,
  { terminal, signal }: CommandContext,
): Promise<UninstallResult> {
  const { deployment, region, deleteData } = request;
  const namespace = request.namespace ?? names.namespace(region.parts);
  const kubectl = new Kubectl(findTool('kubectl'), request.address, namespace);
  const helm = new Helm(findTool('helm'), request.address, namespace);
  const target = await findTarget(kubectl);
  terminal.step(`Region ${region.name} of ${deployment.name}`);
  for (const line of targetLines(target)) terminal.line(line);
  assertOurs(target, {
    deployment: deployment.name,
    region: region.name,
    named: request.address.context !== undefined,
  });
  const removed: string[] = [];
  for (const chart of ['agents-app', 'flink-cluster'] as const) {
    const release = releaseName(deployment.name, chart);
    signal.throwIfAborted();
    if ((await helm.history(release)).length === 0) continue;
    if (!request.dryRun) await remove(helm, release, request.waitMs, signal);
    removed.push(release);
    terminal.line(`  ${release}: ${request.dryRun ? 'would be removed' : 'removed'}`);
  }
  const data = await dataOf(kubectl, deployment.name);
  const deleted = deleteData ? data : [];
  if (deleteData && !request.dryRun && data.length)
    await kubectl.must(['delete', ...data, '--ignore-not-found', '--wait=false'], { signal });
  const kept = [
    ...(deleteData ? [] : data),
    ...(target.labels ? [`namespace/${namespace}`] : []),
    `state in ${region.stateRoot.uri}`,
  ];
  if (deleted.length) terminal.line(`  ${request.dryRun ? 'would be deleted' : 'deleted'}: ${deleted.join(', ')}`);
  terminal.line(`  stays: ${kept.join(', ')}`);
  if (data.length && !deleteData)
    terminal.line(
      '  an installation of the same name takes these volumes and the job up again; --delete-data forgets them',
    );
  return { region: region.name, namespace, context: target.context, server: target.server, removed, deleted, kept };
}

async function remove(helm: Helm, release: string, waitMs: number, signal: AbortSignal): Promise<void> {
  const { code, stdout, stderr } = await helm.run(
    ['uninstall', release, '--wait', '--timeout', `${Math.ceil(waitMs / 1000)}s`],
    signal,
  );
  signal.throwIfAborted();
  if (code !== 0 && !/not found/.test(stderr))
    throw new CommandError('HR-INSTALL-011', `release ${release}`, lastLines(stderr || stdout), {
      exitCode: EXIT.failed,
      mend: 'what is gone is gone; the same command goes on with the rest',
    });
}

/** Volumes and high-availability data of the releases, as kubectl names them. */
async function dataOf(kubectl: Kubectl, deployment: string): Promise<string[]> {
  const flink = releaseName(deployment, 'flink-cluster');
  const releases = [flink, releaseName(deployment, 'agents-app')].join(',');
  const list = async (kind: string, selector: string) =>
    (await kubectl.must(['get', kind, '--selector', selector, '--output', 'name'])).trim().split('\n').filter(Boolean);
  // Those that the leader election makes carry no labels.
  const named = (await kubectl.must(['get', 'configmaps', '--output', 'name'])).trim().split('\n');
  return [
    ...new Set([
      ...(await list('configmaps', HA_SELECTOR(flink))),
      ...named.filter((name) => HA_NAME(flink).test(name)),
    ]),
    ...(await list('persistentvolumeclaims', `app.kubernetes.io/instance in (${releases})`)),
  ];
}
