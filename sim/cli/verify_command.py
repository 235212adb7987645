"""``sim verify``: known answers that this installation must give, what a doubting user runs first."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, Final

import typer

from sim.cli.console import print_json, print_screen, tell
from sim.cli.options import JsonOption, QuietOption
from sim.core.errors import InputError, nearest

app = typer.Typer(add_completion=False, rich_markup_mode=None)
SEED: Final = 20231107


@app.command(epilog="sim verify\nsim verify --check docking --seed 7")
def verify(
    *,
    check: Annotated[
        list[str] | None, typer.Option("--check", help="Only this check, such as docking; may be repeated.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Root of all draws.", min=0)] = SEED,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Hold the engine, the policies and the fit against what theory knows of them, in a minute.

    Closed forms; the engine against a process that theory solves; histories alone, permuted and in shards to the bit.
    What is estimated may lie 4.5 standard errors off. The exit status is 1 if a figure lies farther off.
    """
    from sim.core.compilation import IS_COMPILED
    from sim.results import invariance, known_answers

    if not IS_COMPILED:
        raise InputError.single("SIM_KERNEL", "", "is python, which would take hours here; leave it unset")
    every = (*known_answers.CHECKS, *invariance.CHECKS)
    checks = {one.__name__.removeprefix("check_").replace("_", "-"): one for one in every}
    for name in check or ():
        if name not in checks:
            raise InputError.single("--check", "", f'"{name}" is not a check; {nearest(name, checks)}')
    rows: list[dict[str, Any]] = []
    for name in check or checks:
        if not quiet:
            tell(f"verify: {checks[name].__doc__}")
        figures = [{**dataclasses.asdict(one), "strain": one.strain} for one in checks[name](seed)]
        rows += [{"check": name, **figure, "holds": figure["strain"] <= 1} for figure in figures]
    if as_json:
        print_json(rows)
    else:
        _print(rows, seed)
    if not all(row["holds"] for row in rows):
        raise typer.Exit(1)


def _print(rows: list[dict[str, Any]], seed: int) -> None:
    """Print of each check the figure that lies farthest off, those first that do most."""
    from sim.report import cells
    from sim.report.screen import Screen
    from sim.report.sheet import Columns, Sheet

    farthest = {row["check"]: row for row in sorted(rows, key=lambda row: float(row["strain"]))}
    shown = sorted(farthest.values(), key=lambda row: float(row["strain"]), reverse=True)
    numbers = {"expected": ".6g", "value": ".6g", "tolerance": ".2g"}
    columns: Columns = {
        **{"check": "check", "figure": "name"},
        **{name: cells.number(name, form) for name, form in numbers.items()},
        "": lambda row: "holds" if row["holds"] else "FAILS",
    }
    wrong = ", ".join(row["check"] for row in shown if not row["holds"])
    verdict = f"{sum(row['holds'] for row in rows)} of {len(rows)} figures of {len(shown)} checks hold"
    sheet = Sheet.of("Of each check the figure farthest off", shown, columns, left=2)
    ends = {"Verdict:": verdict + (f"; not those of {wrong}" if wrong else "")}
    print_screen(Screen(f"Known answers, seed {seed}", (), (sheet,), ends=ends))
