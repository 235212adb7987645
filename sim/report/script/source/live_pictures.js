// Pictures of the live page, drawn anew as days come.

import { areaY, plot } from "@observablehq/plot";

import { make } from "./elements.js";
import { inPercent } from "./numbers.js";
import { drawCurve } from "./pictures.js";

/** Rungs from light to dark, so that their order is seen without colours. */
export const RUNGS = ["#f1eede", "#cdc9a5", "#a3b7c9", "#5f97c6", "#0072b2", "#4c4391", "#2b2350", "#0d0d0d"];
/** Border conflict, campaign, ground operation, ceasefire. */
export const PHASES = ["#f1eede", "#5f97c6", "#2b2350", "#009e73"];

const widthOf = (figure) => Math.max(280, Math.min(720, figure.clientWidth));

/** Odds of a question so far with their interval. */
export function putCurve(figure, curve, text, { last_day: lastDay, start }) {
  const { day, share, low, high } = curve.at(-1);
  const caption =
    `By day ${day}, in ${inPercent(share)} % of the histories: ${text}. ` +
    `The band is the interval from the number of histories alone: ${inPercent(low)} to ${inPercent(high)} %.`;
  const svg = drawCurve({
    ...{ width: widthOf(figure), curve, days: [lastDay], asRun: null, others: [], horizons: [], day, reference: null },
    ...{ start, label: caption },
  });
  figure.replaceChildren(svg, make("figcaption", {}, caption));
}

/** Shares of the histories by day, one above the other, with what each shade means and its share today. */
export function putShares(figure, days, names, scale, label) {
  const shades = names.map((_, i) => scale[Math.round((i * (scale.length - 1)) / Math.max(1, names.length - 1))]);
  const rows = days.flatMap((shares, day) => shares.map((share, i) => ({ day: day + 1, share: 100 * share, i })));
  const svg = plot({
    ...{ width: widthOf(figure), height: 220, marginLeft: 40, marginBottom: 40 },
    style: { fontSize: "13px", fontFamily: "system-ui, sans-serif", color: "#1a1a1a" },
    x: { domain: [0, Math.max(30, days.length)], label: "day", labelArrow: "none" },
    y: { domain: [0, 100], label: "histories, %", labelArrow: "none" },
    marks: [areaY(rows, { x: "day", y: "share", z: "i", fill: (row) => shades[row.i], order: "i", curve: "step" })],
  });
  for (const part of svg.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label");
  const today = days.at(-1);
  const seen = names.map((_, i) => i).filter((i) => days.some((shares) => shares[i] > 0));
  const said = seen.map((i) => `${names[i]} ${inPercent(today[i])} %`);
  const legend = seen.map((i, place) => make("li", {}, make("i", { style: `background: ${shades[i]}` }), said[place]));
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `${label}. On day ${days.length}: ${said.join(", ")}.`);
  figure.replaceChildren(svg, make("ul", { class: "legend" }, ...legend));
}
