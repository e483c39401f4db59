/** Fault modelled: the same drill is started again while the first one still runs. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runDrill } from '../../ops/drill/index.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { callAndKill } from '../support/mortal-child.ts';
import { drillOptions } from './kills/drill.ts';

const SCRIPT = fileURLToPath(new URL('./drill-process.ts', import.meta.url));

it('is refused while another process runs a drill in the directory', async () => {
  const work = join(temporaryDirectory(), 'busy');
  const ended = callAndKill(SCRIPT, [work, 'kill-region'], 2_500);
  while (!existsSync(join(work, 'in-progress', 'processes.json'))) await sleep(20);
  await expect(runDrill(drillOptions(work, 'kill-region'))).rejects.toMatchObject({
    code: 'HR-DRILL-006',
    message: expect.stringContaining('a drill is running here, as process'),
  });
  await ended;
});
