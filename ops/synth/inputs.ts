import { type ChartInput, releaseName } from '../../charts/index.ts';
import { deploymentOfJob, type RegionModel, type RegionOutputs } from '../../config/index.ts';
import { serializePlan } from '../../runtime/plan/index.ts';
import { asArgument } from '../../runtime/remote/index.ts';
import type { OpenDeployment } from '../deployment/open.ts';
import { flinkJob } from '../run/flink-job.ts';
import { readOutputs } from './outputs.ts';

/** Port of the workers, and where TaskManagers have the certificate that they show there, as the charts make both. */
const WORKER_PORT = 7443;
const WORKER_TLS = '/etc/headrace/tls';

/**
 * What the charts of each region are made from.
 * @param outputs file of `cdktf output --outputs-file`. Default: nothing is deployed yet.
 * @throws CommandError HR-CLI-002 when that file is not what cdktf writes.
 */
export function chartInputs(open: OpenDeployment, outputs?: string): ChartInput[] {
  const { deployment, plan } = open;
  const known = outputs ? readOutputs(outputs) : {};
  return deployment.regions.map((region) => {
    const own = known[`${deployment.name}-${region.name}`];
    return {
      deployment,
      region,
      plan: { json: serializePlan(plan), hash: plan.hash, name: plan.name },
      ...(deployment.flink.manager === 'operator' ? { specification: specification(open, region, own) } : {}),
      ...(own ? { outputs: own } : {}),
    };
  });
}

/** The job as the operator's objects carry it; with a pod of our own it is made in the cluster. */
function specification(open: OpenDeployment, region: RegionModel, outputs: Partial<RegionOutputs> | undefined): string {
  const workers = `${releaseName(open.deployment.name, 'agents-app')}-worker:${WORKER_PORT}`;
  return asArgument(
    flinkJob(
      { ...open, deployment: deploymentOfJob(open.deployment, region) },
      {
        workers: { targets: [workers], tls: { directory: WORKER_TLS, serverName: null } },
        kafka: outputs?.kafka_bootstrap ?? 'pending-stack-output:9092',
        region: region.name,
        development: false,
      },
    ),
  );
}
