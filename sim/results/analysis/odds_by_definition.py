"""Odds against definitions: the stored daily totals judged again under other thresholds, without a new run.

What counts as a campaign, a war or an active front is a choice (S2.4). Here each threshold is loosened and tightened,
and definitions of others that the theatre names are rows. One thing cannot be had without a new run: a front that met
the counts of a campaign while it was run has been in one from then on, and keeps that course under every definition
(`sim.engine.outcomes`). Rows of other counts are *steered*; they can be run anew, with the same luck.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.core.arrays import Flags, Integers
from sim.core.errors import InputError, nearest
from sim.core.parameters import LaneValues, parameters_of
from sim.engine.daily_totals import DailyTotals, Sums
from sim.engine.outcomes import Definitions, Judge, Question
from sim.engine.theatre import Theatre
from sim.results.analysis.comparison import pair_difference
from sim.results.reading.design_columns import is_number, read_laws
from sim.results.reading.question_outcomes import (
    Cell,
    check_choice,
    estimate_shares,
    list_points,
    require_cells,
    require_daily,
)
from sim.results.reading.result_table import HORIZON, LABEL, POINT, QUESTION, Column, N, Presentation, ResultTable
from sim.results.reading.store import Results
from sim.results.reading.table_cache import Row, combine_values, select_committed
from sim.scenario.theatre_file import build_theatre
from sim.sweeps.blocks import DAILY, INPUT

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

_CHUNK: Final = 500
DEFINITIONS: Final = "definitions"
AS_RUN: Final = "as run"
"""Name of the run's own definition."""

PREFIX: Final = "definition."
"""Prefix of the key path of a threshold."""

Changes = Mapping[str, float]

_NEVER: Final = {"campaign_acts": 1e6, "campaign_launches": 1e6, "campaign_killed": 1e6, "war_killed": 1e7}

_ALTERNATIVES: Final = Path(__file__).with_name("alternatives.csv")
"""Each threshold loosened and tightened: its name, and the multiple of some thresholds of the run, rounded to whole
numbers within their bounds. No threshold of a count is ever met in the one without a multiple."""

_STEERING: Final = (*_NEVER, "campaign_days", "campaign_killed_days")
"""Thresholds that a run reads while it goes on; the others judge alone."""
_WARS: Final = ("war", "war_decided", "war_counted", "regional_war", "general_war")


class _Remembering(DailyTotals):
    """Daily totals that keep their sums: most definitions ask for the same ones."""

    def __init__(self, theatre: Theatre, n_replicates: int) -> None:
        super().__init__(theatre, n_replicates)
        self._known: dict[tuple[str, bytes, int], Sums] = {}

    def by_day(self, value: str, groups: Integers, n_groups: int) -> Sums:
        """Return daily sums over groups of cells, see `sim.engine.daily_totals.DailyTotals.by_day`."""
        key = value, groups.tobytes(), n_groups
        if key not in self._known:
            self._known[key] = super().by_day(value, groups, n_groups)
        return self._known[key]


def list_alternatives(results: Results) -> dict[str, Changes]:
    """Return other definitions by name, as what differs from that of the run; those that do not differ are left out.

    A threshold that is drawn in the run is varied around its declared default.
    """
    laws = read_laws(results, int(results.points["point"].iloc[0]))
    top = _ground(results)[0].ladder.top
    alternatives: dict[str, Changes] = {}
    for told in csv.DictReader(_ALTERNATIVES.read_text(encoding="utf-8").splitlines()):
        keys, multiple = told["thresholds"].split(), float(Fraction(told["multiple"] or 0))
        changes: dict[str, float] = {} if keys else dict(_NEVER)
        for key in keys:
            declared = parameters_of(Definitions)[key].on_ladder(top)
            law = laws[f"{PREFIX}{key}"]["law"]
            own = float(law) if is_number(law) else declared.default
            value = float(min(max(round(own * multiple), declared.bounds.low), declared.bounds.high))
            if value != own:
                changes[key] = value
        if len(changes) >= len(keys):
            shown = {key: f"{value:,.0f}" for key, value in changes.items()}
            plural = "" if "1" in shown.values() else "s"
            alternatives[told["definition"].format(**shown).replace("(s)", plural)] = changes
    for others in list_definitions(results):
        alternatives[others["name"]] = {key: others[key] for key in parameters_of(Definitions) if key in others}
    return alternatives


def list_definitions(results: Results) -> list[dict[str, Any]]:
    """Return the definitions of others that the theatre names, as its file has them."""
    return list(results.manifest["resolved"]["theatre"].get("definition", ()))


