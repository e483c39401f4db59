import { jobAlerts } from '../job-alerts.ts';
import type { Cluster } from './cluster.ts';
import type { Egress } from './firewall.ts';
import {
  type KeyVault,
  type MonitorActionGroup,
  MonitorAlertPrometheusRuleGroup,
  MonitorMetricAlert,
  type MonitorWorkspace,
} from './provider.ts';
import type { StateStore } from './state.ts';
import type { AzureRegion } from './subscription.ts';

export interface AlertProps {
  readonly cluster: Cluster;
  readonly egress: Egress;
  readonly metrics: MonitorWorkspace;
  readonly store: StateStore;
  readonly vault: KeyVault;
  /** Undefined: alerts fire, and nobody is told. */
  readonly actions: MonitorActionGroup | undefined;
}

export function createAlerts(azure: AzureRegion, props: AlertProps): void {
  const { stack, name, place, deployment, region } = azure;
  const action = props.actions ? [{ actionGroupId: props.actions.id }] : [];
  const jobs = jobAlerts(deployment, region, name);
  if (jobs.length > 0) {
    new MonitorAlertPrometheusRuleGroup(stack, 'job-alerts', {
      ...place,
      name: `${name}-job`,
      clusterName: name,
      interval: 'PT1M',
      ruleGroupEnabled: true,
      scopes: [props.metrics.id, props.cluster.cluster.id],
      rule: jobs.map((alert) => ({
        alert: alert.id,
        expression: alert.query,
        for: `PT${alert.forMinutes}M`,
        severity: 1,
        enabled: true,
        annotations: { summary: alert.title, description: alert.mend },
        alertResolution: { autoResolved: true, timeToResolve: 'PT10M' },
        action,
      })),
    });
  }
  const watch = (
    id: string,
    scope: string,
    metricNamespace: string,
    metricName: string,
    below: boolean,
    threshold: number,
  ) =>
    new MonitorMetricAlert(stack, `alert-${id}`, {
      name: `${name}-${id}`,
      resourceGroupName: place.resourceGroupName,
      tags: place.tags,
      scopes: [scope],
      severity: 1,
      frequency: 'PT5M',
      windowSize: 'PT15M',
      criteria: [
        {
          metricNamespace,
          metricName,
          aggregation: 'Average',
          operator: below ? 'LessThan' : 'GreaterThan',
          threshold,
        },
      ],
      action,
    });
  watch('state', props.store.account.id, 'Microsoft.Storage/storageAccounts', 'Availability', true, 99.9);
  watch('vault', props.vault.id, 'Microsoft.KeyVault/vaults', 'Availability', true, 99.9);
  watch('egress-health', props.egress.firewall.id, 'Microsoft.Network/azureFirewalls', 'FirewallHealth', true, 95);
  watch('egress-ports', props.egress.firewall.id, 'Microsoft.Network/azureFirewalls', 'SNATPortUtilization', false, 80);
}
