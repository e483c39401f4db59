import { join } from 'node:path';
import { VERSIONS } from '../../../config/index.ts';
import type { OpenDeployment } from '../../deployment/open.ts';
import { assess } from '../assess.ts';
import type { Cast } from '../cast.ts';
import { recordDrill } from '../record.ts';
import type { DrillResult } from '../result.ts';
import { SCENARIOS, type Scenario } from '../scenarios.ts';
import { observe, type RegionDrill } from './observe.ts';

export interface Concluded {
  readonly open: OpenDeployment;
  readonly cast: Cast;
  /** Of the shell, where that struck. */
  readonly strikeWith?: string | undefined;
  /** Absolute. */
  readonly directory: string;
  /** File of what was seen in the topics. */
  readonly log: string;
  readonly history: string;
}

/** The scenario as clusters have it: pods, rather than a process. */
const scenarioOf = (strikeWith: string | undefined): Scenario => ({
  ...SCENARIOS['kill-region'],
  happened: {
    told: strikeWith === undefined ? 'lost all its pods, by force,' : `was struck by “${strikeWith}”`,
    short: 'killed',
  },
});

/** Judges what was seen, and writes result, report and history. */
export function conclude(
  { open, cast, strikeWith, directory, log, history }: Concluded,
  drill: RegionDrill,
): DrillResult {
  const { deployment, plan } = open;
  const { state, dr, agent } = deployment;
  const part = (role: 'primary' | 'standby') => ({
    name: cast[role].name,
    cloud: cast[role].cloud,
    region: cast[role].region,
    part: role,
    root: cast[role].stateRoot.uri,
  });
  const { startedAt } = drill;
  const endedAt = Date.now();
  const result = assess({
    ...observe(drill),
    scenario: scenarioOf(strikeWith),
    deployment: deployment.name,
    job: deployment.name,
    agent: { name: plan.name, planHash: plan.hash },
    engine: 'flink',
    compared: 'inputs',
    versions: { Flink: VERSIONS.flink },
    commit: dr.commit,
    times: {
      checkpoint: state.checkpoint.interval,
      replication: dr.replication.every,
      lease: { ...dr.lease, poll: dr.lease.renew },
      stream: endedAt - startedAt,
      patience: 0,
      backoff: agent.retry.initialBackoff,
    },
    startedAt,
    endedAt,
    regions: [part('primary'), part('standby')],
    leaseRegion: cast.lease.name,
    outcome: 'failover',
    files: {
      directory,
      result: join(directory, 'result.json'),
      report: join(directory, 'report.html'),
      outputs: [log],
    },
    objectives: { rto: dr.rto, rpo: dr.rpo },
    calls: [],
  });
  recordDrill(result, history);
  return result;
}
