/**
 * Fault modelled: kill -9 of the replicator, of a failover and of a drill at random moments, as real processes on real files. A
 * second call finishes each, and nothing is lost. HEADRACE_SEED chooses other moments. A kill that came when the work was done
 * already does not count.
 */
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { random } from '../support/random.ts';
import { mortalDrill } from './kills/drill.ts';
import { mortalFailover } from './kills/failover.ts';
import { mortalReplicator } from './kills/replicator.ts';
import { killEach } from './kills/tally.ts';

const SEED = Number(process.env['HEADRACE_SEED'] ?? 20_261_126);
/** A drill takes seconds, and its second call as long again. */
const KILLS = { replicator: 124, failover: 70, drill: 6 } as const;
const root = temporaryDirectory(afterAll);

it('the replicator, a failover and a drill are finished by a second call after kill -9, and nothing is lost', async () => {
  process.stdout.write(`kills: HEADRACE_SEED=${SEED}\n`);
  // Half of what a start costs is to compile the same sources again.
  vi.stubEnv('NODE_COMPILE_CACHE', join(root, 'compiled'));
  // Those two leave the machine half idle; a drill wants it for itself.
  const [replicator, failover] = await Promise.all([
    killEach(await mortalReplicator(join(root, 'replicator')), KILLS.replicator, random(SEED)),
    killEach(await mortalFailover(join(root, 'failover')), KILLS.failover, random(SEED + 1)),
  ]);
  const drill = await killEach(mortalDrill(join(root, 'drill')), KILLS.drill, random(SEED + 2));
  const all = [replicator, failover, drill];
  const sum = (count: (tally: (typeof all)[number]) => number) => all.reduce((total, one) => total + count(one), 0);
  const told = `${sum((one) => one.kills)} kills (${replicator.kills} replicator, ${failover.kills} failover, ${drill.kills} drill)`;
  expect(
    all.flatMap(({ wrong }) => wrong),
    `seed ${SEED}`,
  ).toEqual([]);
  console.log(`measured: ${told}, seed ${SEED}: all finished by the second call, ${sum(({ lost }) => lost)} lost`);
  expect(sum(({ lost, repeated }) => lost + repeated)).toBe(0);
  expect(sum(({ kills }) => kills)).toBeGreaterThanOrEqual(200);
}, 1_200_000);
