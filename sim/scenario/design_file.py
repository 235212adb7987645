"""Read how a sweep chooses its points: the table ``[design]``, and the factors as that design takes them."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from sim.core.errors import nearest
from sim.core.parameters import SEEDS, Interval
from sim.core.toml_table import Key, TableKeys, TomlTable
from sim.scenario import design as designs
from sim.scenario.design import BASE, Design, Factor, Point, make_point
from sim.scenario.factor_file import FactorContext, name_levels, read_factor, read_level
from sim.scenario.samplers import is_power_of_two, sample_points
from sim.scenario.settings import SETTING, explain_unknown, flatten_paths

_MOST_POINTS: Final = 1_000_000  # points of any design: what a table of points can hold at ease

_POINT: Final = TableKeys(other=Key(SETTING))
DESIGN: Final = TableKeys(
    {
        "kind": Key("one_of", "how the points are chosen", default=designs.FULL_FACTORIAL, valid=designs.KINDS),
        "luck": Key(
            "one_of", "whether points share the luck of their histories", default=designs.PAIRED, valid=designs.LUCKS
        ),
        "points": Key(
            "points",
            "size of a sampled design (points, base points or trajectories), or the points of a list",
            forms=(Key("integer", bounds=Interval(2, _MOST_POINTS)), Key("tables", inside=_POINT, fewest=1)),
        ),
        "seed": Key("integer", "root of the draws that place the points", SEEDS, 1),
    },
    by="kind",
    cases=dict.fromkeys(designs.SAMPLED, ("points", "seed")) | {designs.LIST: ("points",)},
)


def inherit_design(table: TomlTable, before: Mapping[str, Any]) -> TomlTable:
    """Return the table ``[design]`` over the inherited one; of another kind it drops what that one does not know."""
    old = before.get("kind", DESIGN.keys["kind"].default)
    new = table.values.get("kind", old)
    # Points are a number in one kind of design and tables in another.
    known = () if designs.LIST in (old, new) else DESIGN.cases.get(str(new), ())
    dropped = [name for name in DESIGN.in_cases() if name in before and new != old and name not in known]
    if lost := [name for name in dropped if name not in table.values]:
        table.problems.note(table.path, f'"{new}" drops what "{old}" has and it does not know: {", ".join(lost)}')
    kept = {name: value for name, value in before.items() if name not in dropped}
    return TomlTable({**kept, **table.values}, table.path, table.problems, DESIGN, table)


def read_design(table: TomlTable) -> Design | None:
    """Read the table ``[design]``; None and a problem where its kind is not known."""
    kind, luck = table.one_of("kind"), table.one_of("luck")
    if not kind:
        return None
    size, seed = 0, 1
    rows: tuple[Mapping[str, Any], ...] = ()
    if kind in designs.SAMPLED:
        size, seed = table.integer("points"), table.integer("seed")
        if kind in (designs.SOBOL, designs.SALTELLI) and size and not is_power_of_two(size):
            below = 2 ** (size.bit_length() - 1)
            table.add("points", f"{size} is no power of two, which keeps this design balanced: {below} or {2 * below}")
    elif kind == designs.LIST:
        rows = tuple(row.values for row in table.tables("points"))
        if not rows and "points" not in table.values:
            table.add("points", "is missing: a list needs its points, [[design.points]]")
    else:
        for name in table.values.keys() & {"points", "seed"}:
            table.take(name)
            table.add(
                name, f'belongs to a sampled design; this is "{kind}", and sampled are {", ".join(designs.SAMPLED)}'
            )
    table.finish()
    return Design(kind, size, seed, luck, rows)


def read_factors(tables: Iterable[TomlTable], design: Design, context: FactorContext) -> list[Factor]:
    """Read what a design varies."""
    factors = []
    for table in tables:
        factor = read_factor(table, context, design.kind)
        if factor is not None:
            factors.append(factor)
            if design.kind in (designs.ONE_AT_A_TIME, designs.LIST) and BASE in factor.labels:
                table.add("levels", f'"{BASE}" is how a point that leaves the factor is called; choose another label')
    return factors


def make_points(
    factors: list[Factor], design: Design, root: TomlTable, context: FactorContext
) -> tuple[tuple[Factor, ...], tuple[Point, ...]]:
    """Return factors that were read without a fault with all their levels, and the points of a design."""
    if design.kind == designs.LIST:
        return _read_listed_points(factors, design, root, context)
    count = _count(factors, design)
    if count > _MOST_POINTS:
        key = "design.points" if design.is_sampled else "factor"
        root.add(key, f"{count:,} points; at most {_MOST_POINTS:,}")
        return (), ()
    if design.kind == designs.FULL_FACTORIAL:
        return tuple(factors), tuple(designs.full_factorial(factors))
    if not factors:
        root.add("design.kind", f'"{design.kind}" needs something to vary: [[factor]]')
        return (), ()
    if design.kind == designs.ONE_AT_A_TIME:
        return tuple(factors), tuple(designs.one_at_a_time(factors))
    filled, points = sample_points(factors, design)
    return filled, tuple(points)


def _count(factors: list[Factor], design: Design) -> int:
    """Return how many points a design has, without making them."""
    if design.kind == designs.FULL_FACTORIAL:
        return math.prod(len(factor.levels) for factor in factors)
    if design.kind == designs.ONE_AT_A_TIME:
        return 1 + sum(len(factor.levels) for factor in factors)
    rows = {designs.SALTELLI: len(factors) + 2, designs.MORRIS: len(factors) + 1}
    return design.size * rows.get(design.kind, 1)


def _read_listed_points(
    declared: list[Factor], design: Design, root: TomlTable, context: FactorContext
) -> tuple[tuple[Factor, ...], tuple[Point, ...]]:
    """Return the points given by hand: labels of the factors that are declared, and values of parameters."""
    factors = {factor.key: factor for factor in declared}
    choices: list[dict[str, int]] = []
    for i, row in enumerate(design.rows):
        table = flatten_paths(TomlTable(row, f"design.points[{i}]", root.problems, _POINT), context.parameters())
        choice = {}
        for key in table.values:
            level = _read_level_index(table, key, factors, context)
            if level is not None:
                choice[key] = level
        if choice in choices:
            root.add(table.path, f"is the same point as design.points[{choices.index(choice)}]")
        choices.append(choice)
    filled = tuple(factors.values())
    return filled, tuple(make_point(i, filled, choice) for i, choice in enumerate(choices))


def _read_level_index(table: TomlTable, key: str, factors: dict[str, Factor], context: FactorContext) -> int | None:
    """Return the index of a level; a value that is new becomes a level of its parameter."""
    known = context.parameters()
    value = table.values[key]
    if key in factors and (key not in known or isinstance(value, str)):
        labels = factors[key].labels
        if value not in labels:
            table.add(key, f"{value!r} is no level of it; {nearest(str(value), labels)}")
            return None
        return labels.index(value)
    if key not in known:
        is_path = key.startswith("policy.")
        why = explain_unknown(key, known, context.policies) if is_path else nearest(key, [*factors, *known])
        table.add(key, f"is neither a factor nor a parameter; {why}")
        return None
    setting = read_level(table, key, known[key], context)
    if setting is None:
        return None
    factor = factors.get(key, Factor(key, (), ()))
    if setting not in factor.levels:
        label = name_levels([value])[0]
        labels = (*factor.labels, str(value) if label in factor.labels else label)
        factor = factors[key] = replace(factor, levels=(*factor.levels, setting), labels=labels)
    return factor.levels.index(setting)


def describe_design(design: Design, points: tuple[Point, ...], digest: str) -> dict[str, Any]:
    """Return a design as plain values; the digest stands for the levels at all points of a sampled one."""
    words: dict[str, Any] = {"kind": design.kind, "luck": design.luck}
    if design.is_sampled:
        return words | {"points": design.size, "seed": design.seed, "sha256": digest}
    return words | ({"points": [dict(point.labels) for point in points]} if design.kind == designs.LIST else {})
