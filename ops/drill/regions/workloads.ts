import { setTimeout as sleep } from 'node:timers/promises';
import { releaseName } from '../../../charts/index.ts';
import { CommandError } from '../../errors.ts';
import type { Kubectl } from '../../install/kubectl.ts';

/** Says on a workload what it was before a drill stopped it: only what carries it is started again. */
export const STOPPED_BY_DRILL = 'headrace.dev/stopped-by-drill';

const POLL_MS = 500;
/** Time in which pods that are deleted by force are gone from the API. */
const GONE_MS = 30_000;
const KINDS = ['deployment', 'statefulset', 'cronjob'] as const;
type Kind = (typeof KINDS)[number];

interface Workload {
  readonly kind: Kind;
  readonly name: string;
  /** What it is now: replicas, or whether its schedule is suspended. */
  readonly runs: number | boolean;
  readonly ready: number;
  /** What it was before a drill; undefined where none stopped it. */
  readonly before: number | boolean | undefined;
}

interface Listed {
  readonly items: readonly {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
    readonly spec: { readonly replicas?: number; readonly suspend?: boolean };
    readonly status?: { readonly readyReplicas?: number };
  }[];
}

/** Helm's names of what a deployment installs in a region. */
export const releasesOf = (deployment: string): string[] =>
  (['flink-cluster', 'agents-app'] as const).map((chart) => releaseName(deployment, chart));

/** What a deployment runs in one region's cluster: both charts' workloads, which a drill kills and starts again. */
export class RegionWorkloads {
  readonly #kubectl: Kubectl;
  readonly #selector: string;

  /** @param releases of both charts. */
  constructor(kubectl: Kubectl, releases: readonly string[]) {
    this.#kubectl = kubectl;
    this.#selector = `app.kubernetes.io/instance in (${releases.join(',')})`;
  }

  async list(): Promise<Workload[]> {
    const { items } = await this.#kubectl.json<Listed>(['get', KINDS.join(','), '--selector', this.#selector]);
    return items.map(({ kind, metadata, spec, status }) => {
      const before = metadata.annotations?.[STOPPED_BY_DRILL];
      return {
        kind: kind.toLowerCase() as Kind,
        name: metadata.name,
        runs: kind === 'CronJob' ? spec.suspend === true : (spec.replicas ?? 1),
        ready: status?.readyReplicas ?? 0,
        before: before === undefined ? undefined : (JSON.parse(before) as number | boolean),
      };
    });
  }

  /** Names of what an earlier drill stopped and nobody started again. */
  async left(): Promise<string[]> {
    return (await this.list()).filter(({ before }) => before !== undefined).map(({ kind, name }) => `${kind}/${name}`);
  }

  /**
   * Writes on each workload what it is, so that `revive` finds it whatever becomes of this process, and lets no schedule begin
   * any more. Nothing that runs is touched: what is left to do when the region is struck is two requests.
   */
  async prepare(): Promise<void> {
    const workloads = (await this.list()).filter(({ before }) => before === undefined);
    await Promise.all(
      workloads.map(({ kind, name, runs }) =>
        this.#patch(kind, name, runs, kind === 'cronjob' ? { suspend: true } : {}),
      ),
    );
  }

  /**
   * Ends every pod by force, at once, and lets none come back. To be prepared before.
   * @throws CommandError HR-DRILL-014 for pods that do not go.
   */
  async kill(): Promise<void> {
    const stop = ['scale', 'deployment,statefulset', '--replicas', '0', '--selector', this.#selector];
    await Promise.all([this.#deletePods(), this.#kubectl.must(stop)]);
    const deadline = Date.now() + GONE_MS;
    for (;;) {
      const pods = await this.#kubectl.json<Listed>(['get', 'pods', '--selector', this.#selector]);
      if (pods.items.length === 0) return;
      if (Date.now() > deadline)
        throw new CommandError(
          'HR-DRILL-014',
          pods.items.map(({ metadata }) => metadata.name).join(', '),
          'these pods do not go',
          {
            exitCode: 1,
            mend: 'look at their events; headrace drill --revive starts the region again',
          },
        );
      // What a controller had made before it was stopped.
      await this.#deletePods();
      await sleep(POLL_MS);
    }
  }

  async #deletePods(): Promise<void> {
    const force = ['--force', '--grace-period=0', '--wait=false', '--ignore-not-found'];
    await this.#kubectl.must(['delete', 'jobs,pods', '--selector', this.#selector, ...force]);
  }

  /** Starts what a drill stopped, as it was. @returns names; none: nothing was stopped. */
  async revive(): Promise<string[]> {
    const stopped = (await this.list()).filter(({ before }) => before !== undefined);
    await Promise.all(
      stopped.map(({ kind, name, before }) =>
        this.#patch(kind, name, null, kind === 'cronjob' ? { suspend: before } : { replicas: before }),
      ),
    );
    return stopped.map(({ kind, name }) => `${kind}/${name}`);
  }

  /** Whether all that is to run is there. */
  async isReady(): Promise<boolean> {
    return (await this.list()).every(({ kind, runs, ready }) => kind === 'cronjob' || ready >= Number(runs));
  }

  async #patch(kind: Kind, name: string, before: number | boolean | null, spec: object): Promise<void> {
    const annotations = { [STOPPED_BY_DRILL]: before === null ? null : JSON.stringify(before) };
    const patch = JSON.stringify({ metadata: { annotations }, spec });
    await this.#kubectl.must(['patch', kind, name, '--type', 'merge', '--patch', patch]);
  }
}
