"""Sums over reported acts: by dyad, week, rung and so on, and the dead of every side.

A sum of low bounds and best figures leaves out what is not known and is a floor; where nothing is known it is unknown
itself, and never 0. A sum of high bounds is unknown as soon as one of them is. `without_figure` says how many acts have
no best figure of deaths, `without_civilians` how many of those with dead have none of the civilians among them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

import pandas as pd

from sim.core.errors import InputError, nearest
from sim.evidence.incident import Incident


def _week(incident: Incident) -> str:
    """Return the Monday of the week."""
    return str(incident.date - timedelta(days=incident.date.weekday()))


GROUPS: dict[str, Callable[[Incident], str]] = {
    "dyad": lambda incident: incident.dyad,
    "initiator": lambda incident: incident.initiator,
    "target": lambda incident: incident.target,
    "day": lambda incident: str(incident.date),
    "week": _week,
    "month": lambda incident: str(incident.date)[:7],
    "rung": lambda incident: "none" if incident.rung is None else str(incident.rung),
    "split": lambda incident: incident.split,
    "certainty": lambda incident: "+".join(incident.certainty),
}
"""What acts can be grouped by; a week is named by its Monday, a span counts by its first day."""


def totals(incidents: Sequence[Incident], by: str | Iterable[str] = "dyad") -> pd.DataFrame:
    """Return acts, highest rung, launches, deaths on the target's side and own dead of initiators, a row per group."""
    names = [by] if isinstance(by, str) else list(by)
    keys = [_grouping(name) for name in names]
    groups: dict[tuple[str, ...], list[Incident]] = {}
    for incident in incidents:
        if incident.kind == "act":
            groups.setdefault(tuple(key(incident) for key in keys), []).append(incident)
    rows = [dict(zip(names, group, strict=True)) | _sums(groups[group]) for group in sorted(groups)]
    empty = _sums([])
    table = pd.DataFrame(rows, columns=[*names, *empty])
    return table.astype(dict.fromkeys(empty, "Int64")).set_index(names)


def deaths_by_side(incidents: Sequence[Incident], by: str | None = None) -> pd.DataFrame:
    """Return the dead of every side by group: those struck, and initiators' own dead, who count as fighters."""
    key = _grouping(by) if by else lambda _: ""
    dead: dict[tuple[str, str], list[tuple[int | None, int | None]]] = {}
    for incident in incidents:
        if incident.kind != "act":
            continue
        own = incident.initiator_killed
        for side, killed, civilian in (
            (incident.target, incident.deaths.known, incident.killed_civilian),
            (incident.initiator, own, None if own is None else 0),
        ):
            dead.setdefault((key(incident), side), []).append((killed, civilian))
    rows = [(*group, *_sum_side(figures)) for group, figures in sorted(dead.items())]
    counts = ["killed", "killed_civilian", "without_figure", "without_civilians"]
    table = pd.DataFrame(rows, columns=[by or "all", "side", *counts]).astype(dict.fromkeys(counts, "Int64"))
    return table.set_index([by, "side"]) if by else table.drop(columns="all").set_index("side")


def _sum_side(figures: Sequence[tuple[int | None, int | None]]) -> tuple[int | None, int | None, int, int]:
    """Return the dead and the civilians among them, and how many acts say nothing of either."""
    unknown = sum(killed is None for killed, _ in figures)
    parts = sum(civilian is None and killed != 0 for killed, civilian in figures)
    return _sum_known(killed for killed, _ in figures), _sum_known(part for _, part in figures), unknown, parts


def _sum_known(numbers: Iterable[int | None]) -> int | None:
    """Return the sum of what is known, None where nothing is."""
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _grouping(name: str) -> Callable[[Incident], str]:
    """Return the function that names the group of an incident."""
    if name not in GROUPS:
        raise InputError.single("totals", "by", f'"{name}" is not known; {nearest(name, GROUPS)}')
    return GROUPS[name]


def _sums(acts: Sequence[Incident]) -> dict[str, int | None]:
    """Return the sums of one group."""
    highs = [act.deaths.high for act in acts]
    known = [high for high in highs if high is not None]
    return {
        "acts": len(acts),
        "rung_highest": max((act.rung for act in acts if act.rung is not None), default=None),
        "launches_claimed": _sum_known(act.launches_claimed for act in acts),
        "launches_counted": _sum_known(act.launches_counted for act in acts),
        "killed_low": _sum_known(act.deaths.low for act in acts),
        "killed_best": _sum_known(act.deaths.known for act in acts),
        "killed_high": sum(known) if len(known) == len(highs) else None,
        "killed_military": _sum_known(act.killed_military for act in acts),
        "killed_civilian": _sum_known(act.killed_civilian for act in acts),
        "initiator_killed": _sum_known(act.initiator_killed for act in acts),
        "without_figure": sum(act.deaths.best is None for act in acts),
        "without_civilians": sum(act.killed_civilian is None and act.deaths.known != 0 for act in acts),
    }
