// A cluster loses its only TaskManager and gets another one much later than a backoff takes. A job that waits for slots
// restarts once; one that fails for want of them restarts with every backoff.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FlinkCluster } from '../../ops/dev/flink.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { jobJar } from '../support/java-jar.ts';
import { recoverySettings } from './recovery-settings.ts';

/** How long a request for slots waits; by default also how long a new cluster lets it wait at all. */
const SLOT_REQUEST_MS = 30_000;
/** Three backoffs of 3 s and more. */
const AWAY_MS = 15_000;
const COUNT_JOB = fileURLToPath(new URL('./jobs/CountJob.java', import.meta.url));

const directory = temporaryDirectory(afterAll);
let flink: FlinkCluster;

beforeAll(async () => {
  flink = await FlinkCluster.prepare({
    directory: join(directory, 'flink'),
    configuration: {
      ...recoverySettings(),
      'slot.request.timeout': `${SLOT_REQUEST_MS} ms`,
      'execution.checkpointing.interval': '1 s',
      'taskmanager.numberOfTaskSlots': 2,
    },
  });
  await flink.start(1);
});
afterAll(() => flink?.stop());

test('the loss of the only TaskManager costs one restart, however long another one takes', async () => {
  const began = Date.now();
  const jar = await jobJar(COUNT_JOB, directory);
  const id = await flink.rest.submit(jar, { entryClass: 'CountJob', args: ['1000', '500', '2'] });
  const runs = async () => {
    const { state, vertices } = await flink.rest.job(id);
    return state === 'RUNNING' && vertices.every(({ status }) => status === 'RUNNING');
  };
  const restarts = async () => Number((await flink.rest.metrics(`/jobs/${id}/metrics`, ['numRestarts']))[0]?.value);
  await expect.poll(runs, { timeout: 60_000 }).toBe(true);
  await expect
    .poll(async () => (await flink.rest.checkpoints(id)).counts.completed, { timeout: 60_000 })
    .toBeGreaterThan(0);
  // Past the time in which a new cluster fails nothing.
  await sleep(Math.max(0, began + SLOT_REQUEST_MS - Date.now()));
  await flink.taskManagers.splice(0, 1)[0]?.stop('SIGKILL');
  await sleep(AWAY_MS);
  expect(await runs()).toBe(false);
  await flink.startTaskManager();
  await expect.poll(runs, { timeout: 60_000 }).toBe(true);
  expect(await restarts()).toBe(1);
  expect((await flink.rest.checkpoints(id)).latest.restored).toBeDefined();
});
