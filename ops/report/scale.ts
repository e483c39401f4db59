/** Maps values from 0 to `max` to a line from `from` to `to`, rounded to a tenth so that the same data draw the same bytes. */
export const linear =
  (max: number, from: number, to: number) =>
  (value: number): number =>
    Math.round((from + (Math.min(Math.max(value, 0), max) / max) * (to - from)) * 10) / 10;

/** Round steps from 0 up to `max`, at most `count` of them beside 0. */
export function ticks(max: number, count: number): number[] {
  const rough = max / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((size) => size >= rough) ?? rough;
  return Array.from({ length: Math.floor(max / step) + 1 }, (_, i) => i * step);
}
