"""``sim reference``: how often the like happened elsewhere within so many days, with intervals and sources."""

from __future__ import annotations

from typing import Annotated

import typer

from sim.cli.console import print_json, print_screen
from sim.cli.options import JsonOption, QuietOption

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(
    epilog="sim reference\nsim reference --class ucdp-minor-to-war --horizon 30 --horizon 365\n"
    "sim reference --as-of 2023-11-07"
)
def reference(
    *,
    name: Annotated[str | None, typer.Option("--class", help="Only this class; all without it.")] = None,
    horizon: Annotated[
        list[int] | None, typer.Option("--horizon", help="Days; may be repeated. 30, 90, 180, 365 without it.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Count only what was known on this day, as 2023-11-07.")
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show reference classes: how often past conflicts, disputes and crises came to the like of what is asked.

    A theatre's question names its class, and is compared with it at its own horizon, as of the scenario's start.
    """
    from sim.evidence.reference_class import HORIZONS, check_horizons, find_class, load_classes
    from sim.report.reference_sheets import class_screen, list_screen

    days = check_horizons(horizon or HORIZONS)
    classes = [*load_classes().values()] if name is None else [find_class(name)]
    day = None
    if as_of is not None:
        from sim.inference.evidence_plan import read_day  # it takes half a second

        day = read_day(as_of, "--as-of")
    found = [one.estimate(days, day) for one in classes]
    if as_json:
        print_json(found)
    else:
        print_screen(list_screen(found, days, day) if name is None else class_screen(found[0], day))
