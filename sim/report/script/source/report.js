// The report answers from its stored histories: another question, day or what-if, thirds of parameters, a condition.

import { Controls } from "./controls.js";
import { byId, make } from "./elements.js";
import { Histories } from "./histories.js";
import { OddsTable, oddsAmong } from "./odds.js";
import { Pictures } from "./figures.js";
import { drawIcons } from "./pictures.js";
import { firstSelection, isConditional, isSelection, keptRows, readSelection, writeSelection } from "./selection.js";
import { describeAnswer, describeAsked, describeReach, describeShare } from "./words.js";

/** The page: it follows the part of its address behind `#`, and writes there what is chosen. */
class Report {
  constructor(index, address) {
    this.index = index;
    this.odds = new OddsTable(index);
    this.histories = new Histories(index, address);
    this.pictures = new Pictures(this);
    this.controls = new Controls(this);
    this.selection = readSelection(location.hash, index);
    this.turn = 0;
    this.fault = make("p", { id: "fault", role: "status" });
    byId("controls").append(this.fault);
  }

  /** Change the selection in some parts. */
  choose(changes) {
    this.selection = { ...this.selection, ...changes };
    history.replaceState(null, "", writeSelection(this.selection, this.index));
    return this.update();
  }

  /** Whether the page shows what the server wrote. */
  get isFirst() {
    const first = writeSelection(firstSelection(this.index), this.index);
    return writeSelection(this.selection, this.index) === first;
  }

  /** Show the selection; where the histories cannot be read the page stays as it is, and says so. */
  async update() {
    try {
      await this.#draw();
    } catch (error) {
      this.fault.textContent = `The stored histories cannot be read here (${error.message}); the page stays as it was.`;
    }
  }

  async #draw() {
    const turn = (this.turn += 1);
    const { point, question, day } = this.selection;
    const histories = await this.histories.point(point);
    if (turn !== this.turn) return;
    const rows = keptRows(histories, this.selection);
    const asRun = this.odds.at(point, question, day);
    const odds = isConditional(this.selection) ? oddsAmong(histories, rows, question, day) : asRun;
    this.tell(odds, rows.length, asRun);
    this.controls.update(this.selection, histories);
    await this.pictures.draw({ selection: this.selection, histories, rows, odds, asRun });
    this.fault.textContent = "";
    document.documentElement.dataset.drawn = turn;
  }

  tell(odds, kept, asRun) {
    const { index, selection } = this;
    byId("asked").textContent = describeAsked(index, selection);
    byId("big").textContent = describeShare(odds);
    byId("range").textContent = describeReach(index, selection, odds, kept, asRun);
    byId("icons").replaceChildren(drawIcons(odds?.n ? odds.share : 0));
    byId("icons").hidden = odds === null;
    const sentence = byId("sentence");
    if (sentence) sentence.textContent = odds ? `To quote: “${describeAnswer(index, selection, odds, kept)}”` : "";
  }
}

const slot = byId("histories");
const report = new Report(JSON.parse(slot.textContent), slot.dataset.address ?? null);
addEventListener("hashchange", () => {
  if (isSelection(location.hash)) {
    report.selection = readSelection(location.hash, report.index);
    report.update();
  } else if (!report.isFirst) {
    // The reader went to a place of the page: what was chosen stays in the address.
    history.replaceState(null, "", writeSelection(report.selection, report.index));
  }
});
let width = innerWidth;
addEventListener("resize", () => {
  if (innerWidth !== width) report.update();
  width = innerWidth;
});
await report.update();
