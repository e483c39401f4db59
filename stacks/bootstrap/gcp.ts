import type { TerraformStack } from 'cdktf';
import type { DeploymentModel } from '../../config/index.ts';
import {
  DataGoogleStorageProjectServiceAccount,
  GoogleProvider,
  KmsCryptoKey,
  KmsCryptoKeyIamMember,
  KmsKeyRing,
  ProjectService,
  StorageBucket,
} from '../gcp/provider.ts';

/** Days that an earlier state can be brought back. */
const EARLIER_STATES = 90;

/** A private, versioned bucket under a key of its own. An object that only one can make is the lock (Terraform, "gcs backend"). */
export function bootstrapGcp(stack: TerraformStack, deployment: DeploymentModel): void {
  const { gcp } = deployment.terraform.backend;
  const home = deployment.regions.find(({ cloud }) => cloud === 'gcp');
  if (!gcp || !home) return;
  new GoogleProvider(stack, 'google', {
    region: home.region,
    ...(home.account ? { project: home.account } : {}),
    defaultLabels: { headrace_terraform_state: 'true' },
  });
  const services = ['cloudkms', 'storage'].map(
    (name) => new ProjectService(stack, `api-${name}`, { service: `${name}.googleapis.com`, disableOnDestroy: false }),
  );
  const agent = new DataGoogleStorageProjectServiceAccount(stack, 'storage-agent', { dependsOn: services });
  // Rings and keys can never be removed: the bucket's name, which is global, keeps them apart.
  const ring = new KmsKeyRing(stack, 'keys', { name: gcp.bucket, location: home.region, dependsOn: services });
  const key = new KmsCryptoKey(stack, 'states-key', {
    name: 'states',
    keyRing: ring.id,
    purpose: 'ENCRYPT_DECRYPT',
    rotationPeriod: '7776000s',
    destroyScheduledDuration: '2592000s',
    versionTemplate: { algorithm: 'GOOGLE_SYMMETRIC_ENCRYPTION', protectionLevel: 'HSM' },
    lifecycle: { preventDestroy: true },
  });
  const grant = new KmsCryptoKeyIamMember(stack, 'states-key-agent', {
    cryptoKeyId: key.id,
    role: 'roles/cloudkms.cryptoKeyEncrypterDecrypter',
    member: `serviceAccount:${agent.emailAddress}`,
  });
  new StorageBucket(stack, 'states', {
    name: gcp.bucket,
    location: home.region,
    storageClass: 'STANDARD',
    uniformBucketLevelAccess: true,
    publicAccessPrevention: 'enforced',
    versioning: { enabled: true },
    encryption: { defaultKmsKeyName: key.id },
    lifecycleRule: [
      {
        action: { type: 'Delete' },
        condition: { withState: 'ARCHIVED', daysSinceNoncurrentTime: EARLIER_STATES },
      },
    ],
    forceDestroy: false,
    lifecycle: { preventDestroy: true },
    dependsOn: [grant],
  });
}
