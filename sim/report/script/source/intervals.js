// Odds among some histories, with intervals on their effective number (sim/sweeps/cluster_errors.py).

const Z = 1.959963984540054;

/** The Wilson interval of a share of events among n, which need not be whole (sim/core/intervals.py). */
export function wilson(events, n) {
  if (n === 0) return { low: 0, high: 1 };
  const share = events / n;
  const centre = (share + Z ** 2 / (2 * n)) / (1 + Z ** 2 / n);
  const half = (Z / (1 + Z ** 2 / n)) * Math.sqrt((share * (1 - share)) / n + Z ** 2 / (4 * n ** 2));
  return { low: events === 0 ? 0 : centre - half, high: events === n ? 1 : centre + half };
}

/** How many independent histories would tell a share as exactly: those of a cluster share draws. */
function effectiveSize(rows, holds, clusters, share) {
  const n = rows.length;
  const simple = (share * (1 - share)) / Math.max(n - 1, 1);
  if (simple <= 0) return n;
  let squares = 0;
  let numberOfClusters = 0;
  let sum = 0;
  let cluster = -1;
  for (const row of rows) {
    if (clusters[row] !== cluster) {
      squares += sum ** 2;
      cluster = clusters[row];
      numberOfClusters += 1;
      sum = 0;
    }
    sum += (holds(row) ? 1 : 0) - share;
  }
  squares += sum ** 2;
  const clustered = ((squares / n ** 2) * numberOfClusters) / Math.max(numberOfClusters - 1, 1);
  return n / Math.max(clustered / simple, 1);
}

/** The odds among the histories of some rows, which rise: k of n, the share, its interval and effective number. */
export function countOdds(rows, holds, clusters) {
  const n = rows.length;
  let k = 0;
  for (const row of rows) if (holds(row)) k += 1;
  const share = n ? k / n : NaN;
  const size = n ? effectiveSize(rows, holds, clusters, share) : 0;
  return { k, n, share, size, ...wilson(k === n ? size : k * (size / n), size) };
}

/** The standard error of the difference of the shares in two sets of rows that do not overlap. */
export function errorOfDifference(first, second, holds, clusters) {
  const pulls = new Map();
  for (const [rows, sign] of [[first, -1], [second, 1]]) {
    let k = 0;
    for (const row of rows) if (holds(row)) k += 1;
    const share = k / rows.length;
    for (const row of rows) {
      const pull = (sign * ((holds(row) ? 1 : 0) - share)) / rows.length;
      pulls.set(clusters[row], (pulls.get(clusters[row]) ?? 0) + pull);
    }
  }
  let squares = 0;
  for (const pull of pulls.values()) squares += pull ** 2;
  return Math.sqrt(squares);
}
