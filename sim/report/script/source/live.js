// The live page: an ensemble of histories runs on the server, day by day, and is drawn here as it comes.

import { byId, make } from "./elements.js";
import { PHASES, RUNGS, putCurve, putShares } from "./live_pictures.js";
import { grouped, inPercent } from "./numbers.js";

const token = document.querySelector("meta[name=run-token]").content;
const REDRAW_MS = 150;

/** What came of the run so far; a new one is made for every run. */
function emptyRun() {
  return { key: null, stream: null, words: null, isGoing: false, day: 0, odds: [], ladder: [], phases: [], latest: null, told: null };
}

let run = emptyRun();

const daysLeft = () => Number(byId("words").dataset.days) - run.day;

/** Send what a control asks for; a refusal is shown, in the sentence of the server. */
async function send(address, words = {}) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json", "x-sim-token": token },
    body: JSON.stringify(words),
  });
  if (answer.ok) return answer.json();
  const text = await answer.text();
  throw new Error(answer.headers.get("content-type")?.includes("json") ? JSON.parse(text).error : text);
}

function show(problem) {
  byId("problem").textContent = problem;
}

/** Do what a control does, and show what is refused. */
function attempt(work) {
  return async (event) => {
    event?.preventDefault();
    show("");
    try {
      await work();
    } catch (error) {
      show(error.message);
    }
  };
}

// Words of the run ---------------------------------------------------------------------------------------------------

const changes = { settings: [], truces: [] };

function listChanges() {
  const takeBack = (kind, text) => {
    changes[kind] = changes[kind].filter((other) => other !== text);
    listChanges();
  };
  const items = Object.entries(changes).flatMap(([kind, given]) =>
    given.map((text) => {
      const words = `Take back ${kind === "truces" ? "truce " : ""}${text}`;
      return make("li", {}, make("button", { type: "button", onclick: () => takeBack(kind, text) }, words));
    }),
  );
  byId("changes").replaceChildren(...items);
}

function addChange(kind, text) {
  if (!changes[kind].includes(text)) changes[kind].push(text);
  listChanges();
}

/** What is to be run, as the form says it. */
function readWords() {
  const policies = [...document.querySelectorAll("select.policy")]
    .filter((select) => select.value)
    .map((select) => `policy.${select.dataset.party}=${select.value}`);
  return {
    scenario: byId("words").dataset.scenario,
    point: Number(byId("point")?.value ?? 0),
    histories: Number(byId("histories").value),
    settings: [...policies, ...changes.settings],
    truces: changes.truces,
  };
}

// Controls -----------------------------------------------------------------------------------------------------------

/** Make the run if there is none yet, and let it do what a control asks for. */
async function control(days) {
  if (!run.key) {
    const mine = (run = { ...emptyRun(), key: "asked" });
    offer();
    try {
      const made = await send("/runs", readWords());
      mine.key = made.run;
      mine.command = byId("command").textContent = made.command;
    } catch (error) {
      run = emptyRun();
      offer();
      throw error;
    }
    listen(mine);
  }
  await send(`/runs/${run.key}`, { days });
  run.isGoing = days > 1;
  offer();
}

/** Offer the controls that mean something now. */
function offer() {
  const isOver = run.words !== null && run.day >= run.words.last_day;
  const active = document.activeElement;
  byId("setup").disabled = run.key !== null;
  byId("start").disabled = run.isGoing || isOver || run.key === "asked";
  byId("pause").disabled = !run.isGoing || isOver;
  byId("step").disabled = run.isGoing || isOver || run.key === "asked";
  byId("reset").disabled = run.key === null;
  // A control that is switched off under the hand hands the focus on.
  if (active?.disabled) [...byId("controls").children].find((button) => !button.disabled)?.focus();
}

function reset() {
  run.stream?.close();
  run = emptyRun();
  byId("big").textContent = "Not started";
  byId("course").hidden = true;
  for (const id of ["range", "joined", "said"]) byId(id).textContent = "";
  for (const id of ["odds-over-time", "ladder", "phases", "story"]) byId(id).replaceChildren();
  for (const id of ["odds", "killed"]) byId(id).tBodies[0].replaceChildren();
  byId("day").textContent = "day 0";
  offer();
}

byId("start").onclick = attempt(() => control(daysLeft()));
byId("pause").onclick = attempt(() => control(0));
byId("step").onclick = attempt(() => control(1));
byId("reset").onclick = attempt(reset);
byId("add-value").onclick = attempt(() => {
  addChange("settings", `${byId("key").value.trim()}=${byId("value").value.trim()}`);
});
byId("add-truce").onclick = attempt(() => {
  addChange("truces", `${byId("truce-start").value}:${byId("truce-days").value}`);
});
byId("words").onsubmit = (event) => event.preventDefault();
byId("question").onchange = drawQuestion;
byId("teller").onsubmit = attempt(async () => {
  if (!run.key) await control(0);
  byId("story").replaceChildren();
  run.told = Number(byId("replicate").value);
  await send(`/runs/${run.key}`, { story: run.told });
});
new ResizeObserver(() => wakeUp()).observe(byId("top"));

