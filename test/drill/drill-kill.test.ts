/**
 * Fault modelled: kill -9 of the drill itself at random moments, several times in a row, also while a region of it is frozen and
 * cannot notice. The same command again finishes, and nothing of the killed ones is left running.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { readHistory, runDrill } from '../../ops/drill/index.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { random } from '../support/random.ts';

const SEED = Number(process.env['HEADRACE_SEED'] ?? 20_261_126);
const ENTRY = fileURLToPath(new URL('./drill-process.ts', import.meta.url));
const file = fileURLToPath(new URL('../../examples/review-analysis/headrace.yaml', import.meta.url));
const root = temporaryDirectory(afterAll);

/** Starts a drill and kills it after a time. @returns what it found, where it was faster. */
function runAndKill(work: string, scenario: string, afterMs: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let found: unknown;
    const child = spawn(process.execPath, [ENTRY, work, scenario], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    child.once('error', reject);
    child.on('message', (message) => {
      if (message === 'started') setTimeout(() => child.kill('SIGKILL'), afterMs);
      else found = message;
    });
    child.once('exit', (code) => (code ? reject(new Error(`the drill ended with ${code}`)) : resolve(found)));
  });
}

const running = (pid: number) => {
  try {
    process.kill(pid, 0);
    // A process that ended and that nobody has asked about yet is none.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};
const pidsOf = (work: string): number[] => {
  const file = join(work, 'processes.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }[]).map(({ pid }) => pid) : [];
};

it.each(['kill-region', 'freeze-region'] as const)(
  'is finished by a second call when kill -9 ends it at random moments: %s',
  async (scenario) => {
    const dice = random(SEED);
    const work = join(root, scenario);
    const pids: number[] = [];
    for (let kill = 0; kill < 4; kill++) {
      await runAndKill(work, scenario, 300 + dice() * 4_500);
      pids.push(...pidsOf(work));
      // One that was done before its time is over: its result stays, and the next call is of another drill.
      if (existsSync(join(work, 'result.json'))) break;
    }
    if (!existsSync(join(work, 'result.json'))) {
      const options = { file, profile: 'local', scenario, workDirectory: work, stream: 2_500, killAt: 0.3 };
      const result = await runDrill(options);
      expect({ ...result.outputs, passed: result.passed }, `seed ${SEED}`).toMatchObject({
        ...{ expected: 3_708, seen: 3_708, lost: 0, repeated: 0, unexpected: 0, passed: true },
      });
    }
    expect([...new Set(pids)].filter(running)).toEqual([]);
    expect(readHistory(join(root, 'history.jsonl')).filter((entry) => entry.scenario === scenario)).toHaveLength(1);
  },
);

it('is refused while another process runs a drill in the directory', async () => {
  const work = join(root, 'busy');
  const ended = runAndKill(work, 'kill-region', 2_500);
  while (!existsSync(join(work, 'in-progress', 'processes.json')))
    await new Promise((resolve) => setTimeout(resolve, 20));
  await expect(runDrill({ file, profile: 'local', workDirectory: work })).rejects.toMatchObject({
    code: 'HR-DRILL-006',
    message: expect.stringContaining('a drill is running here, as process'),
  });
  await ended;
});
