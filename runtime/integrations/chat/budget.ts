import type { ChatModel } from '../../api/chat.ts';
import type { BudgetSettings } from './settings.ts';

const MINUTE_MS = 60_000;

/**
 * Keeps a model within its budget: calls wait until the last minute has room for them. Tokens are counted when an
 * answer tells them, so a minute can exceed its tokens by the calls in flight, and later ones wait the longer.
 * @param now milliseconds on a clock that never goes back.
 */
export function withBudget(
  model: ChatModel,
  budget: BudgetSettings | undefined,
  now: () => number = () => performance.now(),
): ChatModel {
  if (!budget) return model;
  const {
    tokensPerMinute = Number.POSITIVE_INFINITY,
    requestsPerMinute = Number.POSITIVE_INFINITY,
    concurrency = Number.POSITIVE_INFINITY,
  } = budget;
  const requests: number[] = [];
  const tokens: { at: number; count: number }[] = [];
  const queue: (() => void)[] = [];
  let inFlight = 0;
  let used = 0;
  let timer: NodeJS.Timeout | undefined;

  /** Milliseconds until a call may start; 0 for now. */
  const wait = (): number => {
    const horizon = now() - MINUTE_MS;
    while (requests[0] !== undefined && requests[0] <= horizon) requests.shift();
    while (tokens[0] !== undefined && tokens[0].at <= horizon) used -= tokens.shift()?.count ?? 0;
    if (inFlight >= concurrency) return Number.POSITIVE_INFINITY;
    const byRequests = requests.length < requestsPerMinute ? 0 : (requests[0] ?? 0) - horizon;
    const byTokens = used < tokensPerMinute ? 0 : (tokens[0]?.at ?? 0) - horizon;
    return Math.max(byRequests, byTokens);
  };
  const admit = () => {
    clearTimeout(timer);
    while (queue.length) {
      const ms = wait();
      if (ms > 0) {
        // Without a time, the end of a call in flight admits the next one.
        if (Number.isFinite(ms)) timer = setTimeout(admit, Math.ceil(ms));
        return;
      }
      inFlight += 1;
      requests.push(now());
      queue.shift()?.();
    }
  };
  return {
    name: model.name,
    async chat(request, options) {
      const { signal } = options;
      signal.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        const start = () => {
          signal.removeEventListener('abort', leave);
          resolve();
        };
        const leave = () => {
          queue.splice(queue.indexOf(start), 1);
          admit();
          reject(signal.reason);
        };
        signal.addEventListener('abort', leave, { once: true });
        queue.push(start);
        admit();
      });
      try {
        const response = await model.chat(request, options);
        const count = response.usage.inputTokens + response.usage.outputTokens;
        if (count > 0) {
          used += count;
          tokens.push({ at: now(), count });
        }
        return response;
      } finally {
        inFlight -= 1;
        admit();
      }
    },
  };
}
