"""``sim reference``: how often the like happened elsewhere within so many days, with intervals and sources."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from sim.cli.console import print_json, print_screen
from sim.cli.options import JsonOption, QuietOption
from sim.core.errors import InputError, nearest

app = typer.Typer(add_completion=False, rich_markup_mode=None)
_HORIZONS: Final = [30, 90, 180, 365]
_RESTS: Final = (
    "A yearly share is carried to other horizons by a constant hazard, days at risk by one hazard or by one "
    "of each age. Years of one conflict are counted as if independent, so intervals of shares are too narrow."
)


@app.command(
    epilog="sim reference\nsim reference --class ucdp-minor-to-war --horizon 30\nsim reference --as-of 2023-11-07"
)
def reference(
    *,
    name: Annotated[str | None, typer.Option("--class", help="Only this class; all without it.")] = None,
    horizon: Annotated[
        list[int], typer.Option("--horizon", help="Days; may be repeated.", min=1, max=3650)
    ] = _HORIZONS,
    as_of: Annotated[str, typer.Option("--as-of", help="Count only what was known on this day, as 2023-11-07.")] = "",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show reference classes: how often past conflicts, disputes and crises came to the like of what is asked.

    A theatre's question names its class, and is compared with it at its own horizon, as of the scenario's start.
    """
    from sim.evidence.reference_class import load_classes
    from sim.inference.evidence_plan import read_day
    from sim.report import cells
    from sim.report.reference_words import name_past
    from sim.report.screen import Screen
    from sim.report.sheet import Sheet, name_days

    classes = load_classes()
    if name is not None and name not in classes:
        raise InputError.single("--class", "", f'there is no reference class "{name}"; {nearest(name, classes)}')
    day = read_day(as_of, "--as-of") if as_of else None
    days = sorted(set(horizon))
    found = [one.estimate(days, day) for one in ([*classes.values()] if name is None else [classes[name]])]
    title = (name or "How often the like happened elsewhere") + (f", as known on {day}" if day else "")
    if as_json:
        print_json(found)
        return
    blank = [{"estimate": None, "low": 0, "high": 1}] * len(days)
    rows = [(*map(cells.share(), one["at"] or blank), f"{one['events']:,} of {one['n']:,}") for one in found]
    heads, past = ("class", *name_days(days), "counted"), list[str]()
    if name is None:  # a row has room for one interval
        short = ((*(cell.split(" ")[0] for cell in row[:-2]), *row[-2:]) for row in rows)
        rows = [(one["class"], *row) for one, row in zip(found, short, strict=True)]
    else:
        heads, one = heads[1:], found[0]
        past = [f"{name_past(one)}: {one['events']:,} {one['came']}.", f"Source: {one['source']}."]
    sheet = Sheet("In % within so many days", heads, tuple(rows), left=int(name is None))
    print_screen(Screen(title, tuple(past), (sheet,), (_RESTS,), rows="classes"))
