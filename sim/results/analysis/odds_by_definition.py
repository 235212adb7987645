"""Odds against definitions: the stored daily totals judged again under other thresholds, without a new run.

What counts as a campaign, a war or an active front is a choice (S2.4). Here each threshold is loosened and tightened.
One thing cannot be had without a new run: a front that met the counts of a campaign while it was run has been in one
from then on, and keeps that course under every definition (`sim.engine.definitions`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.core.arrays import Integers
from sim.core.errors import InputError
from sim.core.intervals import interval
from sim.core.parameters import LaneValues, parameters_of
from sim.engine.daily_totals import DailyTotals, Sums
from sim.engine.definitions import Definitions
from sim.engine.outcomes import Judge, Question
from sim.engine.theatre import Theatre
from sim.results.analysis.alternative_definitions import ALTERNATIVES, PREFIX, Changes
from sim.results.analysis.cluster_errors import effective_size
from sim.results.reading.design_columns import laws_at
from sim.results.reading.question_outcomes import Cell, checked, known_cells, points_of
from sim.results.reading.store import Results
from sim.results.reading.table_cache import Row, every, rows_beside
from sim.scenario.theatre_file import build_theatre
from sim.sweeps.blocks import DAILY, INPUT

_CHUNK: Final = 500
DEFINITIONS: Final = "definitions.csv"
AS_RUN: Final = "as run"
"""Name of the run's own definition."""

_WARS: Final = ("war", "war_decided", "war_counted", "regional_war", "general_war")


@dataclass(frozen=True)
class _Ground:
    """What a results folder is judged on.

    Parameters
    ----------
    theatre : Theatre
        Parties, dyads, front, region.
    questions : tuple of Question
        Questions of the run.
    """

    theatre: Theatre
    questions: tuple[Question, ...]


class _Remembering(DailyTotals):
    """Daily totals that keep their sums: most definitions ask for the same ones."""

    def __init__(self, theatre: Theatre, n_replicates: int) -> None:
        super().__init__(theatre, n_replicates)
        self._known: dict[tuple[str, bytes], Sums] = {}

    def by_day(self, value: str, groups: Integers, n_groups: int) -> Sums:
        """Return daily sums over groups of cells, see `sim.engine.daily_totals.DailyTotals.by_day`.

        Parameters
        ----------
        value, groups, n_groups
            See there.
        """
        key = value, groups.tobytes()
        if key not in self._known:
            self._known[key] = super().by_day(value, groups, n_groups)
        return self._known[key]


def has_daily(results: Results) -> bool:
    """Return whether a results folder keeps daily totals.

    Parameters
    ----------
    results : Results
        A results folder.
    """
    return bool(results.blocks) and f"{DAILY}dyad" in results.columns


def definitions(
    results: Results,
    alternatives: Mapping[str, Changes] = ALTERNATIVES,
    questions: Sequence[str] | None = None,
    horizons: Sequence[int] | None = None,
    points: Sequence[int] | None = None,
) -> pd.DataFrame:
    """Return odds under the definition of the run and under others.

    Parameters
    ----------
    results : Results
        A results folder with daily totals.
    alternatives : mapping of str to mapping, optional
        What differs from the definition of the run, by name.
    questions : sequence of str, optional
        Ids of questions and states; the wars and all states without them.
    horizons : sequence of int, optional
        Days; those of the scenario without them.
    points : sequence of int, optional
        Points; the first without them.

    Returns
    -------
    DataFrame
        Columns scenario, point, label, definition, changed, question, horizon_days, n, events, estimate, low, high.

    Raises
    ------
    InputError
        If a question or a horizon does not exist, or the folder keeps no daily totals.
    """
    wars = [one["id"] for one in results.manifest["questions"] if one["kind"] in _WARS]
    states = [f"O{state}" for state in range(len(results.manifest["states"]))]
    wanted, days = checked(results, [*wars, *states] if questions is None else questions, horizons)
    if not has_daily(results):
        if results.blocks:
            raise InputError.single(results.path, "", "this run kept no daily totals (run.daily is false)")
        may: dict[str, list[Any]] = {"question": wanted, "horizon_days": days}
        return _committed(results, alternatives, may, every(question=questions and wanted, horizon_days=days), points)
    cells = known_cells(results, wanted, days)
    labels = dict(points_of(results))
    rows: list[dict[str, Any]] = []
    for point in [next(iter(labels))] if points is None else points:
        for name, replicates, holds in _judged(results, point, {AS_RUN: {}, **alternatives}, cells):
            words = {"scenario": results.name, "point": point, "label": labels[point]}
            words |= {"definition": name, "changed": _words_of({AS_RUN: {}, **alternatives}[name])}
            rows += [words | row for row in _odds_rows(cells, replicates, holds)]
    return pd.DataFrame(rows)


