// Which picture of the page follows the selection, and what each of them says.

import { offeredEvents } from "./controls.js";
import { Figure, make } from "./elements.js";
import { errorOfDifference } from "./intervals.js";
import { fixed, grouped, inPercent } from "./numbers.js";
import { curveAmong, curveDays, oddsAmong, thirdsAmong } from "./odds.js";
import { OneHistory } from "./one_history.js";
import { BLUE, DASH, GREY, ORANGE, SKY, drawCurve, drawRows } from "./pictures.js";
import { FEWEST, firstSelection, isConditional, keptRows } from "./selection.js";
import { ASSOCIATION, inDays, pointOf } from "./words.js";

const MOST_LINES = 12;
const MOST_ROWS = 24;
const TOP = 10;
const GREEN = "#009e73";
const PINK = "#cc79a7";
const CLEAR = 2; // standard errors by which thirds must differ to be told from chance

/** Pictures of the server that stay, and on what they depend. */
const STANDING = {
  ...{ fans: ["what-if"], ladder: ["what-if"], joins: ["what-if"], theatre: ["what-if"] },
  ...{ definitions: ["what-if", "question"], levers: ["question"], pairs: ["question"], regret: ["question"] },
};

/** All pictures of a page. */
export class Pictures {
  constructor(report) {
    this.report = report;
    this.figures = new Map();
    this.history = new OneHistory(report);
  }

  figure(id) {
    if (!this.figures.has(id)) this.figures.set(id, new Figure(id));
    return this.figures.get(id);
  }

  async draw(shown) {
    const first = this.report.isFirst;
    for (const [id, draw] of [["odds-over-time", drawOverTime], ["rests-on", drawRests], ["what-ifs", drawWhatIfs]]) {
      const figure = this.figure(id);
      if (!figure.exists) continue;
      if (first) figure.restore();
      else await draw(this.report, figure, shown);
    }
    if (this.figure("drivers").exists) drawDrivers(this.report, this.figure("drivers"), shown);
    if (this.figure("given").exists) drawGiven(this.report, this.figure("given"), shown);
    if (this.figure("one-history").exists) await this.history.draw(this.figure("one-history"), shown.selection);
    this.note(shown.selection);
  }

  /** Say of the pictures that stay what they are of, where something else is chosen. */
  note(selection) {
    const { index } = this.report;
    const first = firstSelection(index);
    const isAsked = selection.question === first.question && selection.day === first.day;
    const isHere = selection.point === first.point;
    for (const [id, depends] of Object.entries(STANDING)) {
      const isSame = (isHere || !depends.includes("what-if")) && (isAsked || !depends.includes("question"));
      const words = `This picture stays that of all histories of ${describeFirst(index)}.`;
      this.figure(id).restore(isSame && !isConditional(selection) ? "" : words);
    }
  }
}

/** What the server drew. */
function describeFirst(index) {
  const { point, day } = firstSelection(index);
  const { name } = pointOf(index, point);
  return `${name ? `“${name}”, ` : ""}${index.questions[0].label} within ${inDays(day)}`;
}

async function drawOverTime(report, figure, { selection, histories, rows, odds, asRun }) {
  const { index } = report;
  const { question, day, point } = selection;
  const days = curveDays(index, question);
  const isCut = isConditional(selection);
  const all = curveAmong(histories, histories.rows, question, days);
  if (odds === null || !all.length) {
    figure.show([], `Fewer than ${FEWEST} histories meet the conditions: no curve is drawn.`);
    return;
  }
  const curve = isCut ? curveAmong(histories, rows, question, days) : all;
  const label = `In ${inPercent(odds.share)} % of the simulated histories it has come by day ${day}`;
  const others = await otherCurves(report, selection, days);
  const { reference } = index.questions.find(({ id }) => id === question);
  const svg = drawCurve({
    ...{ width: figure.width, days, curve, asRun: isCut ? all : null, others, horizons: index.horizons },
    ...{ day, reference, start: index.start, label },
  });
  const grey = others.length ? " Grey: the other what-ifs." : "";
  const past = reference?.findLast((at) => at.day <= day);
  const band = past ? ` Grey band: the reference class, ${inPercent(past.estimate)} % by day ${past.day}.` : "";
  const words = isCut ? ` Dashed: all histories of this what-if, ${inPercent(asRun.share)} %.` : "";
  figure.show([svg], `${label}; the band is the 95 % interval from the number of histories alone.${words}${grey}${band}`);
}

