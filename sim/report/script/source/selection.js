// What a reader has chosen, as it stands in the address, and the histories that meet its conditions.

/** No odds are shown among fewer histories. */
export const FEWEST = 100;

/** What is shown first: the first question, the last horizon, the first point, no condition. */
export function firstSelection(index) {
  return {
    question: index.questions[0].id,
    day: index.horizons.at(-1),
    point: index.points[0].point,
    thirds: new Map(),
    given: null,
  };
}

/** Whether the part of an address behind `#` tells a selection; else it is a place of the page. */
export const isSelection = (hash) => new URLSearchParams(hash.replace(/^#/, "")).has("question");

/** The selection that the part of an address behind `#` tells; what it names and is not there is passed over. */
export function readSelection(hash, index) {
  const told = new URLSearchParams(hash.replace(/^#/, ""));
  const selection = firstSelection(index);
  const questions = index.questions.map(({ id }) => id);
  if (questions.includes(told.get("question"))) selection.question = told.get("question");
  const day = Number(told.get("days"));
  if (index.horizons.includes(day)) selection.day = day;
  const point = Number(told.get("point") ?? NaN);
  if (index.points.some((known) => known.point === point)) selection.point = point;
  for (const word of told.getAll("third")) {
    const [end, key] = [word.slice(0, word.indexOf(":")), word.slice(word.indexOf(":") + 1)];
    const driver = index.drivers.findIndex((known) => known.key === key);
    if (driver >= 0 && (end === "lowest" || end === "highest")) selection.thirds.set(driver, end);
  }
  const given = /^(.+):(\d{1,5})$/.exec(told.get("given") ?? "");
  const isAsked = given && index.questions.some(({ id, is_state: isState }) => id === given[1] && !isState);
  if (isAsked && givenDays(index).includes(Number(given[2]))) {
    selection.given = { question: given[1], day: Number(given[2]) };
  }
  return selection;
}

/** The part of an address behind `#` that tells a selection. */
export function writeSelection(selection, index) {
  const told = new URLSearchParams();
  told.set("question", selection.question);
  told.set("days", selection.day);
  told.set("point", selection.point);
  for (const [driver, end] of selection.thirds) told.append("third", `${end}:${index.drivers[driver].key}`);
  if (selection.given) told.set("given", `${selection.given.question}:${selection.given.day}`);
  return `#${told}`;
}

/** The days by which an event can be asked to have come. */
export function givenDays(index) {
  const whole = index.horizon_days;
  return [...new Set([...[7, 30, 60, 90].filter((day) => day < whole), ...index.horizons])].sort((a, b) => a - b);
}

/** Whether a selection keeps some histories only. */
export const isConditional = ({ thirds, given }) => thirds.size > 0 || given !== null;

/** The rows of the histories of a point that meet the conditions. */
export function keptRows(histories, { thirds, given }) {
  const wanted = [...thirds].map(([driver, end]) => [histories.thirds[driver], end === "lowest" ? 0 : 2]);
  const came = given ? histories.holds(given.question, given.day) : () => true;
  return histories.rows.filter((row) => wanted.every(([third, value]) => third[row] === value) && came(row));
}

/** Whether in every history in which an event came by a day the question had come by then: it says nothing new. */
export function isImplied(histories, event, day, question, horizon) {
  if (event === question) return true;
  const came = histories.holds(event, day);
  const answered = histories.holds(question, horizon);
  const rows = histories.rows.filter(came);
  return rows.length > 0 && rows.every(answered);
}
