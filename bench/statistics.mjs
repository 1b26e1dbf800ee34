/**
 * @param {readonly number[]} values
 * @param {number} share 0.5 for the median, 0.99 for the 99th percentile
 * @returns {number} the nearest value at or above that share; NaN without values
 */
export function percentile(values, share) {
  const sorted = Float64Array.from(values).sort();
  return sorted.length === 0 ? NaN : sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * The median of each figure over several rounds.
 *
 * @template {Record<string, number>} T
 * @param {readonly T[]} rounds
 * @returns {T}
 */
export function medians(rounds) {
  const names = Object.keys(rounds[0]);
  return /** @type {T} */ (Object.fromEntries(names.map((name) => [name, median(rounds.map((round) => round[name]))])));
}
