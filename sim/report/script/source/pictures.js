// The pictures that follow a selection, drawn by Observable Plot for the width that there is.
// Shape or dash stands beside colour, and no text is smaller than 13 px.

import { areaY, dot, line, link, lineY, plot, ruleX, text } from "@observablehq/plot";
import { fixed } from "./numbers.js";

export const BLUE = "#0072b2";
export const ORANGE = "#d55e00";
export const GREY = "#767676";
export const SKY = "#56b4e9";
const INK = "#1a1a1a";
const PALE = "#4a4a4a";
const STYLE = { fontSize: "13px", fontFamily: "system-ui, sans-serif", color: INK, overflow: "visible" };
const NARROW = 560;
const ROW = 30;
const LETTER = 7;
/** Of lines that rest on judgement. */
export const DASH = "5 3";

/** One label for the whole picture: those that Plot gives to its parts would be read one by one. */
function labelled(svg, label) {
  for (const part of svg.querySelectorAll("[aria-label]")) {
    part.dataset.part = part.getAttribute("aria-label");
    part.removeAttribute("aria-label");
  }
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  return svg;
}

/** A hundred dots, as many of them filled as histories of a hundred see the event; a smaller one for less than half. */
export function drawIcons(share) {
  const filled = Math.min(Number(fixed(100 * share, 0)), share < 1 ? 99 : 100);
  const dots = Array.from({ length: 100 }, (_, i) => ({ x: i % 20, y: Math.floor(i / 20), isFilled: i < filled }));
  const isRare = filled === 0 && share > 0;
  const rare = isRare ? [dot([dots[0]], { x: "x", y: "y", r: Math.max(75 * share ** 0.5 - 1, 0.5), fill: BLUE })] : [];
  const svg = plot({
    ...{ width: 416, height: 108, margin: 10, style: STYLE },
    x: { axis: null },
    y: { axis: null, reverse: true },
    marks: [dot(dots, { x: "x", y: "y", r: 7, fill: (d) => (d.isFilled ? BLUE : "#fff"), stroke: BLUE, strokeWidth: 1.8 }), ...rare],
  });
  return labelled(svg, `${filled} of 100 dots are filled`);
}

/** Odds that build up over the days, in percent: the curve with its interval, and others dashed or pale. */
export function drawCurve({ width, days, curve, asRun, others, horizons, day, reference, start, label }) {
  const last = days.at(-1);
  const top = Math.max(0.01, ...curve.map((at) => at.high), ...others.flat().map((at) => at.share), ...(reference ?? []).map((at) => at.high));
  const percent = (name) => (at) => 100 * at[name];
  const marks = [
    ruleX(horizons, { stroke: "#ddd" }),
    ruleX([day], { stroke: INK, strokeDasharray: "3 3" }),
    ...(reference ? [areaY(reference, { x: "day", y1: percent("low"), y2: percent("high"), fill: GREY, fillOpacity: 0.45 })] : []),
    ...others.map((other) => lineY(other, { x: "day", y: percent("share"), stroke: "#b4b4b4", strokeWidth: 1 })),
    areaY(curve, { x: "day", y1: percent("low"), y2: percent("high"), fill: BLUE, fillOpacity: 0.22 }),
    lineY(curve, { x: "day", y: percent("share"), stroke: BLUE, strokeWidth: 2.5 }),
    ...(asRun ? [lineY(asRun, { x: "day", y: percent("share"), stroke: INK, strokeWidth: 1.5, strokeDasharray: "6 4" })] : []),
  ];
  const svg = plot({
    ...{ width, height: width < NARROW ? 280 : 320, marginLeft: 40, marginRight: 16, marginTop: 26, marginBottom: 44 },
    style: STYLE,
    x: { label: `days since ${start}`, domain: [0, last], ticks: width < NARROW ? 4 : 8, labelArrow: "none" },
    y: { label: "histories in which it came by then, %", domain: [0, 100 * top], nice: true, grid: true, ticks: 5, labelArrow: "none" },
    marks,
  });
  return labelled(svg, label);
}

/** How words and rows share the width: beside each other a note below the words, or on a phone both above. */
function layRows(width, rows) {
  const isNarrow = width < NARROW;
  const longest = Math.max(...rows.map(({ name, note = "" }) => Math.max(name.length, note.length))) * LETTER + 14;
  const room = isNarrow ? width - 10 : Math.min(Math.round(width * 0.42), longest);
  const figures = Math.max(...rows.map(({ figures: words = "" }) => words.length)) * LETTER + 18;
  const linesOf = ({ name, note }) => Math.ceil((name.length * LETTER) / (room - 14)) + (note ? 1 : 0);
  const lines = Math.max(...rows.map(linesOf));
  const step = isNarrow ? ROW + 16 * lines : Math.max(ROW, 16 * lines + 8);
  return { isNarrow, room, step, marginLeft: isNarrow ? 8 : room, marginRight: Math.max(figures, 16) };
}