def _committed(
    results: Results,
    alternatives: Mapping[str, Changes],
    may: Mapping[str, Sequence[Any]],
    must: Sequence[Row],
    points: Sequence[int] | None,
) -> pd.DataFrame:
    """Return what is asked for of a committed table; thresholds count there, not the names that they were given."""
    # Only what was asked for by name must be there; a table without point or thresholds named is given as it was kept.
    texts = None if alternatives is ALTERNATIVES else [_words_of(changes) for changes in alternatives.values()]
    whole = dict(may)
    if texts is not None:
        whole["changed"] = [*texts, np.nan]
    if points is not None:
        whole["point"] = points
    each = [{**one, **other} for one in must for other in every(point=points, changed=texts)]
    return rows_beside(results, DEFINITIONS, whole, each)


def _words_of(changes: Changes) -> str:
    return "; ".join(f"{key} = {value:g}" for key, value in changes.items())


def _odds_rows(cells: Sequence[Cell], replicates: Any, holds: Any) -> list[dict[str, Any]]:
    n = len(replicates)
    size = effective_size(holds, replicates) if n else np.zeros(len(cells))
    rows = []
    for place, cell in enumerate(cells):
        events = int(holds[:, place].sum())
        low, high = interval(events * (size[place] / n), size[place]) if n else (0.0, 1.0)
        row: dict[str, Any] = {"question": cell.question, "horizon_days": cell.day, "n": n, "events": events}
        rows.append(row | {"estimate": events / n if n else None, "low": low, "high": high})
    return rows


def _judged(
    results: Results, point: int, alternatives: Mapping[str, Changes], cells: Sequence[Cell]
) -> list[tuple[str, Any, Any]]:
    """Return name, replicates that finished, and answers, shape (n_replicates, n_cells), for each definition."""
    found: dict[str, list[Any]] = {name: [] for name in alternatives}
    replicates = []
    for rows in chunks(results, point):
        kept = ~rows["failed"].to_numpy(dtype=bool)
        replicates.append(rows["replicate"].to_numpy()[kept])
        for name, columns in judged_columns(results, point, rows, alternatives).items():
            table = pd.DataFrame({cell.column: columns[cell.column] for cell in cells})[kept]
            found[name].append(np.column_stack([cell.holds(table) for cell in cells]))
    which = np.concatenate(replicates)
    return [(name, which, np.concatenate(parts)) for name, parts in found.items()]


def chunks(results: Results, point: int) -> list[pd.DataFrame]:
    """Return all that is judged of a point, some hundred replicates at a time, so that they fit into little memory.

    Parameters
    ----------
    results : Results
        A results folder with daily totals.
    point : int
        The point.
    """
    rows = results.read([name for name in results.columns_of(point) if not _unused(name)], point)
    return [rows.iloc[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK)]


def _unused(name: str) -> bool:
    parameter = name.startswith(INPUT) and not name.startswith(f"{INPUT}{PREFIX}")
    return parameter or name.startswith(("acts_", "killed_", "civilians_", "factor.", "state_at_"))


def judged_columns(
    results: Results, point: int, rows: pd.DataFrame, alternatives: Mapping[str, Changes]
) -> dict[str, dict[str, npt.NDArray[np.generic]]]:
    """Return the outcome columns of some replicates under several definitions.

    Parameters
    ----------
    results : Results
        A results folder with daily totals.
    point : int
        The point.
    rows : DataFrame
        What `chunks` returns.
    alternatives : mapping of str to mapping
        What differs from the definition of the run, by name.

    Returns
    -------
    dict of str to dict
        Columns as `sim.engine.outcomes.Judge.columns` returns them, by name of the definition.
    """
    ground = _ground(results)
    totals = _totals(ground.theatre, rows, int(results.manifest["horizon_days"]))
    milestones = {str(name): rows[name].to_numpy() for name in rows if not str(name).startswith((DAILY, INPUT))}
    own = _own_definition(results, point, rows)
    return {
        name: Judge(ground.theatre, Definitions(**{**own, **changes}), totals, milestones).columns(
            ground.questions, results.manifest["horizons"]
        )
        for name, changes in alternatives.items()
    }


def _ground(results: Results) -> _Ground:
    asked = {question["id"] for question in results.manifest["questions"]}
    theatre, questions = build_theatre(results.manifest["resolved"]["theatre"], results.path)
    return _Ground(theatre, tuple(question for question in questions if question.id in asked))


def _totals(theatre: Theatre, rows: pd.DataFrame, n_days: int) -> DailyTotals:
    names = [str(name) for name in rows if str(name).startswith(DAILY)]
    lengths = rows[f"{DAILY}day"].str.len().to_numpy()
    columns: dict[str, npt.NDArray[np.generic]] = {"start": np.concatenate([[0], np.cumsum(lengths)])}
    columns |= {name.removeprefix(DAILY): np.concatenate(rows[name].to_list()) for name in names}
    return _Remembering.restored(theatre, columns, n_days, len(rows))


def _own_definition(results: Results, point: int, rows: pd.DataFrame) -> dict[str, LaneValues]:
    """Return the thresholds under which a point was run."""
    laws = laws_at(results, point)
    found: dict[str, LaneValues] = {}
    for name in parameters_of(Definitions):
        drawn = f"{INPUT}{PREFIX}{name}"
        if drawn in rows:
            found[name] = rows[drawn].to_numpy(dtype=np.float64)
        else:
            law = laws[f"{PREFIX}{name}"]["law"]
            found[name] = float(law)
    return found
