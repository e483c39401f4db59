/** Helm makes an object with these for `helm test` only, and takes it away again when the test succeeds. */
export const TEST_HOOK = {
  'helm.sh/hook': 'test',
  'helm.sh/hook-weight': '0',
  'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
} as const;

/** Whether an object is there for `helm test` alone: plain manifests leave it out. */
export const isTest = (object: object): boolean =>
  (object as { metadata?: { annotations?: Record<string, string> } }).metadata?.annotations?.['helm.sh/hook'] ===
  'test';
