import type { ITerraformDependable } from 'cdktf';
import type { Key } from './keys.ts';
import type { GcpRegion } from './project.ts';
import { ArtifactRegistryRepository, ArtifactRegistryRepositoryIamMember, type ServiceAccount } from './provider.ts';

/** Where a region's images come from. */
export interface GcpRegistry {
  /** Host and path that image repositories hang under. */
  readonly path: string;
  /** What nodes wait for before they pull. */
  readonly ready: readonly ITerraformDependable[];
}

/** The region's own registry, which its nodes may read; nothing is made where the file names another. */
export function createRegistry(gcp: GcpRegion, key: Key, nodes: ServiceAccount): GcpRegistry {
  const { stack, name, region, deployment, project } = gcp;
  if (deployment.images.registry) return { path: deployment.images.registry, ready: [] };
  const repository = new ArtifactRegistryRepository(stack, 'images', {
    repositoryId: name,
    location: region.region,
    format: 'DOCKER',
    description: `Images of ${deployment.name}`,
    kmsKeyName: key.id,
    dockerConfig: { immutableTags: true },
    vulnerabilityScanningConfig: { enablementConfig: 'INHERITED' },
    cleanupPolicyDryRun: false,
    cleanupPolicies: [
      { id: 'delete-untagged', action: 'DELETE', condition: { tagState: 'UNTAGGED', olderThan: '2592000s' } },
      { id: 'keep-recent', action: 'KEEP', mostRecentVersions: { keepCount: 10 } },
    ],
    dependsOn: [gcp.api('artifactregistry'), ...key.ready],
  });
  const reader = new ArtifactRegistryRepositoryIamMember(stack, 'images-nodes', {
    location: region.region,
    repository: repository.name,
    role: 'roles/artifactregistry.reader',
    member: nodes.member,
  });
  return { path: `${region.region}-docker.pkg.dev/${project.id}/${name}`, ready: [reader] };
}
