import { type GcpRegion, labels } from './project.ts';
import { BillingBudget, type MonitoringNotificationChannel } from './provider.ts';

/** Shares of the budget at which a notice is sent. */
const THRESHOLDS = [0.5, 0.9, 1];

/** Channels that one budget may notify (Cloud Billing, "Customize budget alert email recipients"). */
const MAX_CHANNELS = 5;

/** A sum of US dollars as the billing service spells it: whole units as text, and nanos. */
export const money = (dollars: number) => {
  const units = Math.floor(dollars);
  return { currencyCode: 'USD', units: `${units}`, nanos: Math.round((dollars - units) * 1e9) };
};

/** Notices when what carries the region's label costs more than the file allows; it stops nothing. */
export function createBudget(gcp: GcpRegion, channels: readonly MonitoringNotificationChannel[]): void {
  const { monthlyBudget } = gcp.deployment.observability;
  if (monthlyBudget === undefined) return;
  // A budget filters by one label; the deployment's own name is in the region's.
  const label = labels(gcp.deployment, gcp.region)['headrace_region'];
  new BillingBudget(gcp.stack, 'budget', {
    billingAccount: gcp.project.billingAccount,
    displayName: gcp.name,
    amount: { specifiedAmount: money(monthlyBudget) },
    budgetFilter: {
      projects: [`projects/${gcp.project.number}`],
      labels: { headrace_region: label },
      calendarPeriod: 'MONTH',
    },
    thresholdRules: [
      ...THRESHOLDS.map((thresholdPercent) => ({ thresholdPercent, spendBasis: 'CURRENT_SPEND' })),
      { thresholdPercent: 1, spendBasis: 'FORECASTED_SPEND' },
    ],
    // Without a channel the rule would be empty, which is refused; billing administrators get notices in any case.
    ...(channels.length
      ? {
          allUpdatesRule: {
            monitoringNotificationChannels: channels.slice(0, MAX_CHANNELS).map((channel) => channel.id),
            disableDefaultIamRecipients: false,
          },
        }
      : {}),
    dependsOn: [gcp.api('billingbudgets')],
  });
}