def compute_definitions(
    results: Results,
    alternatives: Mapping[str, Changes] | None = None,
    questions: Sequence[str] | None = None,
    horizons: Sequence[int] | None = None,
    points: Sequence[int] | None = None,
    rerun: Scenario | None = None,
    progress: Callable[[str], object] | None = None,
) -> pd.DataFrame:
    """Return odds under the definition of the run and under others, at some points or the first.

    Of the wars and all states where no question is named; by `list_alternatives` where none are given. Without blocks
    the committed table is read, of which thresholds count and not the names that they were given; a folder that keeps
    no daily totals is refused. With the scenario to rerun, steered rows have the odds of a new run with the same luck,
    and all rows how far they are from those of the run, with paired standard errors.
    """
    wars = [question["id"] for question in results.manifest["questions"] if question["kind"] in _WARS]
    states = [f"O{state}" for state in range(len(results.manifest["states"]))]
    wanted, days = check_choice(results, [*wars, *states] if questions is None else questions, horizons)
    if not results.has_daily:
        require_daily(results)
        may: dict[str, list[Any]] = {"question": wanted, "horizon_days": days}
        return _committed(
            results, alternatives, may, combine_values(question=questions and wanted, horizon_days=days), points
        )
    cells = require_cells(results, wanted, days)
    labels = dict(list_points(results))
    definitions = {AS_RUN: {}, **(list_alternatives(results) if alternatives is None else alternatives)}
    rows: list[dict[str, Any]] = []
    for point in [next(iter(labels))] if points is None else points:
        own = None
        for name, replicates, holds in _judged(results, point, definitions, cells):
            own, changes = holds if own is None else own, definitions[name]
            words = {"scenario": results.name, "point": point, "label": labels[point], "definition": name}
            words |= {"changed": _words_of(changes), "steered": any(key in _STEERING for key in changes)}
            more: list[dict[str, float]] = [{} for _ in cells]
            if rerun is not None:
                if progress is not None and words["steered"]:
                    progress(f"definitions: {name}: run anew")
                anew = _run_anew(results, rerun, point, changes, cells) if words["steered"] else None
                more = [_moved(replicates, own[:, i], holds[:, i], anew, i) for i in range(len(cells))]
            for cell, estimate, moved in zip(cells, estimate_shares(holds, replicates), more, strict=True):
                del estimate["n_effective"]
                rows.append(words | {"question": cell.question, "horizon_days": cell.day} | estimate | moved)
    return pd.DataFrame(rows)


def _run_anew(
    results: Results, scenario: Scenario, point: int, changes: Changes, cells: Sequence[Cell]
) -> tuple[Integers, Flags]:
    """Run a point under other thresholds, and return which replicates finished and the answers of all of them."""
    changed = {f"{PREFIX}{key}": value for key, value in changes.items()}
    seed, size = int(results.manifest["seed"]), results.replicates_of_points[point]
    failed, holds = [], []
    for start in range(0, size, _CHUNK):
        lanes = np.arange(start, min(start + _CHUNK, size))
        run = scenario.ensemble(scenario.points()[point], lanes, seed, changed=changed).conflict.run()
        columns = run.columns()
        run.release()
        table = pd.DataFrame({name: columns[name] for name in {cell.column for cell in cells}})
        failed.append(columns["failed"])
        holds.append(np.column_stack([cell.holds(table) for cell in cells]))
    return np.flatnonzero(~np.concatenate(failed)), np.concatenate(holds)


def _moved(
    replicates: Integers, own: Flags, holds: Flags, anew: tuple[Integers, Flags] | None, cell: int
) -> dict[str, float]:
    """Return how far a definition moves odds when stored histories are judged, and when they are run under it."""
    judged = pair_difference(own, holds, replicates)
    found = {"difference": judged.difference, "se": judged.paired}
    if anew is None:
        return found | dict.fromkeys(("rerun", "rerun_difference", "rerun_se"), np.nan)
    both, first, _ = np.intersect1d(replicates, anew[0], return_indices=True)
    run = pair_difference(own[first], anew[1][both, cell], both)
    return found | {"rerun": run.second, "rerun_difference": run.difference, "rerun_se": run.paired}


def _committed(
    results: Results,
    alternatives: Mapping[str, Changes] | None,
    may: Mapping[str, Sequence[Any]],
    must: Sequence[Row],
    points: Sequence[int] | None,
) -> pd.DataFrame:
    """Return what is asked for of a committed table; thresholds count there, not the names that they were given."""
    # Only what was asked for by name must be there; a table without point or thresholds named is given as it was kept.
    texts = None if alternatives is None else [_words_of(changes) for changes in alternatives.values()]
    whole = dict(may)
    if texts is not None:
        whole["changed"] = [*texts, np.nan]
    if points is not None:
        whole["point"] = points
    each = [{**row, **other} for row in must for other in combine_values(point=points, changed=texts)]
    table = select_committed(results, DEFINITIONS, whole, each)
    return table.assign(steered=[any(key in str(changed) for key in _STEERING) for changed in table["changed"]])


def _words_of(changes: Changes) -> str:
    return "; ".join(f"{key} = {value:g}" for key, value in changes.items())