function drawRests(report, figure, { selection, asRun }) {
  const parts = [
    ["number of histories", "luck", GREY],
    ["parameters that a fit informs", "informed", BLUE],
    ["parameters from literature", "literature", SKY],
    ["parameters of judgement", "judgement", ORANGE],
    ["these parameters together", "interaction", GREEN],
    ["the parties' policies", "policies", PINK],
  ];
  const rows = parts.flatMap(([name, part, colour]) => {
    const size = asRun[part];
    const note =
      { luck: "more runs shrink this", informed: "at most: rows of the fit go whole" }[part] ?? "only knowing more shrinks this";
    if (size === null) return [];
    if (size === 0 && part !== "luck") return [{ name, note: "nothing drawn is of that kind", low: NaN, high: NaN, dots: [], figures: "none", colour }];
    if (size < 0) return [{ name, note, low: NaN, high: NaN, dots: [], figures: "not resolved", colour }];
    const error = asRun[`${part}_se`] ? ` ± ${fixed(100 * asRun[`${part}_se`], 1)}` : "";
    return [{ name, note, low: 0, high: size, dots: [], figures: `${fixed(100 * size, 1)}${error}`, colour, isBar: true }];
  });
  const label = `The number of histories accounts for ${fixed(100 * asRun.luck, 1)} points (standard deviation)`;
  const { svg } = drawRows({ width: figure.width, rows, axis: "standard deviation of the odds, points", label });
  const whole = isConditional(selection) ? " This is of all histories of the what-if." : "";
  figure.show([svg], `${label}.${whole}`);
}

/** The curves of the other what-ifs, all histories of each; none where they are many. */
async function otherCurves(report, { question, point }, days) {
  const others = report.index.points.filter((other) => other.point !== point);
  if (others.length >= MOST_LINES) return [];
  const histories = await Promise.all(others.map((other) => report.histories.point(other.point)));
  return histories.map((at) => at.curve(question, days));
}

async function drawWhatIfs(report, figure, { selection }) {
  const { index } = report;
  const { question, day } = selection;
  const isCut = isConditional(selection);
  const told = await Promise.all(index.points.map(async ({ point, name }) => {
    if (!isCut) return { point, name, odds: report.odds.at(point, question, day) };
    const histories = await report.histories.point(point);
    const rows = keptRows(histories, selection);
    return { point, name, kept: rows.length, odds: oddsAmong(histories, rows, question, day) };
  }));
  const ranked = told.sort((a, b) => (b.odds?.share ?? -1) - (a.odds?.share ?? -1));
  const half = MOST_ROWS / 2;
  const some = ranked.length > MOST_ROWS ? [...ranked.slice(0, half), ...ranked.slice(-half)] : ranked;
  const rows = some.map(({ point, name, odds, kept }) => {
    const isChosen = point === selection.point;
    const colour = isChosen ? BLUE : "#4a4a4a";
    if (odds === null) return { name, low: NaN, high: NaN, dots: [], figures: `only ${grouped(kept)}`, colour };
    const figures = `${inPercent(odds.share)} (${inPercent(odds.low)}–${inPercent(odds.high)})`;
    return { name, low: odds.low, high: odds.high, dots: [{ value: odds.share, isFilled: isChosen }], figures, colour };
  });
  const label = `Odds of ${told.length} what-ifs within ${inDays(day)}`;
  const { svg } = drawRows({ width: figure.width, rows, axis: `% of simulated histories within ${inDays(day)}`, label });
  const cut = some.length < ranked.length ? ` Shown: the ${half} highest and the ${half} lowest.` : "";
  const few = isCut ? ` ${ASSOCIATION} Where fewer than ${FEWEST} histories meet it no odds are shown.` : "";
  figure.show([svg], `Filled: ${pointOf(index, selection.point).name}. Lines are 95 % intervals from the number of histories alone.${cut}${few}`);
}

/** Whether a parameter is neither informed nor from literature. */
const isJudged = ({ basis }) => !["informed", "from literature"].includes(basis);

