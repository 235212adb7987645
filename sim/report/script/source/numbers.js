// Numbers as the tables and sentences of the package write them (sim/report/sheet.py, sim/report/answer.py).

/** A number with so many digits; what lies halfway goes to the even digit, as in Python. */
export function fixed(value, digits) {
  const exact = value.toFixed(digits + 25);
  const kept = exact.slice(0, digits ? -25 : -26);
  const isHalfway = /^50*$/.test(exact.slice(-25));
  return isHalfway && Number(kept.at(-1)) % 2 === 0 ? kept : value.toFixed(digits);
}

/** A number above 10 with two digits that count. */
function roughly(value) {
  const scale = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Number(fixed(value / scale, 0)) * scale;
}

/** A share in percent: whole from 10 to 99, and never 0 or 100 for what is not. */
export function inPercent(share) {
  const percent = 100 * share;
  const edge = Math.min(percent, 100 - percent);
  if (percent === 0 || percent === 100 || (percent >= 9.95 && edge >= 0.95)) return fixed(percent, 0);
  return fixed(percent, edge >= 0.095 && percent >= 0.995 ? 1 : 2);
}

/** A whole number with a comma at each thousand. */
export const grouped = (value) => value.toLocaleString("en-US");

/** How often something came, in histories: "34 of 100 simulated histories". */
export function countHistories(k, n, high) {
  if (n === 0) return "none of 0 simulated histories";
  if (k === 0) return `none of ${grouped(n)} simulated histories (below ${inPercent(high)} %)`;
  if (k === n) return `all ${grouped(n)} simulated histories`;
  if (n <= 100) return `${k} of ${n} simulated histories`;
  const share = k / n;
  if (share < 0.01 || share > 0.99) {
    const rarer = Math.min(share, 1 - share);
    const oneOf = Math.min(n, roughly(1 / rarer));
    return `${share > 0.5 ? "all but " : ""}1 of ${grouped(oneOf)} simulated histories`;
  }
  if (share >= 0.1) return `${fixed(100 * share, 0)} of 100 simulated histories`;
  return n < 1000 ? `${k} of ${n} simulated histories` : `${fixed(1000 * share, 0)} of 1,000 simulated histories`;
}

/** The interval of a share, and what it holds. */
export const describeInterval = ({ low, high }) =>
  `from the number of histories alone: ${inPercent(low)} to ${inPercent(high)} %`;
