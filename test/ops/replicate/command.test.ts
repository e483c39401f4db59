/** The command as a process of its own, between two directories that stand for two regions. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { replicate } from '../../../ops/commands/replicate.ts';
import { silent } from '../../../ops/terminal/terminal.ts';
import { FileStore } from '../../../runtime/state/file-store.ts';
import { encodeLease, leaseKey } from '../../../runtime/state/lease-record.ts';
import { acknowledgementKey, decodeAcknowledgement } from '../../../runtime/state/permit.ts';
import { findRestorePoint, listRestorePoints } from '../../../runtime/state/restore-point-catalog.ts';
import { JOB, PLAN, writeCheckpoint } from '../../state/samples.ts';
import { exampleCopy, headrace } from '../command-line.ts';

const EXAMPLE = fileURLToPath(new URL('../../../examples/review-analysis/headrace.yaml', import.meta.url));
const MAIN = fileURLToPath(new URL('../../../ops/main.ts', import.meta.url));

/** A deployment of the samples' job, and two state roots. */
function regions(change: (file: string) => string = (file) => file) {
  const cwd = exampleCopy((file) => change(file.replace(/^name: .*$/m, `name: ${JOB}`)));
  const uri = (region: string) => pathToFileURL(join(cwd, region)).href;
  return {
    cwd,
    us: new FileStore(join(cwd, 'us')),
    eu: new FileStore(join(cwd, 'eu')),
    asia: new FileStore(join(cwd, 'asia')),
    args: [
      ...['replicate', '--region', 'eu'],
      ...(['us', 'eu', 'asia'] as const).flatMap((region) => ['--root', `${region}=${uri(region)}`]),
    ],
  };
}

interface LogLine {
  readonly event: string;
  readonly [more: string]: unknown;
}

/** The long-running command. */
class Replicating {
  readonly log: LogLine[] = [];
  readonly #child;
  #port = 0;