function drawDrivers(report, figure, { selection, histories, rows, odds }) {
  const { index } = report;
  const { question, day } = selection;
  const told = thirdsAmong(index, histories, rows, question, day).slice(0, TOP);
  if (!told.length || odds === null) {
    const whose = report.isFirst ? "" : ` This picture stays that of all histories of ${describeFirst(index)}.`;
    figure.restore(`No third can be kept: each has fewer than ${FEWEST} of these histories.${whose}`);
    return;
  }
  const holds = histories.holds(question, day);
  const drawn = told.map((driver) => {
    const error = errorOfDifference(...driver.ends, holds, histories.clusters);
    const isClear = Math.abs(driver.highest.share - driver.lowest.share) > CLEAR * error;
    const shares = [driver.lowest.share, driver.highest.share];
    return {
      ...{ driver, name: driver.name, note: `${driver.key}, ${driver.basis || "–"}`, low: Math.min(...shares), high: Math.max(...shares) },
      dots: shares.map((value, end) => ({ value, isFilled: end === 1 })),
      figures: `${inPercent(shares[0])} to ${inPercent(shares[1])}`,
      ...{ isPale: !isClear, ...(isJudged(driver) ? { colour: ORANGE, dash: DASH } : { colour: BLUE }) },
    };
  });
  const axis = `% of simulated histories within ${inDays(day)}`;
  const label = `Odds in the lowest and the highest third of ${drawn.length} parameters`;
  const { svg, place } = drawRows({ width: figure.width, rows: drawn, axis, at: odds.share, label });
  const buttons = drawn.flatMap((row, line) => makeEnds(report, selection, row, line, place));
  const caption =
    "Ring: lowest third of a parameter; dot: highest third. Full lines: informed or from literature; dashed: " +
    "judgement; pale: not told from chance. Choose an end to keep only the histories in that third.";
  figure.show([make("div", { class: "ends" }, svg, ...buttons)], caption);
}

/** Two buttons over the ends of a driver; where the ends are near each other, side by side. */
function makeEnds(report, selection, { driver }, line, place) {
  const ends = ["lowest", "highest"].map((end) => ({ end, ...place(driver[end].share, line) }));
  const middle = (ends[0].x + ends[1].x) / 2;
  const direction = ends[0].x <= ends[1].x ? 1 : -1;
  ends[0].x = direction * Math.min(direction * ends[0].x, direction * middle - 13);
  ends[1].x = direction * Math.max(direction * ends[1].x, direction * middle + 13);
  return ends.map(({ end, x, y }) => {
    const isKept = selection.thirds.get(driver.place) === end;
    const words = `Keep the ${end} third of ${driver.name}: ${inPercent(driver[end].share)} %`;
    const toggle = () => {
      const thirds = new Map(selection.thirds);
      if (isKept) thirds.delete(driver.place);
      else thirds.set(driver.place, end);
      report.choose({ thirds });
    };
    const id = `end-${driver.place}-${end}`;
    const style = `left:${x.toFixed(1)}px;top:${y.toFixed(1)}px`;
    const told = { "aria-label": words, "aria-pressed": String(isKept), title: words };
    return make("button", { id, type: "button", class: "end", style, ...told, onclick: toggle });
  });
}

function drawGiven(report, figure, { selection, histories }) {
  const { index } = report;
  const { question, day, thirds } = selection;
  const { given: controls, givenDay: by } = report.controls;
  if (report.isFirst && figure.isDrawn && !report.controls.hasAsked) {
    figure.restore("", controls);
    return;
  }
  const told = offeredEvents(index, selection, histories, by).map((event) => {
    const rows = keptRows(histories, { thirds, given: { question: event.id, day: by } });
    return { event, kept: rows.length, odds: oddsAmong(histories, rows, question, day) };
  });
  const rows = told.filter(({ odds }) => odds).sort((a, b) => b.odds.share - a.odds.share).map(({ event, odds }) => {
    const isChosen = selection.given?.question === event.id;
    const figures = `${inPercent(odds.share)} (${inPercent(odds.low)}–${inPercent(odds.high)}), n ${grouped(odds.n)}`;
    const dots = [{ value: odds.share, isFilled: isChosen }];
    return { name: event.label, low: odds.low, high: odds.high, dots, figures, colour: isChosen ? BLUE : "#4a4a4a" };
  });
  const few = told.filter(({ odds, kept }) => !odds && kept > 0).map(({ event, kept }) => `${event.label}: ${kept}`);
  const rest = few.length ? ` Fewer than ${FEWEST} histories, so no odds: ${few.join("; ")}.` : "";
  const label = `Odds among the histories in which something else had come by day ${by}`;
  const at = oddsAmong(histories, keptRows(histories, { thirds, given: null }), question, day)?.share ?? null;
  const axis = `% of simulated histories within ${inDays(day)}`;
  const { width } = figure;
  const pictures = rows.length ? [drawRows({ width, rows, axis, at, label }).svg] : [];
  figure.show([controls, ...pictures], `${rows.length ? `${label}. ` : ""}${ASSOCIATION}${rest}`);
}
