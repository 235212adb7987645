"""``sim run``: one ensemble and its odds, or one replicate told day by day."""

from __future__ import annotations

import contextlib
import shlex
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any

from sim.cli import options as common
from sim.cli.console import load_scenario, odds_record, print_json, print_rows, print_screen, records, say, tell
from sim.cli.option_groups import App, OptionGroup, option
from sim.cli.progress import report_progress
from sim.core.errors import InputError, Problems

if TYPE_CHECKING:
    from pandas import DataFrame

    from sim.scenario.scenario import Scenario
    from sim.sweeps.rare_events.splitting import Effort


@dataclass(frozen=True, kw_only=True)
class Splitting(OptionGroup):
    """Whether the odds of rare outcomes are estimated by splitting, and with how much effort."""

    rare: Annotated[
        bool | None,
        option(
            "Odds of rare outcomes by splitting. Without either: for a --question that plain replicates show under "
            "30 times.",
            "--rare/--no-rare",
        ),
    ] = None
    histories: Annotated[int, option("Histories of a repetition of splitting.")] = 200
    repetitions: Annotated[int, option("Independent repetitions of splitting.")] = 20

    @property
    def effort(self) -> Effort:
        """How much splitting is done."""
        from sim.sweeps.rare_events.splitting import Effort

        return Effort(self.histories, self.repetitions)

    def estimate(
        self, scenario: Scenario, point: int, odds: DataFrame, questions: list[str] | None, run: dict[str, Any]
    ) -> DataFrame | None:
        """Return the odds of what the odds of plain replicates leave too rough; None where nothing is.

        Questions are those that were named; ``run`` has seed, jobs and whether to be quiet.
        """
        from sim.report.rare_sheets import choose_rare_cells, tabulate_rare
        from sim.sweeps.rare_events.estimate import rare_odds
        from sim.sweeps.workers import start_processes

        if self.rare is False:
            return None
        known = {question.id for question in scenario.questions if not question.is_state}
        cells = choose_rare_cells(odds, questions, always=bool(self.rare))
        # What a table asks for by the way is left out where splitting cannot answer it; what was named is refused.
        cells = cells if self.rare and questions else [cell for cell in cells if cell[0] in known]
        if not cells:
            return None
        if not run["quiet"]:
            words = ", ".join(f"{question} by {days} days" for question, days in cells)
            tell(f"sim: {words}: by splitting, {self.repetitions} repetitions of {self.histories} histories")
        jobs = run["jobs"]
        with start_processes(jobs, scenario) if jobs > 1 else contextlib.nullcontext() as executor:
            luck = {"seed": run["seed"], "effort": self.effort}
            estimates = rare_odds(scenario, point, cells, **luck, jobs=jobs, executor=executor)
        return tabulate_rare(odds, estimates)


app = App()


@app.command(epilog="sim run lebanon-2023/baseline --replicates 200")
def run(
    scenario: common.ScenarioArgument,
    *,
    change: common.Change,
    point: common.PlaceOption = 0,
    days: common.DaysOption = None,
    replicate: Annotated[int | None, option("Tell the story of this replicate.")] = None,
    at: Annotated[str | None, option("Tell the story at POINT/REPLICATE or POINT/REPLICATE/SEED.")] = None,
    choice: common.QuestionChoice,
    splitting: Splitting,
    size: common.RunSize,
    as_json: common.JsonOption = False,
    quiet: common.QuietOption = False,
) -> None:
    """Run one ensemble and print the answer, or tell one replicate.

    With --replicates 1, what happened is told day by day. Nothing is written. A replicate is the same in every ensemble
    and sweep of the same scenario and seed; --at takes the address that a sweep gives of one that failed.
    """
    loaded = load_scenario(scenario, quiet, change.what_if).shorten(days)
    if at is not None:
        point, replicate, seed = _address(at, size.seed)
        size = replace(size, seed=seed)
    run = size.of(loaded)
    given = (("--days", days), ("--replicates", size.replicates), ("--seed", size.seed))
    words = [*change.what_if.words(), *((name, str(number)) for name, number in given if number is not None)]
    kept = ["sim", "sweep", str(scenario), *chain.from_iterable(words)]
    is_told = run["replicates"] == 1 or replicate is not None
    _check(loaded, point, replicate, choice, splitting, is_told)
    if is_told:
        _tell_story(loaded, point, replicate or 0, seed=run["seed"], as_json=as_json)
        return
    _print_ensemble(loaded, point, choice, splitting, run, None if as_json else shlex.join(kept), quiet)


def _address(text: str, seed: int | None) -> tuple[int, int, int | None]:
    """Return point, replicate and seed of an address such as ``3/1729/7``."""
    parts = text.split("/")
    if len(parts) not in (2, 3) or not all(part.isascii() and part.isdecimal() and len(part) < 20 for part in parts):
        raise InputError.single("options", "--at", f'must be POINT/REPLICATE or POINT/REPLICATE/SEED, not "{text}"')
    point, replicate, *rest = map(int, parts)
    if rest and seed not in (None, rest[0]):
        raise InputError.single("options", "--seed", f"{seed} contradicts --at, which names seed {rest[0]}")
    return point, replicate, rest[0] if rest else seed


