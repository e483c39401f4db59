/** What "Storage Blob Data Contributor" may do to blobs; a condition holds for actions that it names. */
const BLOB_ACTIONS = ['read', 'write', 'add/action', 'delete', 'move/action'];
const BLOBS = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs';

/**
 * Limits the role to blobs below a prefix; listing has no path and is refused with the rest.
 * @param prefix with a slash at its end.
 */
export function leaseCondition(prefix: string): string {
  const guard = BLOB_ACTIONS.map((action) => `!(ActionMatches{'${BLOBS}/${action}'})`).join(' AND ');
  return `((${guard}) OR (@Resource[${BLOBS}:path] StringLike '${prefix}*'))`;
}
