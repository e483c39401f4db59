import { leasePrefix, type RegionModel } from '../../config/index.ts';

/**
 * Limits a role on the region's bucket to leases: their objects, and listing with their prefix. The role of readers and
 * writers deletes, too, since Cloud Storage asks for that right to overwrite an object (Cloud Storage, "IAM roles").
 */
export function leaseCondition({ stateRoot, parts }: Pick<RegionModel, 'stateRoot' | 'parts'>) {
  const prefix = leasePrefix(parts);
  return {
    title: 'leases',
    description: 'Objects that say which region owns a job',
    expression: [
      `resource.name.startsWith("projects/_/buckets/${stateRoot.bucket}/objects/${prefix}")`,
      `api.getAttribute("storage.googleapis.com/objectListPrefix", "").startsWith("${prefix}")`,
    ].join(' || '),
  };
}
