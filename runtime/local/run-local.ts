import { HeadraceError } from '../api/errors.ts';
import { prepareAgent } from '../engine/index.ts';
import { LocalJob } from './local-job.ts';
import type { LocalJobOptions, LocalResult } from './settings.ts';

/**
 * Runs an agent over a bounded source on the embedded engine: in this process, ordered within a key, with checkpoints
 * to an object store. A start with a state root that holds checkpoints of the job goes on where they end; a killed
 * process loses nothing, and every output appears once.
 *
 * @throws HeadraceError or StateError. State and outputs are then as the last checkpoint left them, and a next start
 * goes on from there.
 */
export async function runLocal(options: LocalJobOptions): Promise<LocalResult> {
  const prepared = prepareAgent(options.agent, options.tools);
  for (const [name, resource] of prepared.resources) {
    if (resource.kind === 'chat' && !options.models?.[name]) {
      throw new HeadraceError(
        'HR-RESOURCE-001',
        `resources.${name}`,
        `the agent ${prepared.plan.name} needs a chat model of this name, and nothing is bound to it`,
        {
          mend: `add ${name} to resources in the deployment file`,
        },
      );
    }
  }
  return new LocalJob(prepared, options).run();
}
