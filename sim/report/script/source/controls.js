// The pickers, the chips that take a condition away again, and what is said beside them.

import { byId, make, makePicker, setOptions } from "./elements.js";
import { grouped } from "./numbers.js";
import { givenDays, isImplied } from "./selection.js";
import { inDays } from "./words.js";

const NO_EVENT = "";

/** The controls of a report, in their places. */
export class Controls {
  /** Whether something was asked of what must have come first. */
  hasAsked = false;
  #report;
  #question;
  #day;
  #point;
  #event;
  #eventDay;
  #chips = make("div", { id: "chips", class: "controls" });

  constructor(report) {
    const { index } = report;
    this.#report = report;
    const questions = index.questions.map(({ id, label }) => [id, label]);
    const days = index.horizons.map((day) => [day, inDays(day)]);
    const points = index.points.map(({ point, name }) => [point, name]);
    this.#question = makePicker("pick-question", "Question", questions, (question) => report.choose({ question }));
    this.#day = makePicker("pick-days", "Within", days, (day) => report.choose({ day: Number(day) }));
    this.#point = makePicker("pick-point", "What-if", points, (point) => report.choose({ point: Number(point) }));
    const pickers = [this.#question, this.#day, ...(points.length > 1 ? [this.#point] : [])];
    byId("controls").append(...pickers.map(({ element }) => element), this.#chips, ...describeSample(index));
    this.#makeGiven();
  }

  /** The pickers of what must have come first. */
  #makeGiven() {
    const choose = () => {
      this.hasAsked = true;
      const [question, day] = [this.#event.select.value, this.givenDay];
      const given = question === NO_EVENT ? null : { question, day };
      this.#report.choose({ given });
    };
    const days = givenDays(this.#report.index).map((day) => [day, `day ${day}`]);
    this.#event = makePicker("given-event", "Only histories that see", [], choose);
    this.#eventDay = makePicker("given-day", "by", days, choose);
    this.#eventDay.select.value = days.find(([day]) => day >= 30)?.[0] ?? days[0][0];
    this.given = make("div", { class: "controls" }, this.#event.element, this.#eventDay.element);
  }

  /** The day by which it must have come. */
  get givenDay() {
    return Number(this.#eventDay.select.value);
  }

  /** Show a selection. */
  update(selection, histories) {
    this.#question.select.value = selection.question;
    this.#day.select.value = selection.day;
    this.#point.select.value = selection.point;
    if (selection.given) this.#eventDay.select.value = selection.given.day;
    this.#offer(selection, histories);
    this.#chips.replaceChildren(...makeChips(this.#report, selection));
  }

  /** Offer the events that do not answer the question by themselves. */
  #offer(selection, histories) {
    const { index } = this.#report;
    const chosen = selection.given?.question ?? NO_EVENT;
    const offered = offeredEvents(index, selection, histories, this.givenDay);
    const options = index.questions.filter((question) => question.id === chosen || offered.includes(question));
    setOptions(this.#event.select, [[NO_EVENT, "anything"], ...options.map(({ id, label }) => [id, label])], chosen);
  }
}

function describeSample({ histories, stored }) {
  if (histories === stored) return [];
  const words = `Conditions and curves are counted in ${grouped(histories)} of the ${grouped(stored)} histories of a what-if, `;
  return [make("p", { class: "note" }, `${words}which fit in this page; odds without a condition are of all.`)];
}

/** The events that say something of a question: states are none, and those that imply the answer are left out. */
export function offeredEvents(index, { question, day: horizon }, histories, day) {
  const events = index.questions.filter(({ is_state: isState }) => !isState);
  return events.filter(({ id }) => !isImplied(histories, id, day, question, horizon));
}

function makeChips(report, { thirds, given }) {
  const { index } = report;
  const chip = (words, onclick) => make("button", { type: "button", class: "chip", onclick }, `${words} ✕`);
  const drawn = [...thirds].map(([driver, end]) =>
    chip(`${index.drivers[driver].name}: ${end} third`, () => {
      const rest = new Map(thirds);
      rest.delete(driver);
      report.choose({ thirds: rest });
    }),
  );
  if (!given) return drawn;
  const { label } = index.questions.find(({ id }) => id === given.question);
  return [...drawn, chip(`${label} by day ${given.day}`, () => report.choose({ given: null }))];
}