def _judged(
    results: Results, point: int, alternatives: Mapping[str, Changes], cells: Sequence[Cell]
) -> list[tuple[str, Any, Any]]:
    """Return name, replicates that finished, and answers, shape (n_replicates, n_cells), for each definition."""
    holds_of: dict[str, list[Any]] = {name: [] for name in alternatives}
    replicates = []
    for rows in read_chunks(results, point):
        is_finished = ~rows["failed"].to_numpy(dtype=bool)
        replicates.append(rows["replicate"].to_numpy()[is_finished])
        for name, columns in judge_columns(results, point, rows, alternatives).items():
            table = pd.DataFrame({cell.column: columns[cell.column] for cell in cells})[is_finished]
            holds_of[name].append(np.column_stack([cell.holds(table) for cell in cells]))
    which = np.concatenate(replicates)
    return [(name, which, np.concatenate(parts)) for name, parts in holds_of.items()]


def read_chunks(results: Results, point: int) -> list[pd.DataFrame]:
    """Return all that is judged of a point, some hundred replicates at a time, so that they fit into little memory."""
    rows = results.read([name for name in results.columns_of(point) if not _unused(name)], point)
    return [rows.iloc[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK)]


def _unused(name: str) -> bool:
    parameter = name.startswith(INPUT) and not name.startswith(f"{INPUT}{PREFIX}")
    return parameter or name.startswith(("acts_", "killed_", "civilians_", "factor.", "state_at_"))


def judge_columns(
    results: Results, point: int, rows: pd.DataFrame, alternatives: Mapping[str, Changes]
) -> dict[str, dict[str, npt.NDArray[np.generic]]]:
    """Return the outcome columns of some replicates, as `sim.engine.outcomes.Judge` gives them, by definition."""
    theatre, questions = _ground(results)
    totals = _totals(theatre, rows, int(results.manifest["horizon_days"]))
    milestones = {str(name): rows[name].to_numpy() for name in rows if not str(name).startswith((DAILY, INPUT))}
    own = _own_definition(results, point, rows)
    return {
        name: Judge(theatre, Definitions(**{**own, **changes}), totals, milestones).columns(
            questions, results.manifest["horizons"]
        )
        for name, changes in alternatives.items()
    }


def _ground(results: Results) -> tuple[Theatre, list[Question]]:
    """Return what a results folder is judged on: the theatre, and the questions of the run."""
    known = {question["id"] for question in results.manifest["questions"]}
    theatre, questions = build_theatre(results.manifest["resolved"]["theatre"], results.path)
    return theatre, [question for question in questions if question.id in known]


def _totals(theatre: Theatre, rows: pd.DataFrame, n_days: int) -> DailyTotals:
    names = [str(name) for name in rows if str(name).startswith(DAILY)]
    lengths = rows[f"{DAILY}day"].str.len().to_numpy()
    columns: dict[str, npt.NDArray[np.generic]] = {"start": np.concatenate([[0], np.cumsum(lengths)])}
    columns |= {name.removeprefix(DAILY): np.concatenate(rows[name].to_list()) for name in names}
    return _Remembering.from_columns(theatre, columns, n_days, len(rows))


def _own_definition(results: Results, point: int, rows: pd.DataFrame) -> dict[str, LaneValues]:
    """Return the thresholds under which a point was run."""
    laws = read_laws(results, point)
    keys = {name: f"{PREFIX}{name}" for name in parameters_of(Definitions)}
    return {
        name: rows[INPUT + key].to_numpy(dtype=np.float64) if INPUT + key in rows else float(laws[key]["law"])
        for name, key in keys.items()
    }


def read_changes(given: Iterable[str]) -> dict[str, float]:
    """Return thresholds of texts such as ``definition.campaign_days=2``, as the command line gives them."""
    known = parameters_of(Definitions)
    changes: dict[str, float] = {}
    for text in given:
        key, _, value = text.partition("=")
        name = key.strip().removeprefix(PREFIX)
        if name not in known:
            hint = nearest(f"{PREFIX}{name}", [f"{PREFIX}{threshold}" for threshold in known])
            raise InputError.single("--set", "", f'"{key.strip()}" is not a definition; {hint}')
        try:
            changes[name] = float(value)
        except ValueError:
            raise InputError.single("--set", key.strip(), f'"{value}" is not a number; write KEY=NUMBER') from None
        if (problem := known[name].problem_with(changes[name])) is not None:
            raise InputError.single("--set", key.strip(), problem)
    return changes


DEFINITIONS_TABLE: Final = ResultTable(
    name=DEFINITIONS,
    row="odds of wars and states under the definition of the run and under others",
    columns=(
        *(POINT, LABEL),
        Column("definition", "", "name of the definition; as run for the run's own"),
        Column("changed", "", "thresholds that differ from those of the run"),
        Column("steered", "", "whether the run's own counts steered what this row judges; --rerun runs it anew"),
        *(QUESTION, HORIZON, N),
        Column("events", "1", "replicates in which it happened"),
        Column("estimate", "1", "odds under the definition"),
        Column("low", "1", "lower end of the 95 % interval, Monte Carlo error only"),
        Column("high", "1", "upper end of the interval"),
    ),
    position=50,
    where="sweeps that keep daily totals; their first point",
    compute=compute_definitions,
    applies=lambda results: results.has_daily,
    presentation=Presentation(
        (DEFINITIONS,),
        shown_by="table_sheets.definitions",
        heading="Odds against definitions",
        position=8,
        pictures=("odds_pictures.definitions",),
    ),
)
