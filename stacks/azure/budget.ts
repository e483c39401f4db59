import { Fn } from 'cdktf';
import { ConsumptionBudgetResourceGroup, type MonitorActionGroup } from './provider.ts';
import type { AzureRegion } from './subscription.ts';

/** Percent of the budget at which a notice is sent. */
const THRESHOLDS = [50, 90, 100];

/** Notices when the region's resource group costs more than the file allows; it stops nothing. */
export function createBudget({ stack, name, group, deployment }: AzureRegion, actions?: MonitorActionGroup): void {
  const { monthlyBudget } = deployment.observability;
  if (monthlyBudget === undefined) return;
  const notice = (threshold: number, thresholdType: 'Actual' | 'Forecasted') => ({
    threshold,
    thresholdType,
    operator: 'GreaterThan',
    enabled: true,
    // A notice needs somebody: owners, and whoever the file names.
    contactRoles: ['Owner'],
    ...(actions ? { contactGroups: [actions.id] } : {}),
  });
  new ConsumptionBudgetResourceGroup(stack, 'budget', {
    name,
    resourceGroupId: group.id,
    amount: monthlyBudget,
    timeGrain: 'Monthly',
    // Azure takes no start before the current month; only the plan knows which that is.
    timePeriod: { startDate: Fn.formatdate("YYYY-MM-01'T'00:00:00Z", Fn.plantimestamp()) },
    notification: [...THRESHOLDS.map((threshold) => notice(threshold, 'Actual')), notice(100, 'Forecasted')],
    lifecycle: { ignoreChanges: ['time_period'] },
  });
}
