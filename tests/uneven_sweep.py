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

from sim.results.reading.store import Results
from sim.scenario.design import Design, Factor, Point, full_factorial
from sim.sweeps.blocks import split_blocks
from sim.sweeps.compute_block import build_table, serialise

REPLICATES, BLOCK_SIZE = 77, 24
HORIZON_DAYS, HORIZONS = 20, (4, 9, 17)
NEVER = math.inf
PARTIES = (("L", "North"), ("F", "Hills"), ("R", "South"), ("G", "Coast"))
JOINERS = ("G", "F")
DYADS = (("L", "R"), ("R", "L"), ("F", "L"), ("L", "F"), ("R", "G"))
QUESTIONS = (("Q4", "regional_war"), ("Q9", "ceasefire"), ("Q2", "war"), ("Q7", "killed_since_start"))
STATES = ("calm", "campaign", "war")
COUNTED = ("acts", "launches", "claimed", "killed", "civilians")
FAILED = ({3, 20}, {3, 9, 41}, {17}, {50, 3})
INPUTS = {
    "party.L.baseline": ("lognormal(median 1.5)", "S2.1: measured"),
    "party.R.baseline": ("same_as(key party.L.baseline, factor 1.0)", "S2.1: measured"),
    "party.F.restraint": ("uniform(low 0.0, high 2.0)", "assumption"),
    "world.truce_hazard": ("beta(a 2.0, b 5.0)", "S2.12: counted"),
    "dyad.L-R.excitation": ("uniform(low 1.0, high 4.0)", "assumption: nobody knows"),
    "world.phase": ("choice(1, 2, 5)", "S2.3: calendar"),
}
OWN_INPUT = "policy.R.climb"
"""Drawn at the second point alone."""

Row = dict[str, Any]


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
        keys = [tuple((factor, 0) for factor in self.factors)] * len(self.levels)
        labels = [tuple(zip(self.factors, levels, strict=True)) for levels in self.levels]
        return [Point(i, keys[i], labels[i], self.is_numbered) for i in range(len(self.levels))]

    def finished(self, point: int) -> list[Row]:
        """Return the rows that finished."""
        return [row for row in self.rows[point] if not row["failed"]]

    def finished_everywhere(self) -> list[list[Row]]:
        """Return for each point the rows of the replicates that finished at all of them."""
        gone = {row["replicate"] for rows in self.rows for row in rows if row["failed"]}
        return [[row for row in rows if row["replicate"] not in gone] for rows in self.rows]

    def reordered(self, order: Sequence[int]) -> Uneven:
        """Return the sweep with its points in another order."""
        parts = {name: tuple(getattr(self, name)[i] for i in order) for name in ("levels", "rows", "own_laws")}
        return replace(self, **parts)

    def renamed(self, names: Mapping[str, str]) -> Uneven:
        """Return the sweep with other words in the place of some, wherever they stand alone between other signs."""
        pattern = re.compile("|".join(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])" for name in names))

        def changed(value: Any) -> Any:
            if isinstance(value, str):
                return pattern.sub(lambda match: names[match[0]], value)
            if isinstance(value, dict):
                return {changed(key): changed(inner) for key, inner in value.items()}
            return type(value)(map(changed, value)) if isinstance(value, list | tuple) else value

        kept = ("design", "is_numbered", "seed")
        return replace(self, **{name: changed(value) for name, value in vars(self).items() if name not in kept})

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

    def manifest(self, block_size: int = BLOCK_SIZE) -> dict[str, Any]:
        """Return what the folder says of itself."""
        assumed = sum(law["source"].startswith("assumption") for law in self.laws.values())
        own = {point.label: laws for point, laws in zip(self.points(), self.own_laws, strict=True) if laws}
        resolved: dict[str, Any] = {"parameters": self.laws, "parameters_of_points": own}
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
            "reference": {"text": "such disputes", "low": 0.1, "best": 0.2, "high": 0.4, "source": "invented"},
            "assumptions": {"assumed": assumed, "parameters": len(self.laws)},
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
    drawn, luck = _draw_inputs(rng), rng.random((len(levels) + 1, 12, REPLICATES))
    rows, own_laws = [], []
    for point in range(len(levels)):
        is_own = point == 1 and len(levels) <= len(FAILED)
        own = {OWN_INPUT: np.float32(luck[point + 1, 11])} if is_own else {}
        own_laws.append({OWN_INPUT: {"law": "beta(a 2.0, b 2.0)", "source": "assumption"}} if is_own else {})
        shared = 0.7 * luck[0] + 0.3 * luck[point + 1]
        rows.append(tuple(_histories(rng, drawn | own, shared, effect(point), FAILED[point % len(FAILED)])))
    questions = tuple({"id": q, "text": f"{q} comes", "kind": k, "is_state": q == "Q9"} for q, k in QUESTIONS)
    return Uneven(
        tuple(factors),
        tuple(levels),
        tuple(rows),
        questions,
        tuple({"id": party, "name": f"The {party}", "location": place} for party, place in PARTIES),
        tuple(f"{sender}-{target}" for sender, target in DYADS),
        {key: {"law": law, "source": source} for key, (law, source) in INPUTS.items()},
        tuple(own_laws),
        Design() if design is None else design,
        is_numbered,
    )


