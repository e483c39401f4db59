/** A row of the bench: what was measured, for people and in numbers, and what it must not exceed. */
export interface DrRow {
  readonly name: string;
  readonly figures: readonly { readonly what: string; readonly value: string }[];
  readonly bars: readonly { readonly bar: string; readonly met: boolean }[];
  /** Milliseconds, one a run. */
  readonly samples: Readonly<Record<string, readonly number[]>>;
}

/** The smallest sample that at least a share of all do not exceed (nearest rank). */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** `p50 1.47 s, p95 1.52 s, most 1.55 s` */
export function spread(samples: readonly number[]): string {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
  return `p50 ${seconds(percentile(samples, 0.5))}, p95 ${seconds(percentile(samples, 0.95))}, most ${seconds(Math.max(...samples))}`;
}
