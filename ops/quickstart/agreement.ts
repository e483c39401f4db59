/** How well scores agree with a reference. */
export interface Agreement {
  readonly count: number;
  /** Pearson's correlation coefficient; NaN where one side does not vary. */
  readonly correlation: number;
  /** Share of pairs on the same side of zero; a zero agrees with a zero only. */
  readonly sameSign: number;
}

/** Compares pairs of [score, reference]. */
export function agreement(pairs: readonly (readonly [number, number])[]): Agreement {
  const n = pairs.length;
  const mean = (side: 0 | 1) => pairs.reduce((sum, pair) => sum + pair[side], 0) / n;
  const [meanScore, meanReference] = [mean(0), mean(1)];
  let covariance = 0;
  let scoreSquares = 0;
  let referenceSquares = 0;
  let same = 0;
  for (const [score, reference] of pairs) {
    covariance += (score - meanScore) * (reference - meanReference);
    scoreSquares += (score - meanScore) ** 2;
    referenceSquares += (reference - meanReference) ** 2;
    if (Math.sign(score) === Math.sign(reference)) same += 1;
  }
  return { count: n, correlation: covariance / Math.sqrt(scoreSquares * referenceSquares), sameSign: same / n };
}
