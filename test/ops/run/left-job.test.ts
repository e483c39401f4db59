// What a run finds of the job of a killed one. Fault model: its Flink runs on, has finished, is gone, or answers nothing of use.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { noteProcesses } from '../../../ops/dev/leftovers.ts';
import { ARCHIVE, finishedWhileAlone, JOB_FILE, noteJob } from '../../../ops/run/left-job.ts';
import { temporaryDirectory } from '../../runtime/temporary-directory.ts';

const JOB = '0123456789abcdef0123456789abcdef';
let directory: string;
let requests: string[];
beforeEach(() => {
  directory = temporaryDirectory();
  requests = [];
});

/** Flink's answers about one job. @param ends what a cancellation makes of it; undefined: refused. @returns the address. */
async function flink(state: string, ends?: string): Promise<string> {
  let now = state;
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (request.method === 'PATCH') {
      if (ends === undefined) response.writeHead(409).end(JSON.stringify({ errors: ['it has ended'] }));
      else response.writeHead(202).end('{}');
      now = ends ?? now;
    } else response.end(JSON.stringify({ jid: JOB, state: now }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function left(webUi: string, options: { stopping?: boolean; running?: boolean } = {}) {
  const { stopping = false, running = true } = options;
  noteJob(directory, { jobId: JOB, webUi, stopping });
  if (running) noteProcesses(directory, [process.pid]);
}

function archived(state: string): void {
  const folder = join(directory, ARCHIVE, '00000000000000000000000000000000', 'applications', JOB, 'jobs');
  mkdirSync(folder, { recursive: true });
  const overview = { path: '/jobs/overview', json: JSON.stringify({ jobs: [{ jid: JOB, state }] }) };
  writeFileSync(join(folder, JOB), JSON.stringify({ archive: [{ path: '/config', json: '{}' }, overview] }));
}

function savepoint(jobId: string): void {
  const folder = join(directory, 'flink', 'savepoints', `savepoint-${jobId.slice(0, 6)}-abcdef`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, '_metadata'), '');
}

describe('while its Flink runs', () => {
  test('a job at work is cancelled, and is not done', async () => {
    left(await flink('RUNNING', 'CANCELED'));
    expect(await finishedWhileAlone(directory)).toBeUndefined();
    expect(requests[0]).toBe(`PATCH /jobs/${JOB}?mode=cancel`);
  });
  test('a job that ends in the moment of its cancellation is done', async () => {
    left(await flink('RUNNING', 'FINISHED'));
    expect(await finishedWhileAlone(directory)).toMatchObject({ jobId: JOB });
  });
  test('a job that had finished, whose cancellation is refused, is done', async () => {
    left(await flink('FINISHED'));
    expect(await finishedWhileAlone(directory)).toMatchObject({ jobId: JOB });
  });
  test('a job that failed is not done', async () => {
    left(await flink('FAILED'));
    expect(await finishedWhileAlone(directory)).toBeUndefined();
  });
});

describe('a job that was told to stop with a savepoint', () => {
  test('is not done once its savepoint is there', async () => {
    left(await flink('FINISHED'), { stopping: true });
    savepoint(JOB);
    expect(await finishedWhileAlone(directory)).toBeUndefined();
  });
  test("is done where the source's end came first: the savepoint is another job's", async () => {
    left(await flink('FINISHED'), { stopping: true });
    savepoint('fedcba');
    expect(await finishedWhileAlone(directory)).toMatchObject({ jobId: JOB });
  });
});

describe('once its Flink is gone', () => {
  test.each([
    ['FINISHED', true],
    ['CANCELED', false],
  ])('the archive says that it was %s, and nobody at its address is asked', async (state, done) => {
    left(await flink('RUNNING', 'CANCELED'), { running: false });
    archived(state);
    expect((await finishedWhileAlone(directory)) !== undefined).toBe(done);
    expect(requests).toEqual([]);
  });
  test('without a word of it, it is not done', async () => {
    left('http://127.0.0.1:9', { running: false });
    expect(await finishedWhileAlone(directory)).toBeUndefined();
  });
});

test('a note that was cut short says nothing', async () => {
  writeFileSync(join(directory, JOB_FILE), '{"jobId": "01');
  expect(await finishedWhileAlone(directory)).toBeUndefined();
});
