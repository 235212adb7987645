"""A sweep of invented histories in which nothing is like anything else, as plain lists, and the folder of it.

No two points, questions, horizons, places, parties or dyads share a value, replicates that failed differ between
points, and a row that failed holds numbers that would be seen in any table that counted it. What a table says of the
folder can be counted again by loops over these lists, and a sweep whose names are others must give the same numbers
under them.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from uneven_histories import (
    COUNTED,
    DEFINITION,
    DYADS,
    FAILED,
    HORIZON_DAYS,
    HORIZONS,
    INPUTS,
    OWN_INPUT,
    PARTIES,
    QUESTIONS,
    REPLICATES,
    RUNGS,
    STATES,
    Row,
    draw_histories,
    draw_inputs,
)

from sim.results.reading.store import Results
from sim.scenario.design import BASE, Design, Factor, Point, full_factorial
from sim.scenario.shared_draws import LABELS
from sim.sweeps.blocks import split_blocks
from sim.sweeps.compute_block import build_table, serialise

BLOCK_SIZE = 24


@dataclass(frozen=True)
class Uneven:
    """A sweep: its names, and a row for each replicate of each point; lists of acts stand under ``acts``."""

    factors: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]  # of each point
    rows: tuple[tuple[Row, ...], ...]  # of each point
    questions: tuple[dict[str, Any], ...]
    parties: tuple[dict[str, str], ...]
    dyads: tuple[str, ...]
    laws: dict[str, dict[str, str]]
    own_laws: tuple[dict[str, dict[str, str]], ...]  # of each point, beside those of all
    design: Design
    is_numbered: bool
    seed: int = 11

    @property
    def places(self) -> list[str]:
        return [party["location"] for party in self.parties]

    def points(self) -> list[Point]:
        """Return the points of the design, in the order of the folder."""
        labels = [tuple(zip(self.factors, levels, strict=True)) for levels in self.levels]
        keys = [tuple((factor, 0) for factor, level in one if level != BASE) for one in labels]
        return [Point(i, keys[i], labels[i], self.is_numbered) for i in range(len(self.levels))]

    def finished(self, point: int) -> list[Row]:
        """Return the rows that finished."""
        return [row for row in self.rows[point] if not row["failed"]]

    def finished_everywhere(self) -> list[list[Row]]:
        """Return for each point the rows of the replicates that finished at all of them."""
        gone = {row["replicate"] for rows in self.rows for row in rows if row["failed"]}
        return [[row for row in rows if row["replicate"] not in gone] for rows in self.rows]

    def outcomes(self, outcome: str, day: int) -> tuple[list[list[float]], list[int]]:
        """Return whether an outcome came, or the killed of all places, at each point in these, and their replicates."""
        rows = self.finished_everywhere()

        def value(row: Row) -> float:
            if outcome == "killed":
                return float(sum(row[f"killed_{place}_at_{day}"] for place in self.places))
            return float(holds(row, outcome, day))

        return [[value(row) for row in at_point] for at_point in rows], [row["replicate"] for row in rows[0]]

    def reordered(self, order: Sequence[int]) -> Uneven:
        """Return the sweep with its points in another order."""
        parts = {name: tuple(getattr(self, name)[i] for i in order) for name in ("levels", "rows", "own_laws")}
        return replace(self, **parts)

    def renamed(self, names: Mapping[str, str]) -> Uneven:
        """Return the sweep with other words in the place of some."""
        kept = ("design", "is_numbered", "seed")
        return replace(self, **{name: rename(value, names) for name, value in vars(self).items() if name not in kept})

    def permuted(self, places: Sequence[int]) -> Uneven:
        """Return the sweep with its replicates in another order: ``places`` are those that they are taken from."""
        return replace(
            self, rows=tuple(tuple(rows[old] | {"replicate": i} for i, old in enumerate(places)) for rows in self.rows)
        )

    def write(self, folder: Path, block_size: int = BLOCK_SIZE) -> Results:
        """Write the folder of the sweep and open it."""
        (folder / "blocks").mkdir(parents=True)
        (folder / "manifest.json").write_text(json.dumps(self.manifest(block_size)))
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["point", "label", *self.factors])
        writer.writerows([p.index, p.label, *dict(p.labels).values()] for p in self.points())
        (folder / "points.csv").write_text(text.getvalue())
        for block in split_blocks(len(self.levels), len(self.rows[0]), block_size):
            rows = self.rows[block.point][block.start : block.start + block.count]
            inputs = {key.removeprefix("input."): _column(rows, key) for key in rows[0] if key.startswith("input.")}
            beside = {key for key in rows[0] if key.startswith("input.")} | {"acts", "replicate"}
            outputs = {key: _column(rows, key) for key in rows[0] if key not in beside}
            point = self.points()[block.point]
            table = build_table(point, block.replicates, inputs, outputs, _daily(rows))
            (folder / "blocks" / block.name).write_bytes(serialise(table, {}))
        return Results.open(folder)

    def theatre(self) -> dict[str, Any]:
        """Return the theatre as its file would have it, for whoever judges the acts again."""
        left, far, right, grand = (party["id"] for party in self.parties)
        beside = {"killed_since_start": {"location": self.parties[2]["location"], "threshold": 14}}
        questions = [{name: q[name] for name in ("id", "text", "kind")} for q in self.questions]
        return {
            "name": "Uneven",
            "party": list(self.parties),
            "dyad": [dict(zip(("sender", "target"), dyad.split("-"), strict=True)) for dyad in self.dyads],
            "front": {"id": "front", "name": "Front", "side_a": [left], "side_b": [right]},
            "joiner": [{"party": far}, {"party": grand}],
            "region": {"parties": [far, grand], "exchange": [far, left], "general": [left, far]},
            "rung": [{"level": level, "name": f"rung {level}"} for level in RUNGS],
            "question": [q | beside.get(q["kind"], {}) for q in questions],
        }

    def manifest(self, block_size: int = BLOCK_SIZE) -> dict[str, Any]:
        """Return what the folder says of itself."""
        labels = [law["label"] for law in self.laws.values()]
        counts = {label.removeprefix("from "): labels.count(label) for label in LABELS}
        own = {point.label: laws for point, laws in zip(self.points(), self.own_laws, strict=True) if laws}
        resolved: dict[str, Any] = {"parameters": self.laws, "parameters_of_points": own, "theatre": self.theatre()}
        if self.design != Design():
            words = {"kind": self.design.kind, "luck": self.design.luck, "seed": self.design.seed}
            resolved["design"] = words | {"points": self.design.size}
        return {
            "name": "uneven",
            "title": "Uneven",
            "digest": "",
            "seed": self.seed,
            "replicates": len(self.rows[0]),
            "points": len(self.levels),
            "block_size": block_size,
            "horizon_days": HORIZON_DAYS,
            "horizons": list(HORIZONS),
            "questions": list(self.questions),
            "parties": list(self.parties),
            "dyads": list(self.dyads),
            "states": list(STATES),
            "front": "Left-Right",
            "labels": counts | {"parameters": len(self.laws)},
            "sources": {key: law["source"] for key, law in self.laws.items()},
            "resolved": resolved,
        }


def _column(rows: Sequence[Row], key: str) -> np.ndarray:
    values = np.array([row[key] for row in rows])
    kinds = {"state_at": np.int8, "first_to_join": np.int64, "joined": np.int64}
    is_whole = not key.endswith("_day")
    kind = next((kind for start, kind in kinds.items() if key.startswith(start) and is_whole), None)
    return values if kind is None else values.astype(kind)


def _daily(rows: Sequence[Row]) -> dict[str, np.ndarray]:
    lengths = [len(row["acts"]) for row in rows]
    acts = np.array([act for row in rows for act in row["acts"]], dtype=np.int64).reshape(-1, 3 + len(COUNTED))
    names = ("dyad", "rung", "day", *COUNTED)
    return {"start": np.cumsum([0, *lengths])} | dict(zip(names, acts.T.astype(np.int32), strict=True))


def uneven(
    factors: Mapping[str, Sequence[str]] | None = None,
    *,
    points: Sequence[Sequence[str]] | None = None,
    design: Design | None = None,
    effect: Callable[[int], float] = lambda point: 0.25 * point * (-1) ** point,
    is_numbered: bool = False,
    seed: int = 5,
) -> Uneven:
    """Return a sweep over all combinations of the levels of some factors, or over given points.

    `effect` says how much earlier everything comes at a point, on a scale on which 1 is much.
    """
    factors = {"lever": ("as it is", "more", "less", "hardly any")} if factors is None else factors
    given = [p.labels for p in full_factorial([Factor(k, tuple(v), tuple(v)) for k, v in factors.items()])]
    levels = [tuple(label for _, label in labels) for labels in given] if points is None else [*map(tuple, points)]
    rng = np.random.default_rng(seed)
    drawn, luck = draw_inputs(rng), rng.random((len(levels) + 1, 12, REPLICATES))
    rows, own_laws = [], []
    for point in range(len(levels)):
        is_own = point == 1 and len(levels) <= len(FAILED)
        own = {OWN_INPUT: np.float32(luck[point + 1, 11])} if is_own else {}
        own_laws.append(
            {OWN_INPUT: {"law": "beta(a 2.0, b 2.0)", "source": "assumption", "label": "judgement"}} if is_own else {}
        )
        shared = 0.7 * luck[0] + 0.3 * luck[point + 1]
        rows.append(tuple(draw_histories(rng, drawn | own, shared, effect(point), FAILED[point % len(FAILED)])))
    questions = tuple({"id": q, "text": f"{q} comes", "kind": k, "is_state": q == "Q9"} for q, k in QUESTIONS)
    return Uneven(
        tuple(factors),
        tuple(levels),
        tuple(rows),
        questions,
        tuple({"id": party, "name": f"The {party}", "location": place} for party, place in PARTIES),
        tuple(f"{sender}-{target}" for sender, target in DYADS),
        {key: dict(zip(("law", "source", "label"), words, strict=True)) for key, words in INPUTS.items()}
        | {
            f"definition.{name}": {"law": str(value), "source": "S2.4", "label": "judgement"}
            for name, value in DEFINITION.items()
        },
        tuple(own_laws),
        Design() if design is None else design,
        is_numbered,
    )


def rename(value: Any, names: Mapping[str, str]) -> Any:
    """Return words, or what holds some, with others in their place, wherever they stand alone between other signs."""
    if isinstance(value, str):
        words = "|".join(map(re.escape, names))
        return re.sub(rf"(?<![A-Za-z0-9])({words})(?![A-Za-z0-9])", lambda match: names[match[0]], value)
    if isinstance(value, dict):
        return {rename(key, names): rename(inner, names) for key, inner in value.items()}
    if isinstance(value, pd.DataFrame):
        return value.rename(columns=lambda name: rename(str(name), names)).map(lambda cell: rename(cell, names))
    return type(value)(rename(inner, names) for inner in value) if isinstance(value, list | tuple) else value


def holds(row: Row, question: str, day: int) -> bool:
    """Return whether the answer is yes by a day, or on it, in a row of the uneven sweep."""
    if question[0] == "O":
        return row[f"state_at_{day}"] == int(question[1])
    return row[f"Q9_at_{day}"] if question == "Q9" else row[f"{question}_day"] <= day


def assert_table(table: pd.DataFrame, expected: Sequence[Row], *, rel: float = 1e-9, abs: float = 1e-12) -> None:
    """Fail where a table has other columns, other rows or another order; None and no number are alike."""
    assert list(table.columns) == list(expected[0])
    assert len(table) == len(expected)
    for found, wanted in zip(table.to_dict("records"), expected, strict=True):
        for name, value in wanted.items():
            if isinstance(value, str | bool):
                assert found[name] == value, (name, wanted)
            else:
                number = math.nan if value is None else value
                assert found[name] == pytest.approx(number, rel=rel, abs=abs, nan_ok=True), (name, wanted)
