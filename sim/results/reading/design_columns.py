"""What a sweep varied, as its folder tells it, and of which days tables tell: fewer where points are many."""

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from sim.core.arrays import Integers
from sim.core.errors import InputError
from sim.results.reading.question_outcomes import list_points
from sim.results.reading.store import Results
from sim.scenario.design import INDEPENDENT, MORRIS, SALTELLI, Design
from sim.scenario.shared_draws import INFORMED, ROW_LAW
from sim.sweeps.blocks import INPUT

LABEL_COUNTS: Final = (
    "labels"  # entry of a manifest that counts the parameters by what they rest on, if not an older one
)


def read_design(results: Results) -> Design:
    """Return how the points of a results folder were chosen."""
    design = results.manifest.get("resolved", {}).get("design")
    if design is None:
        return Design()
    size = design["points"] if isinstance(design.get("points"), int) else 0
    return Design(design["kind"], size, design.get("seed", 1), design["luck"])


def is_paired(results: Results) -> bool:
    """Return whether the points share the luck of their histories."""
    return read_design(results).luck != INDEPENDENT


def list_factors(results: Results) -> list[str]:
    """Return the keys of what a sweep varied."""
    return [str(name) for name in results.points.columns if name not in ("point", "label")]


def read_factor_values(results: Results) -> pd.DataFrame:
    """Return the level at each point of each factor that has more than one; numbers where all of them are."""
    table = results.points.set_index("point")[list_factors(results)]
    table = table.loc[:, (table != table.iloc[0]).any()]
    numbers = table.apply(pd.to_numeric, errors="coerce").astype(float)
    return table.assign(**numbers.dropna(axis="columns").to_dict("series"))


def require_complete(results: Results, kind: str) -> None:
    """Refuse a folder that lacks a point of its design, of a kind whose analysis needs all."""
    there, wanted = len(list_points(results)), int(results.manifest["points"])
    if there < wanted:
        words = f'the analysis of a "{kind}" design needs all its points; {there} of {wanted} are there'
        raise InputError.single(results.path, "", words)


def group_points(results: Results) -> Integers:
    """Return the group of each point, shape (n_points,): points that were not placed independently of each other.

    From 0: the base point of a Saltelli design, the trajectory of a Morris design, the point itself elsewhere.
    """
    points = np.arange(int(results.manifest["points"]))
    size = {SALTELLI: len(list_factors(results)) + 2, MORRIS: len(list_factors(results)) + 1}
    groups: Integers = points // size.get(read_design(results).kind, 1)
    return groups


def read_laws(results: Results, point: int) -> dict[str, Mapping[str, Any]]:
    """Return law and source of every parameter at a point, as texts."""
    resolved = results.manifest["resolved"]
    row = results.points.set_index("point").loc[point]
    laws = {**resolved["parameters"], **resolved["parameters_of_points"].get(row["label"], {})}
    if not read_design(results).is_sampled:
        return laws
    # The values of a sampled design stand in the table of its points alone.
    for key in list_factors(results):
        if key in laws and is_number(row[key]):
            laws[key] = {**laws[key], "law": row[key]}
    return laws


def find_drawn_labels(results: Results, point: int) -> set[str] | None:
    """Return the labels by which a point shares its draws, whole rows of a posterior as informed; None if not noted."""
    laws = read_laws(results, point)
    drawn = [laws[name.removeprefix(INPUT)] for name in results.columns_of(point) if name.startswith(INPUT)]
    labels = {INFORMED if law["law"].startswith(f"{ROW_LAW}(") else law.get("label", "") for law in drawn}
    return labels if "" not in labels else None


def is_number(law: Any) -> bool:
    """Return whether a law, or a level, is one finite number."""
    try:
        return math.isfinite(float(law))
    except ValueError:
        return False


MOST_POINTS: Final = 10  # points of a sweep up to which tables with many rows for each tell as much of every one
_STEP_DAYS: Final = 5
_STEP_DAYS_OF_SWEEP: Final = 15
_EVERY_DAY_UNTIL: Final = 30
_WEEK: Final = 7


def has_many_points(results: Results) -> bool:
    """Return whether a sweep has so many points that tables tell less of each."""
    return bool(results.manifest["points"] > MOST_POINTS)


def choose_curve_days(results: Results) -> Integers:
    """Return the days at which curves are told, rising, shape (n_days,): from 0, and the horizons among them.

    Every fifth of one point, every fifteenth of several.
    """
    step = _STEP_DAYS if results.manifest["points"] == 1 else _STEP_DAYS_OF_SWEEP
    every = range(step, int(results.manifest["horizon_days"]) + 1, step)
    return np.array(sorted({0, *every, *results.manifest["horizons"]}))


def choose_fan_days(results: Results) -> Integers:
    """Return the days that fans tell, rising, the horizons among them, shape (n_days,).

    Each to day 30, then each week; each fifteenth where there are several points.
    """
    last = int(results.manifest["horizon_days"])
    if results.manifest["points"] == 1:
        days = {*range(1, min(last, _EVERY_DAY_UNTIL) + 1), *range(_EVERY_DAY_UNTIL + _WEEK, last + 1, _WEEK)}
    else:
        days = {1, *range(_STEP_DAYS_OF_SWEEP, last + 1, _STEP_DAYS_OF_SWEEP)}
    return np.array(sorted({*days, *results.manifest["horizons"], last}))
