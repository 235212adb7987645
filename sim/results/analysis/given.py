"""Odds among the histories in which something else came true: what goes with an outcome, not what causes it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from sim.core.arrays import Flags
from sim.core.errors import InputError, nearest
from sim.results.reading.design_columns import has_many_points
from sim.results.reading.question_outcomes import (
    SHARE,
    Cell,
    estimate_shares,
    list_asked,
    list_points,
    list_questions,
    locate_cells,
    read_finished,
    refuse_days,
)
from sim.results.reading.result_table import BOUNDS, HORIZON, POINT, QUESTION, Column, Presentation, ResultTable
from sim.results.reading.store import AGAIN, Results

GIVEN: Final = "given"
LEAST: Final = 100
"""Histories below which no odds are told, and that must show it before one event is said to imply another."""
_WORDS: Final = re.compile(r"(?P<no>not )?(?P<what>.+?)(?: joins)? (?:by|at) (?:day )?(?P<day>\d+)(?: days)?")


@dataclass(frozen=True)
class Premise:
    """Something that came true in some histories, or did not."""

    cell: Cell
    is_met: bool = True

    def __str__(self) -> str:
        return f"{'' if self.is_met else 'not '}{self.cell.question} by {self.cell.day}"

    def holds(self, rows: pd.DataFrame) -> Flags:
        """Return in which rows it is so, shape (n_rows,)."""
        return np.equal(self.cell.holds(rows), self.is_met)


@dataclass(frozen=True)
class Given:
    """The odds of a question among all histories of a point, and among those in which some conditions hold."""

    cell: Cell
    conditions: tuple[Premise, ...]
    all: dict[str, Any]  # n, events, estimate, low, high
    those: dict[str, Any]  # the same; without odds where histories are too few

    @property
    def is_enough(self) -> bool:
        """Whether there are enough histories to tell odds from."""
        return bool(self.those["n"] >= LEAST)


def read_condition(results: Results, text: str) -> Premise:
    """Return a condition of words such as ``Q2 by 30``, ``not O2 by 90`` or ``IRN joins by 60``."""
    found = _WORDS.fullmatch(" ".join(text.split()))
    if found is None:
        raise InputError.single("--if", "", f'"{text}" is no condition; write "Q2 by 30" or "not Q2 by 30"')
    return Premise(_locate(results, "--if", found["what"], int(found["day"]), True), found["no"] is None)


def _locate(results: Results, option: str, what: str, day: int, is_party_known: bool = False) -> Cell:
    last = int(results.manifest["horizon_days"])
    parties = [name for name in results.party_names if f"joined_{name}_day" in results.columns and is_party_known]
    known = [*list_questions(results), *parties]
    if what not in known:
        raise InputError.single(option, "", f'"{what}" is not asked here; {nearest(what, known)}')
    if not 1 <= day <= last:
        raise InputError.single(option, "", f"{day} is out of bounds; it must be between 1 and {last} days")
    if what in parties:
        return Cell(f"{what} joins", day, f"joined_{what}_day", latest=day)
    cells = locate_cells(results, [what], [day])
    if not cells:
        refuse_days(results, [day])
    return cells[0]


def find_given(
    results: Results, conditions: Sequence[str], question: str | None = None, day: int | None = None, point: int = 0
) -> Given:
    """Return the odds of a question, the main one by the last horizon if none is named, where conditions hold.

    Refused where no histories are stored, and where in all of them a condition decides the question, or it the
    condition.
    """
    if not results.blocks:
        raise InputError.single(results.path, "", f"single histories were not kept here; {AGAIN}")
    asked = question or results.manifest["questions"][0]["id"]
    cell = _locate(results, "--question", asked, results.manifest["horizons"][-1] if day is None else day)
    met = tuple(read_condition(results, text) for text in conditions)
    for reason in _explain_implications(results, cell, met):
        if reason:
            raise InputError.single("--if", "", reason)
    return _count(_read(results, point, cell, met), cell, met)


def _read(results: Results, point: int, cell: Cell, conditions: Sequence[Premise]) -> pd.DataFrame:
    columns = dict.fromkeys([cell.column, *(condition.cell.column for condition in conditions)])
    return read_finished(results, point, list(columns))[0]


def _count(rows: pd.DataFrame, cell: Cell, conditions: tuple[Premise, ...]) -> Given:
    holds, replicates = cell.holds(rows)[:, None], rows["replicate"].to_numpy()
    chosen = np.logical_and.reduce([condition.holds(rows) for condition in conditions])
    of_all, of_those = estimate_shares(holds, replicates)[0], estimate_shares(holds[chosen], replicates[chosen])[0]
    if of_those["n"] < LEAST:
        of_those |= dict.fromkeys(("events", "estimate", "low", "high"))
    return Given(cell, conditions, *({name: share[name] for name in SHARE} for share in (of_all, of_those)))


def _explain_implications(results: Results, cell: Cell, conditions: Sequence[Premise]) -> list[str]:
    """Return how each condition and a question decide each other in all stored histories of all points; else nothing.

    Words of a question tell no machine what it implies, so the histories say it, where there are enough.
    """
    # How often the condition holds, the question, and both.
    numbers = np.zeros((3, len(conditions)), dtype=np.int64)
    for point, _ in list_points(results):
        rows = _read(results, point, cell, conditions)
        comes, meets = cell.holds(rows)[:, None], np.column_stack([condition.holds(rows) for condition in conditions])
        numbers += [meets.sum(axis=0), np.broadcast_to(comes.sum(), len(conditions)), (meets & comes).sum(axis=0)]
    return [_explain(cell, *one) for one in zip(conditions, *numbers.tolist(), strict=True)]


def _explain(cell: Cell, condition: Premise, met: int, came: int, both: int) -> str:
    event = f"{cell.question} by {cell.day}"
    if condition.cell.question == cell.question and (condition.is_met or condition.cell.day >= cell.day):
        return f'"{condition}" asks for {cell.question} itself; name another event, or one that has not come before'
    if met >= LEAST and both in (0, met):
        word = "every one" if both else "none"
        return f'"{condition}" decides "{event}": of all {met:,} histories in which it holds, {word} has that too'
    if came >= LEAST and both == came:
        return f'"{event}" implies "{condition}": it holds in all {came:,} histories that have that'
    return ""


def compute_given(results: Results) -> pd.DataFrame:
    """Return the odds of the main question by the last horizon, given each other question by each horizon.

    Where enough histories tell it and neither decides the other.
    """
    main, *others = list_asked(results)
    days = results.manifest["horizons"]
    cell = locate_cells(results, [main], days[-1:])[0]
    conditions = [Premise(one) for one in locate_cells(results, others, days)]
    reasons = _explain_implications(results, cell, conditions) if conditions else []
    told = [condition for condition, reason in zip(conditions, reasons, strict=True) if not reason]
    table = []
    for point, _ in list_points(results):
        rows = _read(results, point, cell, told)
        for found in (_count(rows, cell, (condition,)) for condition in told):
            if found.is_enough:
                row = {"point": point, "question": main, "horizon_days": cell.day, "given": str(found.conditions[0])}
                table.append(row | found.those | {"odds": found.all["estimate"]})
    return pd.DataFrame(table, columns=GIVEN_TABLE.column_names[1:])


GIVEN_TABLE: Final = ResultTable(
    name=GIVEN,
    row="odds of the main question among the histories in which another came by a horizon; what goes with it, no cause",
    columns=(
        *(POINT, QUESTION, HORIZON),
        Column("given", "", "what came by a day"),
        Column("n", "1", f"replicates in which it did, at least {LEAST}"),
        Column("events", "1", "replicates of these in which the question was answered by yes"),
        Column("estimate", "1", "odds among these"),
        *BOUNDS,
        Column("odds", "1", "odds among all replicates of the point"),
    ),
    position=13,
    where="sweeps of up to 10 points",
    compute=compute_given,
    presentation=Presentation((GIVEN,), position=11, pictures=("odds_pictures.given",)),
    applies=lambda results: not has_many_points(results),
)
