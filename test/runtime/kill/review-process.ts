// One start of the example's job, to be killed. Usage: review-process.ts DIRECTORY CALLS_FILE IN_FLIGHT
// Every model call is in CALLS_FILE, by its idempotency key, before the model begins to answer.
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChatModel } from '../../../runtime/api/index.ts';
import { lexiconModel } from '../../../runtime/integrations/index.ts';
import { runLocal } from '../../../runtime/local/index.ts';
import { reviewJob } from './review-job.ts';

const [directory, calls, inFlight] = process.argv.slice(2) as [string, string, string];
const lexicon = lexiconModel();
const judge: ChatModel = {
  name: 'slow lexicon',
  async chat(request, options) {
    appendFileSync(calls, `${options.idempotencyKey}\n`);
    // From 4 to 19 ms, so that calls end in another order than they began.
    await sleep(4 + (Number.parseInt(options.idempotencyKey.slice(0, 2), 16) % 16));
    return lexicon.chat(request, options);
  },
};
const { state } = await runLocal({
  ...reviewJob(directory, judge),
  inFlight: Number(inFlight),
  rate: 1_000,
  checkpoint: { interval: 100, incremental: true, retain: 2 },
});
process.exitCode = state === 'finished' ? 0 : 3;
