/** Faults modelled: a failover that fails, a stream that stands still, a region that is production after all, a reader that dies, a Ctrl-C. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDeployment } from '../../../ops/deployment/open.ts';
import { castOf } from '../../../ops/drill/cast.ts';
import { type RegionDrillOptions, runRegionDrill } from '../../../ops/drill/regions/run-region-drill.ts';
import type { Watched, Watching } from '../../../ops/drill/regions/topic-watch.ts';
import { CommandError } from '../../../ops/errors.ts';
import { exampleCopy } from '../../ops/command-line.ts';
import { FakeKubectl } from './fake-kubectl.ts';

const moved = (from: string, to: string, epoch: number) => ({
  ...{ outcome: 'moved', job: 'reviews', from, to, planned: false, jobId: 'j', epoch, rtoMs: 1, rpoMs: 1 },
  ...{ objectives: null, remains: [] },
  get restorePoint() {
    return {
      key: 'p/7-1.json',
      directory: 'd',
      checkpoint: 7,
      epoch: 1,
      triggeredAt: Date.now() - 500,
      passedOver: [],
    };
  },
  get timeline() {
    return { requested: Date.now(), stopped: null, leased: Date.now(), up: Date.now() };
  },
});
const look = (tools: 'run' | 'dry-run' = 'dry-run', owner = 'us') => ({
  ...{ outcome: 'looked', job: 'reviews', to: 'eu', tools, underWay: null, lease: { owner, epoch: 1, state: 'held' } },
  restorePoint: { key: 'p/6-1.json', checkpoint: 6, epoch: 1, triggeredAt: Date.now(), age: 1, passedOver: [] },
});

/** A stream of an input and its output every 10 ms, in whatever region. */
class Stream implements Watching {
  readonly seen: Watched[] = [];
  failure: CommandError | undefined;
  stopped = false;
  readonly #timer;
  constructor(every: number) {
    let n = 0;
    this.#timer = setInterval(() => {
      const about = { input: `i${n}`, key: `k${n % 3}`, time: Date.now(), at: Date.now() };
      this.seen.push({ kind: 'input', ...about }, { kind: 'output', id: `o${n}`, sha256: 's', ...about });
      n += 1;
    }, every);
  }
  check(): void {
    if (this.failure) throw this.failure;
  }
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.stopped = true;
  }
}

async function stage(
  more: Partial<RegionDrillOptions> & { readonly failback?: boolean; readonly every?: number } = {},
) {
  const cwd = exampleCopy((file) =>
    file.replace(/^dr:.*$/m, `dr: { mode: active-standby, failback: ${more.failback ?? true} }`),
  );
  const open = await openDeployment(join(cwd, 'headrace.yaml'));
  const kubectl = { primary: new FakeKubectl(), standby: new FakeKubectl() };
  Object.assign(kubectl.standby.headrace, { look: look(), failover: moved('us', 'eu', 2) });
  Object.assign(kubectl.primary.headrace, { failback: moved('eu', 'us', 3) });
  const stream = new Stream(more.every ?? 10);
  const said: string[] = [];
  const options: RegionDrillOptions = {
    ...{ open, cast: castOf(open.deployment), kubectl, topics: 'topics', stay: false, answers: 'all' },
    ...{ observe: 100, wait: 2_000, directory: join(cwd, 'drill'), history: join(cwd, 'history.jsonl') },
    startWatch: async (log) => {
      writeFileSync(log, '');
      return stream;
    },
    signal: new AbortController().signal,
    say: (line) => said.push(line),
    progress: () => {},
    ...more,
  };
  const asked = (of: FakeKubectl) =>
    of.calls.filter(([verb]) => verb === 'exec').map((args) => args.slice(6).join(' '));
  return { cwd, kubectl, stream, said, options, asked, run: () => runRegionDrill(options) };
}
type Staged = Awaited<ReturnType<typeof stage>>;

const runs = ({ kubectl }: Staged) => kubectl.primary.items.map(({ spec }) => spec.replicas ?? spec.suspend);
const AS_BEFORE = [2, 1, false];
const STOPPED = [0, 0, true];

test('the region is killed and started again, the job moves and comes back, and what came of it is written down', async () => {
  const staged = await stage();
  const result = await staged.run();
  expect(result).toMatchObject({ passed: true, compared: 'inputs', outputs: { lost: 0, repeated: 0 } });
  expect(result.outputs.expected).toBeGreaterThan(20);
  expect(staged.asked(staged.kubectl.standby)).toEqual([
    'failover --to eu --dry-run --json',
    'failover --to eu --json',
  ]);
  expect(staged.asked(staged.kubectl.primary)).toEqual(['failback --json']);
  expect(runs(staged)).toEqual(AS_BEFORE);
  expect(staged.stream.stopped).toBe(true);
  const { directory, history } = staged.options;
  expect(JSON.parse(readFileSync(join(directory, 'result.json'), 'utf8'))).toEqual(result);
  expect(readFileSync(join(directory, 'report.html'), 'utf8')).toContain('restore point chosen, job restored');
  expect(readFileSync(history, 'utf8')).toContain('"engine":"flink"');
});

