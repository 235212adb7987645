"""Screens of reference classes: all of them side by side, or one at every horizon."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sim.report import cells
from sim.report.reference_words import name_past
from sim.report.screen import Screen
from sim.report.sheet import UNKNOWN, Columns, Sheet, format_percent, format_share, name_days

Record = Mapping[str, Any]
"""What `ReferenceClass.estimate` returns."""
_RESTS: Final = (
    "A share of a year is carried to other horizons by a constant hazard. Years of one conflict are counted as if they "
    "were independent, so intervals of shares are too narrow.",
)


def list_screen(found: Sequence[Record], days: list[int], as_of: datetime.date | None) -> Screen:
    """Return a row for each class, with the interval at the last horizon."""
    rows = []
    for one in found:
        told = [format_percent(at["estimate"]) for at in one["at"]] or [UNKNOWN] * len(days)
        if one["at"]:
            told[-1] = format_share(*(one["at"][-1][name] for name in ("estimate", "low", "high")))
        rows.append((one["class"], *told, f"{one['events']:,} of {one['n']:,}"))
    sheet = Sheet("In % within so many days", ("class", *name_days(days), "counted"), tuple(rows))
    title = f"How often the like happened elsewhere{_tell_day(as_of)}"
    return Screen(title, (), (sheet,), _RESTS, {"one class": "sim reference --class ucdp-minor-to-war"}, "classes")


def class_screen(one: Record, as_of: datetime.date | None) -> Screen:
    """Return a row for each horizon of a class."""
    columns: Columns = {
        "within": lambda at: name_days([at["horizon_days"]])[0],
        "%": cells.share(),
        "how": "how",
    }
    sheet = Sheet.of("In %, with 95 % intervals", one["at"], columns)
    text = f"{name_past(one)}: {one['events']:,} {one['came']}."
    return Screen(f"{one['class']}{_tell_day(as_of)}", (text,), (sheet,), (f"Source: {one['source']}.", *_RESTS))


def _tell_day(as_of: datetime.date | None) -> str:
    return "" if as_of is None else f", as known on {as_of}"