def _check(
    scenario: Scenario,
    point: int,
    replicate: int | None,
    choice: common.QuestionChoice,
    splitting: Splitting,
    is_told: bool,
) -> None:
    """Refuse what is not there, and what could be answered only after a long run, or not at all."""
    from sim.core.parameters import REPLICATES
    from sim.sweeps.rare_events.estimate import validate_request

    problems = Problems("options")
    if problem := common.point_problem(point, len(scenario.points()), scenario.name):
        problems.add("--point", problem)
    if replicate is not None and not REPLICATES.contains(replicate + 1):
        last = f"{REPLICATES.high - 1:,}"
        problems.add("--replicate", f"{replicate} is out of bounds; replicates are counted from 0 to {last}")
    choice.add_problems(problems, scenario)
    if splitting.rare and is_told:
        problems.add("--rare", "needs many histories; leave out --replicate and --at, and take more --replicates")
    problems.raise_if_any()
    cells = [(question, day) for question in choice.question or [] for day in choice.horizon or [scenario.horizon_days]]
    validate_request(scenario, cells if splitting.rare else [], splitting.effort)


def _print_ensemble(
    scenario: Scenario,
    point: int,
    choice: common.QuestionChoice,
    splitting: Splitting,
    size: dict[str, int],
    kept: str | None,  # command that writes what is run; None where JSON is printed
    quiet: bool,
) -> None:
    from sim.report.rare_sheets import add_rare
    from sim.report.screen import odds_screen
    from sim.results.analysis.odds import compute_killed, compute_odds
    from sim.results.reading.unsaved_results import run_unsaved

    with report_progress(scenario.name, quiet, f"{size['replicates']:,} histories") as report:
        results = run_unsaved(scenario, point, report, **size)
    table = compute_odds(results, *choice.both)
    rarely = splitting.estimate(scenario, point, table, choice.question, {**size, "quiet": quiet})
    if kept is None:
        record = "" if scenario.replay is None else scenario.replay.summary
        rare = {} if rarely is None else {"rare": records(rarely)}
        print_json(odds_record(results, table, compute_killed(results)) | rare | {"record": record})
        return
    ends = {"report": "none: nothing was written", "keep it": kept}
    screen = odds_screen(results, table, questions=choice.question, horizons=choice.horizon, ends=ends)
    print_screen(screen if rarely is None else add_rare(screen, rarely, splitting.effort))


def _tell_story(scenario: Scenario, point: int, replicate: int, *, seed: int, as_json: bool) -> None:
    """Print a replicate day by day, each day as soon as it has passed."""
    import numpy as np

    chosen = scenario.points()[point]
    ensemble = scenario.ensemble(chosen, np.array([replicate]), seed)
    narrative = ensemble.conflict.narrative
    if narrative is None:
        raise InputError.single("options", "--replicates", "only a single replicate can be told")
    if not as_json:
        where = "" if chosen.label == "base" else f", {chosen.label}"
        say(f"{scenario.title}{where}: replicate {replicate}, seed {seed}. One history of many, no forecast.")
    printed = 0
    for _ in range(scenario.horizon_days * round(1 / scenario.step_days)):
        ensemble.conflict.step()
        if not as_json:
            for number, line in enumerate(narrative.lines[printed:]):
                date = f"day {line.day:>3}  {line.date or ''}  "
                if number == 0:
                    say("")
                say(line.text, date if number == 0 else " " * len(date), " " * (len(date) + 2))
            printed = len(narrative.lines)
    outcome = {key: values[0] for key, values in ensemble.conflict.columns().items()}
    if as_json:
        lines = [{"day": line.day, "date": line.date, "text": line.text} for line in narrative.lines]
        # A first day that never came is null.
        plain = {key: None if value == float("inf") else value.item() for key, value in outcome.items()}
        told = {"point": chosen.label, "replicate": replicate, "seed": seed, "lines": lines, "outcome": plain}
        print_json(told)
    else:
        _print_outcome(scenario, outcome)


def _print_outcome(scenario: Scenario, outcome: dict[str, Any]) -> None:
    days = [(asked, float(outcome[f"{asked.id}_day"])) for asked in scenario.questions if not asked.is_state]
    columns: dict[str, Any] = {
        "question": lambda row: f"{row[0].id}  {row[0].text}",
        "first": lambda row: "never" if row[1] == float("inf") else f"day {row[1]:g}",
    }
    say("")
    print_rows("What came true", days, columns)
    if outcome["failed"]:
        tell("sim: this replicate failed: reactions multiplied without end, and it was stopped")
