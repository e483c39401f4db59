import type { DeploymentModel } from '../../config/index.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { span } from '../job/quantities.ts';
import type { Failover } from './record.ts';

export interface FailoverResult {
  readonly outcome: 'moved' | 'unchanged';
  readonly job: string;
  readonly from: string | null;
  readonly to: string;
  readonly planned: boolean;
  readonly jobId: string | null;
  readonly epoch: number | null;
  readonly restorePoint: Failover['point'] | null;
  /** Milliseconds since 1970. */
  readonly timeline: {
    readonly requested: number;
    readonly stopped: number | null;
    readonly leased: number | null;
    readonly up: number | null;
  } | null;
  /** Milliseconds for which no job ran: from the request, or a planned stop, to the first checkpoint in the new region. */
  readonly rtoMs: number | null;
  /** Milliseconds of work that may be done again: 0 after a planned failover. */
  readonly rpoMs: number | null;
  readonly objectives: { readonly rtoMs: number; readonly rpoMs: number; readonly met: boolean } | null;
  /** What is left to do by hand. */
  readonly remains: readonly string[];
}

/** @param home in active-active the region whose own job it is. */
export function reportOf(
  deployment: DeploymentModel,
  to: string,
  failover: Failover | undefined,
  home?: string,
): FailoverResult {
  const { name: job, dr } = deployment;
  const remains = whatRemains(deployment, to, home);
  if (!failover) {
    const nothing = { jobId: null, epoch: null, restorePoint: null, timeline: null, rtoMs: null, rpoMs: null };
    return { outcome: 'unchanged', job, from: to, to, planned: false, ...nothing, objectives: null, remains };
  }
  const { requestedAt, stopped, leasedAt, upAt, point, from, planned, jobId, epoch } = failover;
  const rtoMs = upAt === undefined ? null : upAt - (stopped?.at ?? requestedAt);
  const whole = stopped !== undefined && point?.directory === stopped.directory && stopped.savepoint;
  const rpoMs = !point ? null : whole ? 0 : Math.max(0, (stopped?.at ?? requestedAt) - point.triggeredAt);
  return {
    outcome: 'moved',
    ...{ job, from, to, planned },
    jobId: jobId ?? null,
    epoch: epoch ?? null,
    restorePoint: point ?? null,
    timeline: { requested: requestedAt, stopped: stopped?.at ?? null, leased: leasedAt ?? null, up: upAt ?? null },
    rtoMs,
    rpoMs,
    objectives: { rtoMs: dr.rto, rpoMs: dr.rpo, met: (rtoMs ?? 0) <= dr.rto && (rpoMs ?? 0) <= dr.rpo },
    remains,
  };
}

/** What is left to do: names follow health checks of the clouds where those reach the regions, and the file says who replicates. */
function whatRemains(
  { dns, dnsAuthority, dr, regions }: DeploymentModel,
  to: string,
  home: string | undefined,
): string[] {
  const role = regions.find(({ name }) => name === to)?.role;
  const move =
    dnsAuthority === 'gcp'
      ? `headrace traffic --to ${to} moves them`
      : `where load balancers are private, or to force it, headrace traffic --to ${to}`;
  const adopted = `it commits by its lease alone; once region ${home} is there again, headrace failback --job-of ${home} gives it back`;
  return [
    dns
      ? `names of ${dns.zone} ${dnsAuthority === 'gcp' ? 'stay where they are, for Google Cloud checks no health' : `follow the health checks of the stacks, ${span(dns.ttl)} after these see it`}: ${move}`
      : 'the file has no dns: producers that name a region must be pointed to the new one',
    ...(role === 'standby'
      ? [
          home
            ? adopted
            : `region ${to} has no standby until the file says so: give it role: active and the other role: standby, then headrace install in both; or headrace failback${dr.failback ? '' : ' with --flink-home (dr.failback: true lets the region copy by itself)'}`,
        ]
      : []),
  ];
}

export const exitCodeOf = ({ objectives }: FailoverResult): ExitCode =>
  objectives && !objectives.met ? EXIT.objectiveMissed : EXIT.ok;

export function linesOf(result: FailoverResult): string[] {
  if (result.outcome === 'unchanged') return [`region ${result.to} has job ${result.job} already: nothing was changed`];
  const { restorePoint: point, objectives } = result;
  const over = point?.passedOver.length ?? 0;
  return [
    `job ${result.job} runs in region ${result.to} as ${result.jobId}, epoch ${result.epoch}`,
    `  from        checkpoint ${point?.checkpoint} of epoch ${point?.epoch}${over ? `; ${over} newer restore points were passed over` : ''}`,
    `  down for    ${shown(result.rtoMs)} (objective ${span(objectives?.rtoMs ?? 0)})`,
    `  done again  ${result.rpoMs === 0 ? 'nothing' : `at most ${shown(result.rpoMs)} of work`} (objective ${span(objectives?.rpoMs ?? 0)})`,
    ...result.remains.map((line) => `  remains     ${line}`),
  ];
}

const shown = (ms: number | null) => (ms === null ? 'unknown' : `${(ms / 1000).toFixed(1)} s`);
