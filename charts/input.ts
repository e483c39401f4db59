import type { DeploymentModel, RegionModel, RegionOutputs } from '../config/index.ts';

/** What the charts of one region are made from. */
export interface ChartInput {
  readonly deployment: DeploymentModel;
  readonly region: RegionModel;
  readonly plan: {
    /** The agent plan as canonical JSON; the charts carry it and do not read it. */
    readonly json: string;
    readonly hash: string;
    readonly name: string;
  };
  /** The job as an argument (`asArgument`); objects of the Flink Kubernetes Operator carry it. */
  readonly specification?: string;
  /** Outputs of the region's stack; absent before its first deployment. */
  readonly outputs?: Partial<RegionOutputs>;
  /** Namespace of the plain manifests and of the platform. Default: the one that the region's stack trusts. */
  readonly namespace?: string;
}

/** Stands where a value is known only after a deployment. Nothing accepts it, so that it cannot go unnoticed. */
export const PENDING = 'pending-stack-output';

/** Outputs that a region's charts use and that its file alone does not tell. */
type Late = 'identities' | 'secret_store' | 'secret_tenant' | 'kafka_bootstrap' | 'registry';

const NEEDED: Record<RegionModel['cloud'], readonly Late[]> = {
  aws: [],
  azure: ['identities', 'secret_tenant'],
  gcp: [],
};

/** Names of the stack outputs that the charts of a region still wait for. */
export function pendingOutputs({ deployment, region, outputs }: ChartInput): string[] {
  const needed: Late[] = [...NEEDED[region.cloud]];
  if (!deployment.images.registry) needed.push('registry');
  if (region.cloud === 'gcp' && !region.account && deployment.secrets.length > 0) needed.push('secret_store');
  if (deployment.source.kafka?.bootstrap === 'managed' || deployment.sink.kafka?.bootstrap === 'managed')
    needed.push('kafka_bootstrap');
  return needed.filter((name) => outputs?.[name] === undefined).sort();
}
