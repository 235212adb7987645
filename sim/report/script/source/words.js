// Sentences about a selection, in the words of sim/report/answer.py: the condition first, histories and no chances.

import { countHistories, describeInterval, grouped, inPercent } from "./numbers.js";
import { FEWEST, isConditional } from "./selection.js";

export const ASSOCIATION = "This is what goes with it, not what causes it.";

/** A number of days. */
export const inDays = (day) => (day === 1 ? "1 day" : `${grouped(day)} days`);

const questionOf = (index, id) => index.questions.find((question) => question.id === id);
export const pointOf = (index, point) => index.points.find((known) => known.point === point);

/** What is asked: question, horizon, start and what-if. */
export function describeAsked(index, { question, day, point }) {
  const { text, is_state: isState } = questionOf(index, question);
  const { name } = pointOf(index, point);
  const when = isState ? `on day ${day} after` : `within ${inDays(day)} of`;
  return `${text}, ${when} ${index.start}${name ? `; what-if: ${name}` : ""}`;
}

/** The answer in the fewest words. */
export function describeShare(odds) {
  if (odds === null) return "Too few histories";
  if (!odds.n) return "No history finished";
  return `In ${countHistories(odds.k, odds.n, odds.high)}`;
}

/** The conditions of a selection as ends of "histories ...". */
export function describeConditions(index, { thirds, given }) {
  const drawn = [...thirds].map(([driver, end]) => `with “${index.drivers[driver].name}” in its ${end} third`);
  if (!given) return drawn;
  return [...drawn, `that see ${questionOf(index, given.question).event} by day ${given.day}`];
}

/** The sentence that may be quoted. */
export function describeAnswer(index, selection, odds, kept) {
  const { question, day, point } = selection;
  const told = questionOf(index, question).told[index.horizons.indexOf(day)];
  const count = countHistories(odds.k, odds.n, odds.high);
  const [before, behind] = cutAt(told, "{count} see ");
  const answer = `${before}${count} ${count.startsWith("1 ") ? "sees" : "see"} ${behind}`;
  const only = isConditional(selection)
    ? ` and among the ${grouped(kept)} histories ${describeConditions(index, selection).join(" and ")}`
    : "";
  return `Under the assumptions of ${pointOf(index, point).condition}${only}, ${answer}`;
}

function cutAt(words, mark) {
  const place = words.indexOf(mark);
  return [words.slice(0, place), words.slice(place + mark.length)];
}

/** How sure the answer is, and beside a condition what it was without. */
export function describeReach(index, selection, odds, kept, asRun) {
  if (!isConditional(selection)) return describeInterval(odds);
  const which = `histories ${describeConditions(index, selection).join(" and ")}`;
  if (odds === null) {
    return `Only ${grouped(kept)} of ${grouped(index.histories)} stored ${which}: below ${FEWEST} no odds are shown.`;
  }
  return (
    `Only ${which}: ${grouped(odds.k)} of ${grouped(odds.n)}; ${describeInterval(odds)}. ` +
    `Without the condition: ${inPercent(asRun.share)} %. ${ASSOCIATION}`
  );
}
