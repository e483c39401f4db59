import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ChatModel } from '../../../runtime/api/index.ts';
import { lexiconModel, withBudget } from '../../../runtime/integrations/index.ts';

const options = (signal = new AbortController().signal) => ({ idempotencyKey: 'k', signal });

describe('the lexicon', () => {
  const number = { type: 'number', minimum: -4, maximum: 4 };
  const output = { type: 'object', properties: { score: number }, required: ['score'] };
  const rate = async (content: string) =>
    (
      JSON.parse((await lexiconModel().chat({ messages: [{ role: 'user', content }], output }, options())).text) as {
        score: number;
      }
    ).score;

  test('rates the last user message within the bounds of the field', async () => {
    expect(await rate('This is a wonderful, excellent camera')).toBeGreaterThan(0);
    expect(await rate('a terrible, awful waste')).toBeLessThan(0);
    expect(await rate('it has a lens')).toBe(0);
    expect(Math.abs(await rate('superb superb superb'))).toBeLessThanOrEqual(4);
  });

  test('refuses what a word list cannot answer', async () => {
    const messages = [{ role: 'user', content: 'hi' }] as const;
    for (const asked of [undefined, { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }]) {
      const request = { messages, ...(asked ? { output: asked } : {}) };
      await expect(lexiconModel().chat(request, options())).rejects.toMatchObject({
        code: 'HR-RESOURCE-003',
        retryable: false,
      });
    }
  });
});

describe('a budget', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const request = { messages: [] };

  /** A model that notes when its calls began, takes `ms`, and reports ten tokens. */
  const noting = (ms: number) => {
    const begun: number[] = [];
    const model: ChatModel = {
      name: 'noting',
      async chat() {
        begun.push(performance.now());
        await new Promise((resolve) => setTimeout(resolve, ms));
        return { text: '', toolCalls: [], usage: { inputTokens: 6, outputTokens: 4 } };
      },
    };
    return { begun, model };
  };

  test.each([
    ['requests', { requestsPerMinute: 2 }, [0, 0, 60_000, 60_000, 120_000]],
    ['calls in flight', { concurrency: 2 }, [0, 0, 100, 100, 200]],
  ])('of %s makes calls wait for their turn', async (_, budget, expected) => {
    const { begun, model } = noting(100);
    const limited = withBudget(model, budget);
    const start = performance.now();
    const all = Promise.all(expected.map(() => limited.chat(request, options())));
    await vi.advanceTimersByTimeAsync(200_000);
    await all;
    expect(begun.map((at) => Math.round(at - start))).toEqual(expected);
  });

  test('of tokens makes later calls wait until the last minute has room', async () => {
    const { begun, model } = noting(0);
    const limited = withBudget(model, { tokensPerMinute: 15 });
    const start = performance.now();
    for (let i = 0; i < 3; i++) {
      const call = limited.chat(request, options());
      await vi.advanceTimersByTimeAsync(61_000 * (i === 2 ? 1 : 0) + 1);
      await call;
    }
    const [first, second, third] = begun.map((at) => at - start) as [number, number, number];
    expect(second - first).toBeLessThan(1_000);
    expect(third - first).toBeGreaterThanOrEqual(60_000);
  });

  test('lets a call that is aborted while it waits go at once, and leaves no timer', async () => {
    const { begun, model } = noting(1);
    const limited = withBudget(model, { requestsPerMinute: 1 });
    const stop = new AbortController();
    const first = limited.chat(request, options());
    await vi.advanceTimersByTimeAsync(5);
    await first;
    const waiting = expect(limited.chat(request, options(stop.signal))).rejects.toThrow('stopped');
    stop.abort(new Error('stopped'));
    await waiting;
    expect(begun).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a call that fails gives its place free', async () => {
    const limited = withBudget({ name: 'x', chat: () => Promise.reject(new Error('down')) }, { concurrency: 1 });
    await expect(limited.chat(request, options())).rejects.toThrow('down');
    await expect(limited.chat(request, options())).rejects.toThrow('down');
  });
});