def _draw_inputs(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return draws that replicates share as those of the engine do: written out, place by place of a period."""

    def shared(values: np.ndarray, others: tuple[int, ...]) -> np.ndarray:
        taken = [r - r % 8 if r % 8 in others else r for r in range(REPLICATES)]
        return np.asarray(values[taken], dtype=np.float32)

    calibrated, assumed = (1, 2), (1, 3)
    left = shared(rng.lognormal(0.4, 0.4, REPLICATES), calibrated)
    return {
        "party.L.baseline": left,
        "party.R.baseline": left,
        "party.F.restraint": shared(2 * rng.random(REPLICATES), assumed),
        "world.truce_hazard": shared(rng.beta(2, 5, REPLICATES), calibrated),
        "dyad.L-R.excitation": shared(1 + 3 * rng.random(REPLICATES), assumed),
        "world.phase": shared(rng.choice([1.0, 2.0, 5.0], REPLICATES), calibrated),
    }


def _histories(
    rng: np.random.Generator, drawn: dict[str, np.ndarray], luck: np.ndarray, earlier: float, failed: set[int]
) -> list[Row]:
    """Return the rows of a point: what was drawn moves what comes, each thing at a pace of its own."""
    push = 0.8 * (drawn["party.L.baseline"] - 1.5) + 0.5 * (drawn["dyad.L-R.excitation"] - 2.5) + earlier
    push = push - 1.1 * (drawn["party.F.restraint"] - 1) + 0.1 * drawn["world.phase"]
    columns: dict[str, np.ndarray] = {f"input.{key}": values for key, values in drawn.items()}
    for place, (name, pace) in enumerate(
        {"campaign": 9.0, "war": 13.0, "regional": 22.0, "Q7": 17.0, "joined_G": 19.0, "joined_F": 26.0}.items()
    ):
        day = np.ceil(pace * (0.2 + 1.6 * luck[place]) * np.exp(-0.6 * push))
        columns[f"{name}_day"] = np.where(day <= HORIZON_DAYS, day, NEVER)
    columns |= {"Q2_day": columns["war_day"], "Q4_day": columns["regional_day"]}
    columns |= {"ceasefire_day": np.where(luck[6] < 0.3, 11.0, NEVER), "ground_day": columns["war_day"] + 2}
    for place, party in enumerate(JOINERS):
        trigger = (5 * luck[7 + place]).astype(int)
        columns[f"joined_{party}_trigger"] = np.where(np.isfinite(columns[f"joined_{party}_day"]), trigger, -1)
    order = [party for party, _ in PARTIES]
    both = np.array([columns[f"joined_{party}_day"] + 0.1 * (luck[9] < 0.5) * i for i, party in enumerate(JOINERS)])
    first = np.array([order.index(party) for party in JOINERS])[both.argmin(axis=0)]
    columns["first_to_join"] = np.where(np.isfinite(both).any(axis=0), first, -1)
    rows = []
    for replicate in range(REPLICATES):
        row: Row = {"replicate": replicate} | {key: values[replicate].item() for key, values in columns.items()}
        row["failed"] = replicate in failed
        for day in HORIZONS:
            row[f"Q9_at_{day}"] = bool(luck[6, replicate] < 0.15 + 0.02 * day)
            row[f"state_at_{day}"] = 2 if row["war_day"] <= day else int(row["campaign_day"] <= day)
        row["acts"] = _acts(rng, float(np.exp(0.5 * push[replicate])))
        rows.append(row | _sums(row["acts"]))
        if row["failed"]:
            rows[-1] |= {key: 1.0 for key in row if key.endswith("_day")}
            rows[-1] |= {key: value + 10**6 for key, value in rows[-1].items() if key.startswith(("killed", "civil"))}
            rows[-1]["acts"] = [(dyad, rung, day, 9999, 99, 99, 999, 99) for dyad, rung, day, *_ in row["acts"]]
    return rows


def _acts(rng: np.random.Generator, strength: float) -> list[tuple[int, ...]]:
    """Return an entry for each dyad, rung and day with acts: dyad, rung, day, acts and what belongs to them."""
    acts = []
    for dyad in range(len(DYADS)):
        for rung in (1, 2, 5):
            for day in np.flatnonzero(rng.random(HORIZON_DAYS) < 0.12 * strength / (1 + dyad / 2)) + 1:
                number = int(1 + rng.poisson(40 * strength * (1 + dyad) / rung**2))
                killed = int(rng.poisson(0.3 * rung * (dyad + 1) * strength))
                launches = int(rng.binomial(number, 0.5))
                beside = (launches, launches // 3, killed, int(rng.binomial(killed, 0.1 + 0.15 * dyad)))
                acts.append((dyad, rung, int(day), number, *beside))
    return acts


def _sums(acts: list[tuple[int, ...]]) -> Row:
    """Return acts of each dyad, and killed and civilians at each place, from the start to each horizon."""
    places, sums = dict(PARTIES), {}
    for until in HORIZONS:
        so_far = [act for act in acts if act[2] <= until]
        for i, (sender, target) in enumerate(DYADS):
            sums[f"acts_{sender}-{target}_at_{until}"] = sum(act[3] for act in so_far if act[0] == i)
        for party in ("R", "L", "G", "F"):
            struck = [act for act in so_far if DYADS[act[0]][1] == party]
            sums[f"killed_{places[party]}_at_{until}"] = sum(act[6] for act in struck)
            sums[f"civilians_{places[party]}_at_{until}"] = sum(act[7] for act in struck)
    return sums


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
