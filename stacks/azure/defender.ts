import { SecurityCenterSubscriptionPricing } from './provider.ts';
import type { AzureRegion } from './subscription.ts';

/** Plans of Defender for Cloud: images and clusters, keys and secrets, state, calls to the Resource Manager. */
const PLANS = ['Arm', 'Containers', 'KeyVaults', 'StorageAccounts'] as const;

/** The plans' own variants where there are several (Defender for Cloud, "pricings" of its interface). */
const SUBPLANS: Readonly<Partial<Record<(typeof PLANS)[number], string>>> = {
  Arm: 'PerSubscription',
  KeyVaults: 'PerKeyVault',
  StorageAccounts: 'DefenderForStorageV2',
};

/**
 * Threat detection and scanning of images. It counts for a whole subscription, so only a deployment that has it to
 * itself turns it on, in the stack of the subscription's first region.
 */
export function createDefender({ stack, deployment, region }: AzureRegion): void {
  const first = deployment.regions.find((other) => other.cloud === 'azure' && other.account === region.account);
  if (deployment.accounts !== 'dedicated' || first?.name !== region.name) return;
  for (const plan of PLANS) {
    const subplan = SUBPLANS[plan];
    new SecurityCenterSubscriptionPricing(stack, `defender-${plan.toLowerCase()}`, {
      resourceType: plan,
      tier: 'Standard',
      ...(subplan ? { subplan } : {}),
    });
  }
}
