import { describe, expect, it } from 'vitest';
import { cron } from '../../charts/schedule.ts';

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];

describe('a schedule', () => {
  it.each([
    [MINUTE, '*/1 * * * *'],
    [5 * MINUTE, '*/5 * * * *'],
    [7 * MINUTE, '*/6 * * * *'],
    [59 * MINUTE, '*/30 * * * *'],
    [HOUR, '7 */1 * * *'],
    [5 * HOUR, '7 */4 * * *'],
    [6 * HOUR, '7 */6 * * *'],
    [23 * HOUR, '7 */12 * * *'],
    [DAY, '7 3 * * *'],
    [7 * DAY, '7 3 */7 * *'],
    [90 * DAY, '7 3 */28 * *'],
  ])('of %d ms is %s: never rarer than asked', (ms, expected) => {
    expect(cron(ms, 7)).toBe(expected);
  });
});
