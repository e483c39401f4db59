// The commands as processes: supervisors of two regions, and a failover that is killed and called again. Flink is a stand-in for its
// REST interface.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { openDeployment } from '../../../ops/deployment/open.ts';
import { freePort } from '../../../ops/dev/child.ts';
import type { FailoverResult } from '../../../ops/failover/report.ts';
import { FileStore } from '../../../runtime/state/file-store.ts';
import type { MemoryStore } from '../../state/memory-store.ts';
import { exampleCopy, headrace } from '../command-line.ts';
import { FlinkServer } from '../job/flink-server.ts';
import { restorePoint } from './two-regions.ts';

const MAIN = fileURLToPath(new URL('../../../ops/main.ts', import.meta.url));
const REGIONS = `regions:
  - { name: us, cloud: aws, region: us-east-1, role: active, size: small }
  - { name: eu, cloud: aws, region: eu-west-1, role: standby, size: small }
`;

async function stage() {
  const cwd = exampleCopy((text) =>
    text
      .replace(/^regions:\n(?: {2}.*\n)+/m, REGIONS)
      .replace(/^dr:.*$/m, 'dr: { mode: active-standby, lease: { ttl: 6s, renew: 500ms, skew: 200ms } }'),
  );
  const root = (name: string) => pathToFileURL(join(cwd, name)).href;
  writeFileSync(join(cwd, 'bridge.jar'), 'the bridge');
  const region = async (name: 'us' | 'eu') => {
    const store = new FileStore(join(cwd, name));
    // The stand-in writes savepoints as Flink does, past the commands.
    const objects = {
      set: (key: string, { data }: { data: Uint8Array }) => {
        mkdirSync(dirname(join(cwd, name, key)), { recursive: true });
        writeFileSync(join(cwd, name, key), data);
      },
    };
    const flink = new FlinkServer({ objects } as unknown as MemoryStore);
    const { url } = await flink.start();
    onTestFinished(() => flink.stop());
    const args = [
      ...['--file', 'headrace.yaml', '--flink', url, '--state-root', root(name), '--jar', 'bridge.jar'],
      ...['--workers', 'w:1', '--kafka', 'k:1', '--insecure-development', '--wait', '20s'],
      ...['--root', `us=${root('us')}`, '--root', `eu=${root('eu')}`],
    ];
    return { name, store, flink, args };
  };
  const { plan } = await openDeployment(join(cwd, 'headrace.yaml'));
  return { cwd, us: await region('us'), eu: await region('eu'), plan: plan.hash };
}
type Region = Awaited<ReturnType<typeof stage>>['us'];

async function supervise({ name, args }: Region, cwd: string) {
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [MAIN, 'job', 'supervise', '--region', name, '--every', '300ms', '--http', `127.0.0.1:${port}`, ...args],
    { cwd, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NO_COLOR: '1' } },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  const ready = async () => (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.status;
  return { child, said: () => said, ready };
}

const eventually = <T>(what: () => T | Promise<T>) => expect.poll(what, { timeout: 60_000, interval: 50 });

