import type { TerraformStack } from 'cdktf';
import { type Cloud, VERSIONS } from '../config/index.ts';

const PROVIDER: Record<Cloud, string> = { aws: 'aws', azure: 'azurerm', gcp: 'google' };

/**
 * Lets a stack use its provider's newer minor versions. The toolkit would pin the one that the bindings were made from,
 * which a mirror or a lock file of one's own may not hold.
 */
export const allowProvider = (stack: TerraformStack, cloud: Cloud): void =>
  stack.addOverride(`terraform.required_providers.${PROVIDER[cloud]}.version`, VERSIONS.providers[cloud]);
