"""Read how a sweep chooses its points: the table ``[design]``, and the factors as that design takes them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from sim.core.errors import nearest
from sim.core.parameters import SEEDS, Interval
from sim.core.toml_table import Table
from sim.scenario.design import (
    BASE,
    FULL_FACTORIAL,
    KINDS,
    LIST,
    LUCKS,
    MORRIS,
    ONE_AT_A_TIME,
    PAIRED,
    SALTELLI,
    SAMPLED,
    SOBOL,
    Design,
    Factor,
    Point,
    full_factorial,
    one_at_a_time,
    point_at,
)
from sim.scenario.factor_file import FactorContext, labels_of, read_factor, read_level
from sim.scenario.samplers import is_power_of_two, sampled

_MOST_POINTS: Final = 1_000_000
"""Points of any design: what a table of points can hold at ease."""


def read_design(table: Table) -> Design | None:
    """Read the table ``[design]``; None and a problem where its kind is not known.

    Parameters
    ----------
    table : Table
        ``kind``, ``points``, ``seed`` and ``luck``; empty for every combination of levels.
    """
    kind = table.one_of("kind", list(KINDS), FULL_FACTORIAL)
    luck = table.one_of("luck", list(LUCKS), PAIRED)
    if not kind:
        return None
    size, seed = 0, 1
    rows: tuple[Mapping[str, Any], ...] = ()
    if kind in SAMPLED:
        size = table.integer("points", Interval(2, _MOST_POINTS))
        seed = table.integer("seed", SEEDS, 1)
        if kind in (SOBOL, SALTELLI) and size and not is_power_of_two(size):
            below = 2 ** (size.bit_length() - 1)
            table.add("points", f"{size} is no power of two, which keeps this design balanced: {below} or {2 * below}")
    elif kind == LIST:
        rows = tuple(row.values for row in table.tables("points"))
        if not rows and "points" not in table.values:
            table.add("points", "is missing: a list needs its points, [[design.points]]")
    else:
        for name in table.values.keys() & {"points", "seed"}:
            table.take(name)
            table.add(name, f'belongs to a sampled design; this is "{kind}", and sampled are {", ".join(SAMPLED)}')
    table.finish()
    return Design(kind, size, seed, luck, rows)


def read_factors(tables: Iterable[Table], design: Design, context: FactorContext) -> list[Factor]:
    """Read what a design varies.

    Parameters
    ----------
    tables : iterable of Table
        The tables ``[[factor]]``.
    design : Design
        The design that the factors belong to.
    context : FactorContext
        What a factor can refer to.
    """
    factors = []
    for table in tables:
        factor = read_factor(table, context, design.kind)
        if factor is not None:
            factors.append(factor)
            if design.kind in (ONE_AT_A_TIME, LIST) and BASE in factor.labels:
                table.add("levels", f'"{BASE}" is how a point that leaves the factor is called; choose another label')
    return factors


def placed(
    factors: list[Factor], design: Design, root: Table, context: FactorContext
) -> tuple[tuple[Factor, ...], tuple[Point, ...]]:
    """Return the factors with all their levels, and the points of a design.

    Parameters
    ----------
    factors : list of Factor
        What `read_factors` returned, without problems.
    design : Design
        The design.
    root : Table
        The scenario, for problems of points given by hand.
    context : FactorContext
        What a factor can refer to.
    """
    if design.kind == LIST:
        return _listed(factors, design, root, context)
    count = _count(factors, design)
    if count > _MOST_POINTS:
        key = "design.points" if design.is_sampled else "factor"
        root.add(key, f"{count:,} points; at most {_MOST_POINTS:,}")
        return (), ()
    if design.kind == FULL_FACTORIAL:
        return tuple(factors), tuple(full_factorial(factors))
    if not factors:
        root.add("design.kind", f'"{design.kind}" needs something to vary: [[factor]]')
        return (), ()
    if design.kind == ONE_AT_A_TIME:
        return tuple(factors), tuple(one_at_a_time(factors))
    filled, points = sampled(factors, design)
    return filled, tuple(points)


def _count(factors: list[Factor], design: Design) -> int:
    """Return how many points a design has, without making them."""
    if design.kind == FULL_FACTORIAL:
        return math.prod(len(factor.levels) for factor in factors)
    if design.kind == ONE_AT_A_TIME:
        return 1 + sum(len(factor.levels) for factor in factors)
    rows = {SALTELLI: len(factors) + 2, MORRIS: len(factors) + 1}
    return design.size * rows.get(design.kind, 1)


def _listed(
    declared: list[Factor], design: Design, root: Table, context: FactorContext
) -> tuple[tuple[Factor, ...], tuple[Point, ...]]:
    """Return the points given by hand: labels of the factors that are declared, and values of parameters."""
    factors = {factor.key: factor for factor in declared}
    choices: list[dict[str, int]] = []
    for i, row in enumerate(design.rows):
        table = Table(row, f"design.points[{i}]", root.problems)
        choice = {}
        for key in row:
            place = _level_of(table, key, factors, context)
            if place is not None:
                choice[key] = place
        if choice in choices:
            root.add(table.path, f"is the same point as design.points[{choices.index(choice)}]")
        choices.append(choice)
    made = tuple(factors.values())
    return made, tuple(point_at(i, made, choice) for i, choice in enumerate(choices))


def _level_of(table: Table, key: str, factors: dict[str, Factor], context: FactorContext) -> int | None:
    """Return the place of a level; a value that is new becomes a level of its parameter."""
    known = context.known()
    value = table.values[key]
    if key in factors and (key not in known or isinstance(value, str)):
        labels = factors[key].labels
        if value not in labels:
            table.add(key, f"{value!r} is no level of it; {nearest(str(value), labels)}")
            return None
        return labels.index(value)
    if key not in known:
        table.add(key, f"is neither a factor nor a parameter; {nearest(key, [*factors, *known])}")
        return None
    setting = read_level(table, key, known[key], context)
    if setting is None:
        return None
    factor = factors.get(key, Factor(key, (), ()))
    if setting not in factor.levels:
        label = labels_of([value])[0]
        labels = (*factor.labels, str(value) if label in factor.labels else label)
        factor = factors[key] = replace(factor, levels=(*factor.levels, setting), labels=labels)
    return factor.levels.index(setting)


def described(design: Design, points: tuple[Point, ...], digest: str) -> Mapping[str, Any]:
    """Return a design as plain values.

    Parameters
    ----------
    design : Design
        The design.
    points : tuple of Point
        Its points.
    digest : str
        What stands for the levels at all points.
    """
    found: dict[str, Any] = {"kind": design.kind, "luck": design.luck}
    if design.is_sampled:
        return found | {"points": design.size, "seed": design.seed, "sha256": digest}
    return found | ({"points": [dict(point.labels) for point in points]} if design.kind == LIST else {})
