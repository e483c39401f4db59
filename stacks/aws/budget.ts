import type { AwsRegion } from './account.ts';
import { BudgetsBudget, type SnsTopic } from './provider.ts';

/** Shares of the budget in percent, and whether it is spent or forecast, at which a notice is sent. */
const NOTICES = [
  [50, 'ACTUAL'],
  [90, 'ACTUAL'],
  [100, 'ACTUAL'],
  [100, 'FORECASTED'],
] as const;

/** Notices when what carries the region's tag costs more than the file allows; it stops nothing. */
export function createBudget({ stack, name, deployment }: AwsRegion, topic: SnsTopic): void {
  const { monthlyBudget } = deployment.observability;
  if (monthlyBudget === undefined) return;
  new BudgetsBudget(stack, 'budget', {
    name,
    budgetType: 'COST',
    timeUnit: 'MONTHLY',
    limitAmount: String(monthlyBudget),
    limitUnit: 'USD',
    // Counts once the account has made headrace_cluster a cost allocation tag.
    costFilter: [{ name: 'TagKeyValue', values: [`user:headrace_cluster$${name}`] }],
    notification: NOTICES.map(([threshold, notificationType]) => ({
      comparisonOperator: 'GREATER_THAN',
      threshold,
      thresholdType: 'PERCENTAGE',
      notificationType,
      subscriberSnsTopicArns: [topic.arn],
    })),
  });
}
