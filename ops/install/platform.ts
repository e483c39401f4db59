import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { Kubectl } from './kubectl.ts';
import type { KubeObject } from './requirements.ts';

export const FIELD_MANAGER = 'headrace';

/**
 * Applies objects as the manager of their fields, so that what others set stays theirs.
 * @throws CommandError HR-INSTALL-008
 */
export async function applyPlatform(
  kubectl: Kubectl,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<void> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  const { code, stdout, stderr } = await kubectl.run(
    ['apply', '--server-side', '--field-manager', FIELD_MANAGER, '--filename', '-'],
    { input, signal },
  );
  signal.throwIfAborted();
  if (code === 0) return;
  const conflict = /conflict with "([^"]+)"/.exec(stderr)?.[1];
  throw new CommandError('HR-INSTALL-008', 'platform', (stderr || stdout).trim(), {
    exitCode: EXIT.failed,
    mend: conflict
      ? `${conflict} manages some of these fields: let it apply the platform manifests (headrace synth writes them), and install the charts with --only`
      : 'what was applied stays, and the same command goes on',
  });
}
