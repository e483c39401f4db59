/** A time as a person reads it: `16 ms`, `1.29 s`, `5 min`. */
export function readableTime(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${trim((ms / 1_000).toFixed(2))} s`;
  if (ms < 3_600_000) return `${trim((ms / 60_000).toFixed(1))} min`;
  return `${trim((ms / 3_600_000).toFixed(1))} h`;
}

const trim = (text: string) => text.replace(/\.?0+$/, '');

/** `3,708`, whatever the language of the machine. */
export const readableCount = (n: number) => String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',');

export const readablePercent = (share: number) => `${Math.round(share * 100)} %`;