test('without dr.failback the region stands by and the job stays; with --stay the region stays stopped', async () => {
  const without = await stage({ failback: false });
  await without.run();
  expect(without.asked(without.kubectl.primary)).toEqual([]);
  expect(runs(without)).toEqual(AS_BEFORE);
  const stays = await stage({ stay: true });
  await stays.run();
  expect(runs(stays)).toEqual(STOPPED);
});

test('a failover that fails, a reader that dies and a Ctrl-C end the drill, and the region is started again', async () => {
  const refused = await stage();
  delete refused.kubectl.standby.headrace['failover'];
  await expect(refused.run()).rejects.toMatchObject({ code: 'HR-DRILL-012' });
  expect(refused.kubectl.primary.calls.some(([verb]) => verb === 'delete')).toBe(true);
  expect(runs(refused)).toEqual(AS_BEFORE);

  const blind = await stage();
  const say = (line: string) => {
    if (line.startsWith('kills')) blind.stream.failure = new CommandError('HR-DRILL-013', 'topics', 'gone');
  };
  await expect(runRegionDrill({ ...blind.options, say })).rejects.toMatchObject({ code: 'HR-DRILL-013' });
  expect(runs(blind)).toEqual(AS_BEFORE);

  const interrupted = await stage();
  const abort = new AbortController();
  const stop = (line: string) => void (line.startsWith('kills') && abort.abort());
  await expect(runRegionDrill({ ...interrupted.options, say: stop, signal: abort.signal })).rejects.toThrow();
  expect(runs(interrupted)).toEqual(AS_BEFORE);
});

test('what a command struck, a command undoes, also where the drill fails', async () => {
  const staged = await stage();
  const mark = join(staged.cwd, 'mark');
  delete staged.kubectl.standby.headrace['failover'];
  const options = { ...staged.options, strikeWith: `echo struck >> ${mark}`, reviveWith: `echo revived >> ${mark}` };
  await expect(runRegionDrill(options)).rejects.toMatchObject({ code: 'HR-DRILL-012' });
  expect(readFileSync(mark, 'utf8')).toBe('struck\nrevived\n');
  expect(staged.kubectl.primary.calls.some(([verb]) => verb === 'delete' || verb === 'patch')).toBe(false);

  // A Ctrl-C ends the drill, and not what starts the region again.
  const abort = new AbortController();
  const interrupted = await stage({ signal: abort.signal });
  const stop = (line: string) => void (line.startsWith('kills') && abort.abort());
  await expect(
    runRegionDrill({
      ...interrupted.options,
      say: stop,
      strikeWith: options.strikeWith,
      reviveWith: options.reviveWith,
    }),
  ).rejects.toThrow();
  expect(readFileSync(mark, 'utf8')).toMatch(/revived\n(struck\n)?revived\n$/);
});

test.each<[string, string, (staged: Staged) => void]>([
  [
    'production, by what is installed',
    'HR-DRILL-011',
    ({ kubectl }) => Object.assign(kubectl.standby.headrace, { look: look('run') }),
  ],
  [
    'a job that the other region has',
    'HR-DRILL-015',
    ({ kubectl }) => Object.assign(kubectl.standby.headrace, { look: look('dry-run', 'eu') }),
  ],
  ['a stream that stands still', 'HR-DRILL-016', ({ stream }) => void stream.stop()],
  [
    'a region that an earlier drill left stopped',
    'HR-DRILL-015',
    ({ kubectl }) => {
      const [first] = kubectl.primary.items;
      if (first) first.metadata.annotations['headrace.dev/stopped-by-drill'] = '2';
    },
  ],
])('%s is refused before anything is killed', async (_, code, spoil) => {
  const staged = await stage();
  spoil(staged);
  await expect(staged.run()).rejects.toMatchObject({ code });
  expect(staged.kubectl.primary.calls.some(([verb]) => verb === 'delete' || verb === 'patch')).toBe(false);
  expect(existsSync(join(staged.options.directory, 'result.json'))).toBe(false);
  await staged.stream.stop();
});

test('production is killed where its region is meant by name, and another region’s name does not do', async () => {
  const meant = await stage({ meant: 'us' });
  meant.kubectl.standby.headrace['look'] = look('run');
  expect(await meant.run()).toMatchObject({ passed: true });
  const other = await stage({ meant: 'eu' });
  await expect(other.run()).rejects.toMatchObject({ code: 'HR-DRILL-011' });
  await other.stream.stop();
});