test('one region runs the job and the other stands by, ready; a failover that was killed is finished by the same command', async () => {
  const { cwd, us, eu, plan } = await stage();
  const [first, second] = await Promise.all([supervise(us, cwd), supervise(eu, cwd)]);
  await eventually(() => us.flink.running().length).toBe(1);
  await eventually(first.ready).toBe(200);
  await eventually(second.ready).toBe(200);
  await eventually(second.said).toContain('stands by: region us has the job');
  expect(eu.flink.running()).toEqual([]);
  const [job] = us.flink.running();
  expect(job?.specification).toMatchObject({
    epoch: 2,
    guard: { permit: 'state://permits/reviews.json' },
    replay: { cluster: 'us', window: 3_600_000 },
  });
  // One that somebody starts there is ended.
  await restorePoint(eu.store, 7, { plan, epoch: 2 });
  const command = ['failover', '--to', 'eu', ...eu.args];
  const looked = await headrace([...command, '--dry-run', '--json'], { cwd });
  expect(looked.code, looked.stderr).toBe(0);
  expect(JSON.parse(looked.stdout)).toMatchObject({
    outcome: 'looked',
    tools: 'run',
    lease: { owner: 'us', epoch: 2, state: 'held' },
    underWay: null,
    restorePoint: { checkpoint: 7, epoch: 2, passedOver: [] },
  });
  // Nothing was asked for: the owner goes on.
  expect(us.flink.running().length).toBe(1);
  first.child.kill('SIGKILL');
  const killed = await headrace(command, { cwd, signalAt: { text: 'waits for the lease', signal: 'SIGKILL' } });
  expect(killed.code).toBeNull();
  const moved = await headrace([...command, '--json'], { cwd });
  expect(moved.code, moved.stderr).toBe(0);
  const result = JSON.parse(moved.stdout) as FailoverResult;
  expect(result).toMatchObject({
    outcome: 'moved',
    from: 'us',
    to: 'eu',
    restorePoint: { checkpoint: 7 },
    objectives: { met: true },
  });
  expect(result.remains.join('\n')).toMatch(/reviews\.example\.com follow.*\n.*headrace failback/s);
  const [there] = eu.flink.running();
  expect(there).toMatchObject({
    id: result.jobId,
    from: `state://${result.restorePoint?.directory}`,
    allowNonRestoredState: true,
  });
  // In a Kafka of its own it reads by time, from before the restore point.
  expect(there?.specification.source.kafka?.startingTime).toBe((result.restorePoint?.triggeredAt ?? 0) - 120_000);
  // Its supervisor goes on with it, and changes nothing.
  await eventually(second.said).toContain(`job ${result.jobId} runs`);
  expect(eu.flink.jobs.size).toBe(1);
  // The old region's next supervisor ends what its Flink still runs.
  const third = await supervise(us, cwd);
  await eventually(() => us.flink.running().length).toBe(0);
  await eventually(third.ready).toBe(200);
  expect(third.said()).toContain('stands by: region eu has the job');
});

test('in active-active inputs without a region in their name are not adopted, and a job without a region is not guessed', async () => {
  const { cwd, eu } = await stage();
  const edit = (change: (text: string) => string) => {
    const file = join(cwd, 'headrace.yaml');
    writeFileSync(file, change(readFileSync(file, 'utf8')));
  };
  edit((text) => text.replace('role: standby', 'role: active').replace('active-standby', 'active-active'));
  const refused = await headrace(['failover', '--to', 'eu', ...eu.args, '--json'], { cwd });
  expect(JSON.parse(refused.stdout).failures).toMatchObject([
    { code: 'HR-FAILOVER-008', mend: expect.stringContaining('{region}') },
  ]);
  expect(refused.code).toBe(2);
  edit((text) =>
    text.replace(/^regions:\n/m, 'regions:\n  - { name: asia, cloud: gcp, region: asia-southeast1, role: active }\n'),
  );
  const several = await headrace(['failover', '--to', 'eu', ...eu.args, '--json'], { cwd });
  expect(JSON.parse(several.stdout).failures).toMatchObject([
    { code: 'HR-JOB-003', place: '--job-of', mend: expect.stringContaining('asia, us, eu') },
  ]);
});

test.each<[string, string[], Record<string, string>, string, number]>([
  ['a region that is none', ['failover', '--to', 'ue'], {}, 'HR-CLI-006', 2],
  ["another region's environment", ['failover', '--to', 'eu'], { HEADRACE_REGION: 'us' }, 'HR-FAILOVER-002', 2],
  ['nothing to cancel', ['failover', '--to', 'eu', '--cancel'], {}, 'HR-FAILOVER-004', 1],
  ['no restore point', ['failover', '--to', 'eu'], {}, 'HR-STATE-006', 1],
  ['nobody to hand over', ['failover', '--to', 'eu', '--planned'], {}, 'HR-FAILOVER-004', 2],
  ['a submission without a lease', ['job', 'submit', '--region', 'us'], {}, 'HR-JOB-017', 2],
])('%s is refused', async (_, command, env, code, exit) => {
  const { cwd, eu } = await stage();
  const args = command[0] === 'job' ? eu.args.slice(0, -4) : eu.args;
  const refused = await headrace([...command, ...args, '--json'], { cwd, env });
  expect(JSON.parse(refused.stdout).failures).toMatchObject([{ code }]);
  expect(refused.code).toBe(exit);
  expect(eu.flink.jobs.size).toBe(0);
});
