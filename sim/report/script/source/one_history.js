// One history of many, day by day: acts of both sides, killed at every place, the highest rung, who joined.

import { make, makePicker } from "./elements.js";
import { grouped } from "./numbers.js";
import { drawStrip } from "./pictures.js";

const NEAR = new Map([[5, "few killed (5 of 100 have fewer)"], [50, "middling (50 of 100 have fewer)"], [95, "many killed (95 of 100 have fewer)"]]);

/** The picture of one history, with a picker of how many were killed and a button for another one. */
export class OneHistory {
  #report;
  #near;
  #controls;
  #turn = 0;

  constructor(report) {
    this.#report = report;
    const redraw = () => report.update();
    this.#near = makePicker("pick-killed", "A history with", [...NEAR], () => {
      this.#turn = 0;
      redraw();
    });
    this.#near.select.value = 50;
    const next = () => {
      this.#turn += 1;
      redraw();
    };
    const button = make("button", { id: "another-history", type: "button", onclick: next }, "Another history");
    this.#controls = make("div", { class: "controls" }, this.#near.element, button);
  }

  async draw(figure, { point: number }) {
    const { index, histories } = this.#report;
    const { singles = [] } = index.points.find(({ point }) => point === number);
    const near = Number(this.#near.select.value);
    const some = singles.filter((single) => single.near === near);
    if (!some.length) return;
    const single = some[this.#turn % some.length];
    const whole = await histories.array(`singles.${number}`);
    const days = index.horizon_days;
    const start = singles.indexOf(single) * index.strips.length * days;
    const strips = index.strips.map(([measure, part], line) => ({
      ...{ measure, name: index.sides[part] ?? part },
      values: whole.subarray(start + line * days, start + (line + 1) * days),
    }));
    const { width } = figure;
    figure.show([this.#controls, ...drawStrips(strips, width)], describe(index, number, single));
  }
}

function drawStrips(strips, width) {
  const of = (measure) => strips.filter((strip) => strip.measure === measure);
  const killed = of("killed").filter(({ values }) => values.at(-1) > 0);
  const rung = of("rung").map((strip) => ({ ...strip, name: "any party" }));
  return [
    ...makeStrip(width, of("acts"), "acts a day"),
    ...makeStrip(width, killed.length ? killed : of("killed").slice(0, 2), "killed to date"),
    ...makeStrip(width, rung, "highest rung of the day"),
  ];
}

function makeStrip(width, lines, title) {
  const { svg, key } = drawStrip({ width, lines, title });
  const names = key.length > 1 ? [make("p", { class: "key" }, ...key.flatMap(drawKey))] : [];
  return [...names, svg];
}

/** The name of a line behind a piece of it. */
function drawKey({ name, stroke, strokeDasharray }) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [key, value] of Object.entries({ width: 26, height: 8, "aria-hidden": "true" })) svg.setAttribute(key, value);
  const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
  const look = { x1: 0, x2: 26, y1: 4, y2: 4, stroke, "stroke-width": 2.5, "stroke-dasharray": strokeDasharray };
  for (const [key, value] of Object.entries(look)) line.setAttribute(key, value);
  svg.append(line);
  return [make("span", {}, svg, ` ${name} `)];
}

function describe(index, point, { replicate, joined }) {
  const came = joined.map(([day, name]) => `${name} on day ${day}`).join(", ");
  const words = `History ${grouped(replicate)} of ${grouped(index.stored)}. ${came ? `Joined: ${came}.` : "Nobody joined."}`;
  const command = `sim run ${index.scenario} --at ${point}/${replicate}/${index.seed}`;
  return `${words} No single history stands for the others. In words: ${command}`;
}
