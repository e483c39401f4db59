import type { ITerraformDependable } from 'cdktf';
import { managedKafka } from '../../config/index.ts';
import { accept } from '../accepted.ts';
import { backupLocation } from './placement.ts';
import { serviceAgent } from './principals.ts';
import type { GcpRegion } from './project.ts';
import {
  DataGoogleLoggingProjectCmekSettings,
  DataGoogleStorageProjectServiceAccount,
  KmsCryptoKey,
  KmsCryptoKeyIamMember,
  KmsKeyRing,
} from './provider.ts';
import { statePlacement } from './state-placement.ts';

/** What a key protects; one key each. */
export type KeyPurpose = 'cluster' | 'disks' | 'state' | 'secrets' | 'registry' | 'logs' | 'backup' | 'kafka';

/** A key, and the grant that its consumer must wait for. */
export interface Key {
  readonly id: string;
  readonly ready: ITerraformDependable[];
}

export type Keys = Readonly<Record<Exclude<KeyPurpose, 'kafka'>, Key>> & { readonly kafka?: Key };

/** Makes the region's keys in the region itself; those of the backups and of a bucket in two regions live where these do. */
export function createKeys(gcp: GcpRegion): Keys {
  const ring = keyRing(gcp, 'keys', gcp.region.region);
  const backups = backupLocation(gcp.deployment, gcp.region);
  const backupRing = backups === gcp.region.region ? ring : keyRing(gcp, 'backup-keys', backups);
  const { keyLocation } = statePlacement(gcp.deployment, gcp.region);
  const stateRing = keyLocation === gcp.region.region ? ring : keyRing(gcp, 'state-keys', keyLocation);
  const { number } = gcp.project;
  // Both look-ups also create the agent where the project has none yet.
  const storage = new DataGoogleStorageProjectServiceAccount(gcp.stack, 'storage-agent', {
    dependsOn: [gcp.api('storage')],
  });
  const logging = new DataGoogleLoggingProjectCmekSettings(gcp.stack, 'logging-agent', {
    project: gcp.project.id,
    dependsOn: [gcp.api('logging')],
  });
  return {
    cluster: key(gcp, ring, 'cluster', serviceAgent.container(number)),
    disks: key(gcp, ring, 'disks', serviceAgent.compute(number)),
    state: key(gcp, stateRing, 'state', storage.emailAddress),
    secrets: key(gcp, ring, 'secrets', serviceAgent.secretManager(number)),
    registry: key(gcp, ring, 'registry', serviceAgent.artifactRegistry(number)),
    logs: key(gcp, ring, 'logs', logging.serviceAccountId),
    backup: key(gcp, backupRing, 'backup', serviceAgent.backup(number)),
    ...(managedKafka(gcp.deployment) ? { kafka: key(gcp, ring, 'kafka', serviceAgent.kafka(number)) } : {}),
  };
}

const keyRing = (gcp: GcpRegion, id: string, location: string) =>
  new KmsKeyRing(gcp.stack, id, {
    // Rings and keys can never be removed, so the deployment's id keeps a second life from colliding with the first.
    name: `${gcp.name}-${gcp.region.parts.id}`,
    location,
    dependsOn: [gcp.api('cloudkms')],
  });

/** Services become able to use a key one by one: each agent is granted its own key only. */
function key(gcp: GcpRegion, ring: KmsKeyRing, purpose: KeyPurpose, agent: string): Key {
  const made = new KmsCryptoKey(gcp.stack, `key-${purpose}`, {
    name: purpose,
    keyRing: ring.id,
    purpose: 'ENCRYPT_DECRYPT',
    rotationPeriod: '7776000s',
    destroyScheduledDuration: '2592000s',
    versionTemplate: { algorithm: 'GOOGLE_SYMMETRIC_ENCRYPTION', protectionLevel: 'HSM' },
    // Destroying the object destroys every version of the key and so all that it encrypted.
    lifecycle: { preventDestroy: gcp.deployment.cluster.deletionProtection },
  });
  accept(made, { CKV_GCP_82: 'on unless the file says cluster.deletionProtection: false' });
  const grant = new KmsCryptoKeyIamMember(gcp.stack, `key-${purpose}-agent`, {
    cryptoKeyId: made.id,
    role: 'roles/cloudkms.cryptoKeyEncrypterDecrypter',
    member: `serviceAccount:${agent}`,
    // An agent exists once its service is enabled; until then the grant has nobody to go to.
    dependsOn: [gcp.api(SERVICE[purpose])],
  });
  return { id: made.id, ready: [grant] };
}

const SERVICE = {
  cluster: 'container',
  disks: 'compute',
  state: 'storage',
  secrets: 'secretmanager',
  registry: 'artifactregistry',
  logs: 'logging',
  backup: 'gkebackup',
  kafka: 'managedkafka',
} as const;
