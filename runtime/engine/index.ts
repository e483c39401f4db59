export { idempotencyKey, type JournalEntry, outputId, type RunIdentity } from './journal.ts';
export { type MemoryValues, shorten } from './memory.ts';
export { type AcceptedInput, type PreparedAgent, prepareAgent } from './prepare.ts';
export { type RunHost, type RunOutput, type RunRequest, type RunResult, runInput } from './run.ts';