  constructor(args: readonly string[], cwd: string, env: Record<string, string> = {}) {
    this.#child = spawn(process.execPath, [MAIN, ...args], {
      cwd,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    });
    onTestFinished(() => void this.#child.kill('SIGKILL'));
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.log.push(JSON.parse(line)));
  }

  /** Waits for a line of the log. */
  async until(event: string, matches: (line: LogLine) => boolean = () => true): Promise<LogLine> {
    for (;;) {
      const found = this.log.find((line) => line.event === event && matches(line));
      if (found) return found;
      if (this.#child.exitCode !== null) throw new Error(`ended before ${event}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async get(path: string): Promise<{ status: number; text: string }> {
    this.#port ||= (await this.until('serving'))['port'] as number;
    const answer = await fetch(`http://127.0.0.1:${this.#port}${path}`);
    return { status: answer.status, text: await answer.text() };
  }

  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    await once(this.#child, 'exit');
    return this.#child.exitCode;
  }
}

describe('headrace replicate', () => {
  it('copies once and says what it did', async () => {
    const { cwd, us, eu, asia, args } = regions();
    await writeCheckpoint(us, 3);
    const { code, stdout } = await headrace([...args, '--once', '--json'], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, restorePoints: 1, files: 5, failures: 0, checkpoint: 3 });
    expect(code).toBe(0);
    expect((await findRestorePoint(eu, JOB, PLAN)).point).toMatchObject({
      checkpoint: 3,
      origin: 'us',
      copiedBy: 'eu',
    });
    // Said where the lease is, so that the owner may commit what it holds back for this.
    expect(decodeAcknowledgement((await asia.get(acknowledgementKey(JOB, 'eu'))) ?? Buffer.of())).toMatchObject({
      region: 'eu',
      epoch: 1,
      checkpoint: 3,
    });
  });

  it('copies a job that has moved back to the region that lost it, with dr.failback, and nothing while that has the job', async () => {
    const { cwd, us, eu, asia, args } = regions((file) =>
      file.replace(/^dr:.*$/m, 'dr: { mode: active-standby, failback: true }'),
    );
    const lease = (owner: string) =>
      asia.put(
        leaseKey(JOB),
        encodeLease({
          ...{ format: 1, job: JOB, epoch: 2, owner, holder: owner, state: 'held', renewal: 0 },
          ...{ acquiredAt: 0, renewedAt: 0, ttl: 1_000, skew: 0 },
        }),
      );
    const toUs = ['replicate', '--region', 'us', ...args.slice(3)];
    const once = async () => JSON.parse((await headrace([...toUs, '--once', '--json'], { cwd })).stdout);
    await writeCheckpoint(eu, 5);
    await lease('us');
    expect(await once()).toMatchObject({ ok: true, from: null, restorePoints: 0 });
    await lease('eu');
    expect(await once()).toMatchObject({ ok: true, restorePoints: 1, failures: 0 });
    expect((await findRestorePoint(us, JOB, PLAN)).point).toMatchObject({ checkpoint: 5, copiedBy: 'us' });
    // The other standby follows the job as well.
    const toAsia = ['replicate', '--region', 'asia', ...args.slice(3), '--once', '--json'];
    expect(JSON.parse((await headrace(toAsia, { cwd })).stdout)).toMatchObject({ ok: true, restorePoints: 1 });
    expect((await listRestorePoints(asia, JOB)).map(({ checkpoint }) => checkpoint)).toEqual([5]);
  });

  it('fails when the copy that was asked for once fails', async () => {
    const { cwd, us, args } = regions();
    const { files } = await writeCheckpoint(us, 3);
    await us.delete(files[0]?.key ?? '');
    const { code, stderr } = await headrace([...args, '--once'], { cwd });
    expect(stderr).toContain('HR-STATE-002');
    expect(code).toBe(1);
  });

  it('goes on until SIGTERM, tells of its lag, and recalls it after a restart', async () => {
    const { cwd, us, eu, args } = regions();
    const settings = { HEADRACE_HTTP: '127.0.0.1:0', HEADRACE_EVERY: '100ms', HEADRACE_RETAIN: '2' };
    const first = new Replicating(args, cwd, settings);
    await first.until('serving');
    expect((await first.get('/metrics')).text).not.toMatch(/^headrace_replicator_lag_seconds/m);
    for (let n = 1; n <= 3; n++) {
      await writeCheckpoint(us, n);
      await first.until('restore-point', (line) => line['checkpoint'] === n);
    }
    expect((await first.get('/livez')).status).toBe(200);
    expect((await first.get('/readyz')).status).toBe(200);
    const { text } = await first.get('/metrics');
    const labels = `{job="${JOB}",from="us",to="eu"}`;
    expect(text).toContain(`headrace_replicator_restore_points_total${labels} 3`);
    expect(text).toContain(`headrace_replicator_checkpoint${labels} 3`);
    // The samples' checkpoints were triggered a few seconds after 1970.
    const lag = Number(/^headrace_replicator_lag_seconds\S* (\S+)$/m.exec(text)?.[1]);
    expect(lag).toBeGreaterThan(1e9);
    expect(await first.stop()).toBe(0);
    expect(first.log.at(-1)).toMatchObject({ event: 'stopped', restorePoints: 3 });
    expect((await listRestorePoints(eu, JOB)).map(({ checkpoint }) => checkpoint)).toEqual([3, 2]);

    const second = new Replicating(args, cwd, settings);
    await second.until('serving');
    await expect
      .poll(async () => (await second.get('/metrics')).text)
      .toContain(`headrace_replicator_checkpoint${labels} 3`);
    expect(await second.stop()).toBe(0);
  });

  it('goes on after a failure and counts it', async () => {
    const { cwd, us, args } = regions();
    const { files } = await writeCheckpoint(us, 1);
    await us.delete(files[0]?.key ?? '');
    const running = new Replicating([...args, '--http', '127.0.0.1:0', '--every', '50ms'], cwd);
    await running.until('failed');
    expect((await running.get('/metrics')).text).toMatch(/^headrace_replicator_failures_total\S* [1-9]/m);
    await writeCheckpoint(us, 2);
    await running.until('restore-point', (line) => line['checkpoint'] === 2);
    expect(await running.stop()).toBe(0);
  });

  it.each([
    [{ region: 'mars' }, '"mars" is not a region of the file'],
    [{ region: 'us' }, 'us copies from no other region'],
    [{ from: 'eu' }, 'is the region to copy to'],
    [{ from: 'asai' }, 'is not a region of the file'],
    [{ root: ['eu:file:///x'] }, 'is no value of it'],
    [{ root: ['us=/no/uri'] }, 'is no value of it'],
    [{ root: ['mars=file:///x'] }, 'is not a region of the file'],
    [{ bandwidth: 'fast' }, 'is no value of it'],
    [{ every: 'often' }, 'is no value of it'],
    [{ concurrency: '0' }, 'is no value of it'],
    [{ http: '8081' }, 'is no value of it'],
  ])('refuses %j before it does anything', async (flags, message) => {
    const options = { file: EXAMPLE, region: 'eu', root: [], http: '127.0.0.1:0', once: true, concurrency: '1' };
    const context = { terminal: silent, json: true, signal: new AbortController().signal };
    const failure = replicate({ ...options, ...flags }, context);
    await expect(failure).rejects.toMatchObject({ code: 'HR-CLI-006', message: expect.stringContaining(message) });
  });
});