// What comes ---------------------------------------------------------------------------------------------------------

function listen(mine) {
  mine.stream = new EventSource(`/runs/${mine.key}/events`);
  mine.stream.onmessage = (event) => {
    if (mine === run) takeIn(JSON.parse(event.data));
  };
  mine.stream.onerror = () => {
    mine.stream.close();
    if (mine === run) end("The run has ended; Reset begins another one.");
  };
}

function end(problem) {
  run.stream?.close();
  run.isGoing = false;
  show(problem);
  byId("start").disabled = byId("pause").disabled = byId("step").disabled = true;
}

function takeIn(message) {
  if (message.error) end(message.error);
  else if (message.note) byId("day").textContent = message.note;
  else if (message.ready) {
    run.words = message.ready;
    byId("rests-line").textContent = message.ready.rests;
    byId("big").textContent = "Ready: no day has passed";
    byId("course").hidden = false;
    byId("day").textContent = `day 0 of ${message.ready.last_day}`;
  } else if (message.story) tell(message);
  else takeDay(message);
}

function takeDay(message) {
  const share = (counts) => counts.map((count) => count / run.words.histories);
  run.day = message.day;
  run.phases.push(share(message.phases));
  if (message.odds) {
    run.latest = message;
    run.odds.push({ day: message.day, rows: message.odds });
    run.ladder.push(...message.ladder.map(share));
  }
  if (run.day >= run.words.last_day) {
    run.isGoing = false;
    offer();
  }
  wakeUp();
}

let waits = false;

/** Draw soon; a run may send hundreds of days a second. */
function wakeUp() {
  if (waits) return;
  waits = true;
  setTimeout(() => {
    waits = false;
    if (run.words && run.day) draw();
  }, REDRAW_MS);
}

/** A row of a table: what it is about, then figures. */
function makeRow(name, cells) {
  const figures = cells.map((text) => make("td", {}, text));
  return make("tr", {}, make("th", { scope: "row", class: "words" }, name), ...figures);
}

const tellCounts = ({ q05, median, q95 }) => `${grouped(median)} (${grouped(q05)} to ${grouped(q95)})`;

function draw() {
  const { latest, words } = run;
  byId("day").textContent = `day ${run.day} of ${words.last_day}, ${grouped(words.histories)} histories`;
  putShares(byId("phases"), run.phases, words.phases, PHASES, "Share of the histories in each phase of the front, by day");
  if (!latest) return;
  byId("command").textContent = latest.day < words.last_day ? `${run.command} --days ${latest.day}` : run.command;
  byId("big").textContent = latest.sentence;
  byId("range").textContent = latest.interval;
  // What changes many times a second is not read out; where it rests it is.
  if (!run.isGoing) byId("said").textContent = `Day ${run.day}: ${latest.sentence}`;
  putShares(byId("ladder"), run.ladder, words.rungs, RUNGS, "Share of the histories by the highest rung of each day");
  const odds = latest.odds.map(({ events, n, estimate, low, high }, i) =>
    makeRow(words.questions[i], [
      `${grouped(events)} of ${grouped(n)}`,
      n ? inPercent(estimate) : "–",
      `${inPercent(low)} to ${inPercent(high)}`,
    ]),
  );
  byId("odds").tBodies[0].replaceChildren(...odds);
  const killed = latest.killed.map(({ place, killed: all, civilians }) =>
    makeRow(place, [tellCounts(all), tellCounts(civilians)]),
  );
  byId("killed").tBodies[0].replaceChildren(...killed);
  const joined = latest.joined.map(([name, count]) => `${name} in ${inPercent(count / words.histories)} %`);
  byId("joined").textContent = joined.length ? `In the war on this day: ${joined.join(", ")} of the histories.` : "";
  drawQuestion();
}

function drawQuestion() {
  const place = Number(byId("question").value);
  if (!run.words || !run.odds.length) return;
  const curve = run.odds.map(({ day, rows }) => {
    const { estimate: share, low, high } = rows[place];
    return { day, share, low, high };
  });
  putCurve(byId("odds-over-time"), curve, run.words.questions[place], run.words);
}

/** Put the days of the told history above those before. */
function tell({ story: lines, replicate }) {
  if (replicate !== run.told) return;
  const days = new Map();
  for (const { day, date, text } of lines) {
    if (!days.has(day)) days.set(day, make("li", {}, make("b", {}, `day ${day} ${date}`)));
    days.get(day).append(make("div", {}, text));
  }
  byId("story").prepend(...[...days.values()].reverse());
}
