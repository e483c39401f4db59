import type { AwsRegion } from './account.ts';
import { ownsAccount } from './ownership.ts';
import { CeAnomalyMonitor, CeAnomalySubscription, CeCostAllocationTag } from './provider.ts';

/** Least unexpected cost in US dollars that a notice is sent for. */
const LEAST_IMPACT = 100;

/** Tags by which bills are split. */
const COST_TAGS = ['headrace_cluster', 'headrace_deployment', 'headrace_pool'] as const;

/** Notices of unusual spending, and bills split by the deployment's tags. Both exist once an account that pays for itself. */
export function createAnomalies({ stack, name, deployment, region }: AwsRegion): void {
  if (deployment.accounts !== 'dedicated' || !ownsAccount(deployment, region)) return;
  for (const tagKey of COST_TAGS) new CeCostAllocationTag(stack, `cost-by-${tagKey}`, { tagKey, status: 'Active' });
  const monitor = new CeAnomalyMonitor(stack, 'spending', {
    name,
    monitorType: 'DIMENSIONAL',
    monitorDimension: 'SERVICE',
  });
  const { alarms } = deployment.observability;
  if (alarms.length === 0) return;
  new CeAnomalySubscription(stack, 'spending-notices', {
    name,
    frequency: 'DAILY',
    monitorArnList: [monitor.arn],
    subscriber: alarms.map((address) => ({ type: 'EMAIL', address })),
    thresholdExpression: {
      dimension: {
        key: 'ANOMALY_TOTAL_IMPACT_ABSOLUTE',
        matchOptions: ['GREATER_THAN_OR_EQUAL'],
        values: [String(LEAST_IMPACT)],
      },
    },
  });
}
