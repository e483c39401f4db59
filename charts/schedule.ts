const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * The cron schedule that comes nearest to "every so often" without being rarer: cron counts within an hour, a day or a
 * month, so a period that divides none of them is rounded down to one that does.
 * @param ms at least a minute. @param minute of the hour, so that jobs of a cluster do not all start at once.
 */
export function cron(ms: number, minute = 0): string {
  const divisor = (count: number, of: number) => {
    let n = Math.max(1, Math.min(of, Math.floor(count)));
    while (of % n !== 0) n -= 1;
    return n;
  };
  if (ms < HOUR) return `*/${divisor(ms / MINUTE, 60)} * * * *`;
  if (ms < DAY) return `${minute} */${divisor(ms / HOUR, 24)} * * *`;
  const days = Math.min(28, Math.floor(ms / DAY));
  return days === 1 ? `${minute} 3 * * *` : `${minute} 3 */${days} * *`;
}
