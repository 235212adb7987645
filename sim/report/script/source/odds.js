// The odds of the tables as they stand in the index, and odds of some histories only.

import { countOdds } from "./intervals.js";
import { FEWEST } from "./selection.js";

/** What stands behind point, question and day in a row; a part of the uncertainty is -1 where it is not resolved. */
const PARTS = ["informed", "literature", "judgement", "interaction", "policies"];
const COLUMNS = ["n", "k", "low", "high", "luck", ...PARTS.flatMap((part) => [part, `${part}_se`])];

/** The rows of the table of odds by point, question and day: as the sweep was run, without a condition. */
export class OddsTable {
  #rows = new Map();

  constructor(index) {
    for (const [point, question, day, ...values] of index.odds) {
      const row = Object.fromEntries(COLUMNS.map((name, place) => [name, values[place]]));
      this.#rows.set(`${point} ${question} ${day}`, { ...row, share: row.n ? row.k / row.n : NaN });
    }
  }

  at(point, question, day) {
    return this.#rows.get(`${point} ${question} ${day}`);
  }
}

/** The odds of a question by a day among some rows of a point; null where there are too few of them. */
export function oddsAmong(histories, rows, question, day) {
  if (rows.length < FEWEST) return null;
  return countOdds(rows, histories.holds(question, day), histories.clusters);
}

/** The odds by each of some days among some rows, with their intervals. */
export const curveAmong = (histories, rows, question, days) =>
  days.map((day) => ({ day, ...countOdds(rows, histories.holds(question, day), histories.clusters) }));

/** The days of a curve: each fifth and the horizons; the horizons alone of what is known at these. */
export function curveDays(index, question) {
  if (index.questions.find(({ id }) => id === question).is_state) return index.horizons;
  const fifths = Array.from({ length: Math.floor(index.horizon_days / 5) + 1 }, (_, i) => 5 * i);
  return [...new Set([...fifths, ...index.horizons])].sort((a, b) => a - b);
}

/** The odds in the lowest and the highest third of each parameter among some rows, those furthest apart first. */
export function thirdsAmong(index, histories, rows, question, day) {
  const holds = histories.holds(question, day);
  const told = index.drivers.map((driver, place) => {
    const third = histories.thirds[place];
    const ends = [0, 2].map((value) => rows.filter((row) => third[row] === value));
    if (ends.some((end) => end.length < FEWEST)) return null;
    const [lowest, highest] = ends.map((end) => countOdds(end, holds, histories.clusters));
    return { place, ...driver, lowest, highest, ends };
  });
  const apart = ({ lowest, highest }) => Math.abs(highest.share - lowest.share);
  return told.filter(Boolean).sort((a, b) => apart(b) - apart(a));
}
