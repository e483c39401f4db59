// The embedded engine's figures: events a second without a model call, and memory with 10,000 runs that wait for one.
// Prints a table, then one line of JSON. Usage: npm run bench:engine [-- --events 500000]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { agent, type ChatModel, chatModel, InputEvent } from '../../runtime/api/index.ts';
import { generatedSource, type LocalResult, runLocal } from '../../runtime/local/index.ts';
import { FileStore } from '../../runtime/state/file-store.ts';
import { machine } from './machine.ts';

const KEYS = 10_000;
const WAITING = 10_000;
const MODEL_MS = 100;

const counter = agent('counter', {
  input: z.object({ id: z.number(), key: z.string(), amount: z.number() }),
  output: z.object({ sum: z.number() }),
  key: '/key',
  memory: { sum: z.number().default(0) },
}).on(InputEvent, ({ value }, ctx) => {
  ctx.output({ sum: ctx.memory.update('sum', (sum) => sum + value.amount) });
});

const asker = agent('asker', {
  input: z.object({ id: z.number() }),
  output: z.object({ answer: z.string() }),
  key: '/id',
  resources: { model: chatModel() },
}).on(InputEvent, async ({ value }, ctx) => {
  ctx.output({ answer: await ctx.chat('model', { prompt: `question ${value.id}` }) });
});

const slowModel: ChatModel = {
  name: `mock, ${MODEL_MS} ms`,
  async chat() {
    await sleep(MODEL_MS);
    return { text: 'an answer', toolCalls: [], usage: { inputTokens: 0, outputTokens: 0 } };
  },
};

async function inDirectory(work: (directory: string) => Promise<LocalResult>): Promise<LocalResult> {
  const directory = mkdtempSync(join(tmpdir(), 'headrace-bench-'));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const locations = (directory: string) => ({
  sink: join(directory, 'out'),
  store: new FileStore(join(directory, 'state')),
  journal: join(directory, 'journal'),
});
const checkpoint = { interval: 1_000, incremental: true, retain: 3 };

const cases = {
  /** Keyed sums, each with an output: memory, checkpoints every second, durable parts. */
  events: (events: number) =>
    inDirectory((directory) =>
      runLocal({
        agent: counter,
        job: 'bench',
        source: generatedSource(events, (id) => ({ id, key: `key-${id % KEYS}`, amount: id % 7 })),
        ...locations(directory),
        checkpoint,
      }),
    ),
  /** All inputs wait on the model at the same time. */
  waiting: (events: number) =>
    inDirectory((directory) =>
      runLocal({
        agent: asker,
        job: 'bench',
        source: generatedSource(events, (id) => ({ id })),
        ...locations(directory),
        checkpoint,
        inFlight: WAITING,
        models: { model: slowModel },
      }),
    ),
};

const { values } = parseArgs({ options: { case: { type: 'string' }, events: { type: 'string', default: '500000' } } });

if (values.case === 'events' || values.case === 'waiting') {
  const result = await cases[values.case](Number(values.events));
  process.stdout.write(JSON.stringify({ ...result, peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1024) }));
} else {
  const measure = (name: string, events: number) => {
    const run = spawnSync(
      process.execPath,
      [fileURLToPath(import.meta.url), '--case', name, '--events', String(events)],
      { encoding: 'utf8', maxBuffer: 1 << 26 },
    );
    if (run.status !== 0) throw new Error(run.stderr);
    const result = JSON.parse(run.stdout) as LocalResult & { peakRssMiB: number };
    return {
      case: name,
      events,
      seconds: result.durationMs / 1000,
      eventsPerSecond: Math.round(events / (result.durationMs / 1000)),
      checkpoints: result.checkpoints,
      peakRssMiB: result.peakRssMiB,
    };
  };
  const rows = [measure('events', Number(values.events)), measure('waiting', WAITING), measure('waiting', WAITING * 5)];
  const facts = machine();
  process.stdout.write(`${facts.cpu}, ${facts.cores} cores, ${facts.memoryGiB} GiB, Node ${facts.node}\n`);
  for (const row of rows) {
    process.stdout.write(
      `${row.case.padEnd(8)} ${String(row.events).padStart(8)} events  ${row.seconds.toFixed(2).padStart(6)} s  ${String(row.eventsPerSecond).padStart(8)} events/s  ${String(row.checkpoints).padStart(3)} checkpoints  ${String(row.peakRssMiB).padStart(5)} MiB\n`,
    );
  }
  process.stdout.write(`${JSON.stringify({ machine: facts, rows })}\n`);
}