const shade = ({ colour, isPale }) => ({ colour, opacity: isPale ? 0.4 : 1 });

/** Rows of words, a bar between two values, dots on it and figures at the right, over one axis in percent. */
export function drawRows({ width, rows, axis, at = null, label }) {
  const lay = layRows(width, rows);
  const height = rows.length * lay.step + 56;
  const values = rows.flatMap(({ low, high, dots }) => [low, high, ...dots.map(({ value }) => value)]);
  const top = Math.max(1, 100 * (at ?? 0), ...values.filter(Number.isFinite).map((value) => 100 * value));
  const dots = rows.flatMap((row, place) => row.dots.map((one) => ({ ...one, place, ...shade(row) })));
  const below = ({ place }) => place + lay.isNarrow * 0.2;
  const words = { frameAnchor: "left", fill: INK, fontSize: 13 };
  const name = { ...words, text: ({ name: own, note }) => (note ? `${own}\n${note}` : own), lineWidth: (lay.room - 10) / 13 };
  const bars = rows.map((row, place) => ({ ...row, place, ...shade(row) })).filter(({ low, high }) => Number.isFinite(low + high));
  const svg = plot({
    ...{ width, height, marginLeft: lay.marginLeft, marginRight: lay.marginRight, marginTop: 12, marginBottom: 44 },
    style: STYLE,
    x: { label: axis, domain: [0, top], nice: true, grid: true, ticks: lay.isNarrow ? 4 : 6, labelArrow: "none" },
    opacity: { type: "identity" },
    y: { axis: null, domain: [-0.5, rows.length - 0.5], reverse: true },
    marks: [
      ...(at === null ? [] : [ruleX([100 * at], { stroke: INK, strokeDasharray: "3 3" })]),
      // A dash is one for the whole mark.
      ...[undefined, DASH].map((dash) => link(bars.filter((row) => row.dash === dash), {
        ...{ x1: (row) => 100 * row.low, x2: (row) => 100 * row.high, y1: below, y2: below },
        ...{ stroke: "colour", strokeWidth: (row) => (row.isBar ? 16 : 3), strokeDasharray: dash, strokeOpacity: "opacity" },
      })),
      dot(dots, {
        ...{ x: (one) => 100 * one.value, y: below, r: 5, strokeWidth: 1.8 },
        ...{ stroke: "colour", fill: (one) => (one.isFilled ? one.colour : "#fff"), opacity: "opacity" },
      }),
      text(rows, lay.isNarrow
        ? { ...name, y: (_, place) => place - 0.28, textAnchor: "start" }
        : { ...name, y: (_, place) => place, textAnchor: "end", dx: -10 }),
      text(rows, {
        ...{ ...words, frameAnchor: "right", fill: PALE, textAnchor: "start", dx: 12 },
        ...{ y: (_, place) => place + lay.isNarrow * 0.2, text: (row) => row.figures ?? "" },
      }),
    ],
  });
  const across = svg.scale("x");
  const down = svg.scale("y");
  labelled(svg, label);
  return { svg, place: (value, row) => ({ x: across.apply(100 * value), y: down.apply(row + lay.isNarrow * 0.2) }) };
}

const STROKES = [
  { stroke: BLUE, strokeDasharray: "none" },
  { stroke: ORANGE, strokeDasharray: "6 3" },
  { stroke: "#009e73", strokeDasharray: "2 3" },
  { stroke: "#a0508a", strokeDasharray: "9 3 2 3" },
  { stroke: INK, strokeDasharray: "1 3" },
];

/** Lines over the days, each with its name in its colour above. */
export function drawStrip({ width, lines, title }) {
  const last = lines[0].values.length;
  const marks = lines.map(({ values }, place) => {
    const days = Array.from(values, (value, i) => ({ day: i + 1, value }));
    return line(days, { x: "day", y: "value", curve: "step", strokeWidth: 1.6, ...STROKES[place % STROKES.length] });
  });
  const words = lines.map(({ name, values }) => `${name}: up to ${Math.max(...values)}`).join("; ");
  const svg = plot({
    ...{ width, height: 130, marginLeft: 44, marginRight: 12, marginTop: 22, marginBottom: 32, style: STYLE },
    x: { label: "day", domain: [1, last], ticks: width < NARROW ? 4 : 8, labelArrow: "none" },
    y: { label: title, grid: true, ticks: 3, nice: true, zero: true, labelArrow: "none" },
    marks,
  });
  const key = lines.map(({ name }, place) => ({ name, ...STROKES[place % STROKES.length] }));
  return { svg: labelled(svg, `${title}. ${words}`), key };
}
