import { Fn, type ITerraformDependable, Op, TerraformVariable } from 'cdktf';
import { managedKafka, names } from '../../config/index.ts';
import { accept } from '../accepted.ts';
import type { AzureNetwork } from './network.ts';
import { privateEndpoint } from './private-access.ts';
import { KeyVault, KeyVaultKey, type KeyVaultKeyConfig, UserAssignedIdentity } from './provider.ts';
import { type AzureRegion, assign, protect } from './subscription.ts';

/** What has a key of its own. */
export type KeyPurpose = 'state' | 'disks' | 'cluster' | 'registry' | 'kafka';

/** A key, and the managed identity through which one service may use it. */
export interface ServiceKey {
  readonly key: KeyVaultKey;
  readonly identity: UserAssignedIdentity;
  /** What a consumer waits for: until then the service is refused. */
  readonly ready: ITerraformDependable[];
}

/** The region's vault of keys and secrets, open to its own network and to whoever deploys. */
export function createVault(azure: AzureRegion, net: AzureNetwork): KeyVault {
  const { stack, place, region, client, deployment } = azure;
  const deployer = new TerraformVariable(stack, 'deployer_ranges', {
    type: 'list(string)',
    default: [],
    description:
      'Public IPv4 blocks that the stack is deployed from, besides cluster.authorizedRanges: keys are made through the ' +
      "vault's own endpoint. Empty: deploy from inside the network.",
  });
  const ranges = Fn.concat([deployment.cluster.authorizedRanges, deployer.listValue]);
  const vault = new KeyVault(stack, 'vault', {
    ...place,
    name: names.keyVault(region.parts),
    tenantId: client.tenantId,
    // Keys in hardware.
    skuName: 'premium',
    rbacAuthorizationEnabled: true,
    purgeProtectionEnabled: true,
    softDeleteRetentionDays: 90,
    publicNetworkAccessEnabled: Op.gte(Fn.lengthOf(ranges), 1),
    networkAcls: { defaultAction: 'Deny', bypass: 'AzureServices', ipRules: ranges },
  });
  privateEndpoint(azure, net, 'vault', vault.id);
  protect(azure, 'vault', vault.id);
  return vault;
}

/** One key a purpose. @param settled what takes minutes to make, by which Azure honours the deployer's new right. */
export function createKeys(azure: AzureRegion, vault: KeyVault, settled: ITerraformDependable[]) {
  const { stack, client, deployment } = azure;
  const officer = assign(azure, 'deployer-keys', {
    role: 'Key Vault Crypto Officer',
    principal: client.objectId,
    scope: vault.id,
  });
  // The deployer may be a person or a service.
  officer.addOverride('principal_type', undefined);
  const dependsOn = [officer, ...settled];
  return {
    state: serviceKey(azure, vault, 'state', dependsOn),
    disks: serviceKey(azure, vault, 'disks', dependsOn),
    registry: serviceKey(azure, vault, 'registry', dependsOn),
    ...(managedKafka(deployment) ? { kafka: serviceKey(azure, vault, 'kafka', dependsOn) } : {}),
    // The cluster names a version and does not follow a rotation: its key must not expire before the next apply.
    cluster: accept(
      newKey(stack, vault, 'cluster', dependsOn, { rotationPolicy: { automatic: { timeAfterCreation: 'P1Y' } } }),
      {
        CKV_AZURE_40:
          'the cluster names a version and does not follow a rotation: an expired one would take etcd along',
      },
    ),
  };
}

function serviceKey(
  azure: AzureRegion,
  vault: KeyVault,
  purpose: Exclude<KeyPurpose, 'cluster'>,
  dependsOn: ITerraformDependable[],
): ServiceKey {
  const { stack, place, name } = azure;
  const key = newKey(stack, vault, purpose, dependsOn, {
    rotationPolicy: {
      expireAfter: 'P1Y',
      notifyBeforeExpiry: 'P29D',
      automatic: { timeBeforeExpiry: 'P30D' },
    },
    // The policy dates only the versions that it makes, and rotates none without a date (Key Vault, "Key rotation"): the
    // first version gets the date that the policy would give it. Later ones are the policy's.
    expirationDate: Fn.timeadd(Fn.plantimestamp(), '8760h'),
    lifecycle: { ignoreChanges: ['expiration_date'] },
  });
  const identity = new UserAssignedIdentity(stack, `key-user-${purpose}`, { ...place, name: `${name}-key-${purpose}` });
  const user = assign(azure, `key-user-${purpose}-role`, {
    role: 'Key Vault Crypto Service Encryption User',
    principal: identity.principalId,
    scope: key.resourceVersionlessId,
  });
  return { key, identity, ready: [user] };
}

function newKey(
  stack: AzureRegion['stack'],
  vault: KeyVault,
  purpose: KeyPurpose,
  dependsOn: ITerraformDependable[],
  more: Partial<KeyVaultKeyConfig>,
): KeyVaultKey {
  return new KeyVaultKey(stack, `key-${purpose}`, {
    name: purpose,
    keyVaultId: vault.id,
    keyType: 'RSA-HSM',
    keySize: 3072,
    keyOpts: purpose === 'cluster' ? ['encrypt', 'decrypt'] : ['wrapKey', 'unwrapKey'],
    dependsOn,
    ...more,
  });
}
