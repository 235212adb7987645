"""Sums over reported acts: by dyad, week, rung and so on, and the dead of every side.

A sum of low bounds and best figures takes what is not known as 0 and is a floor; a sum of high bounds is unknown as
soon as one of them is. `without_figure` says how many acts have no best figure of deaths.
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
    table = pd.DataFrame(rows, columns=[*names, *_sums([])])
    return table.astype({"rung_highest": "Int64", "killed_high": "Int64"}).set_index(names)


def deaths_by_side(incidents: Sequence[Incident], by: str | None = None) -> pd.DataFrame:
    """Return the dead of every side by group: those struck, and initiators' own dead, who count as fighters."""
    key = _grouping(by) if by else lambda _: ""
    dead: dict[tuple[str, str], list[int]] = {}
    for incident in incidents:
        if incident.kind != "act":
            continue
        for side, killed, civilian in (
            (incident.target, incident.killed, incident.killed_civilian),
            (incident.initiator, incident.initiator_killed or 0, 0),
        ):
            tally = dead.setdefault((key(incident), side), [0, 0])
            tally[0] += killed
            tally[1] += civilian
    rows = [(*group, *tally) for group, tally in sorted(dead.items())]
    table = pd.DataFrame(rows, columns=[by or "all", "side", "killed", "killed_civilian"])
    return table.set_index([by, "side"]) if by else table.drop(columns="all").set_index("side")


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
        "launches_claimed": sum(act.launches_claimed or 0 for act in acts),
        "launches_counted": sum(act.launches_counted or 0 for act in acts),
        "killed_low": sum(act.deaths.low or 0 for act in acts),
        "killed_best": sum(act.killed for act in acts),
        "killed_high": sum(known) if len(known) == len(highs) else None,
        "killed_military": sum(act.killed_military for act in acts),
        "killed_civilian": sum(act.killed_civilian for act in acts),
        "initiator_killed": sum(act.initiator_killed or 0 for act in acts),
        "without_figure": sum(act.deaths.best is None for act in acts),
    }
