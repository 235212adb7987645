"""``sim nowcast``: branching ratio and odds as of each of several days."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from sim.cli.console import print_json, print_sheets, say, tell
from sim.cli.fit_command import SEED, day_of
from sim.cli.options import RESULTS, JobsOption, JsonOption, QuietOption, SeedOption, cores
from sim.core.errors import InputError

if TYPE_CHECKING:
    import datetime

    from pandas import DataFrame

KIND: Final = "nowcast"

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def nowcast(
    theatre: Annotated[Path, typer.Argument(help="Theatre file; evidence.toml lies beside it.", show_default=False)],
    *,
    since: Annotated[str, typer.Option("--from", help="First day, as 2023-10-15.")],
    until: Annotated[str, typer.Option("--to", help="Last day.")],
    every: Annotated[int, typer.Option("--every", help="Days between two fits.")] = 7,
    window: Annotated[
        int | None, typer.Option("--window", help="Use only so many days before each day.", min=1)
    ] = None,
    question: Annotated[str, typer.Option("--question", help="Question whose odds are asked for.")] = "Q1",
    horizon: Annotated[int, typer.Option("--horizon", help="Days from each day on.", min=1, max=3650)] = 90,
    replicates: Annotated[int, typer.Option("--replicates", help="Replicates of each ensemble.", min=1)] = 300,
    out: Annotated[Path | None, typer.Option("--out", help="Folder; results/nowcast-THEATRE without it.")] = None,
    seed: SeedOption = None,
    jobs: JobsOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Follow branching ratio and odds over several days.

    Each day has a fit of its own, on what had been reported before it. The result is a table and a plot.
    """
    from sim.inference.evidence_plan import read_plan
    from sim.inference.nowcast import dates_between, nowcast
    from sim.report.fit_plots import plot_trajectory
    from sim.sweeps.atomic_folder import check_replaceable, write_folder
    from sim.sweeps.results_folder import MANIFEST
    from sim.sweeps.sweep import check_numbers

    root, workers = SEED if seed is None else seed, cores() if jobs is None else jobs
    check_numbers(replicates, root, workers)
    days = dates_between(_needed("--from", since), _needed("--to", until), every)
    plan = read_plan(theatre)
    place = out or RESULTS / f"nowcast-{theatre.absolute().parent.name}"
    check_replaceable(place, KIND)
    table = nowcast(
        plan,
        days,
        question=question,
        horizon=horizon,
        replicates=replicates,
        window_days=window,
        seed=root,
        jobs=min(workers, 2),
        on_day=None if quiet else lambda day: tell(f"nowcast: as of {day}"),
    )
    asked = {"from": since, "to": until, "every": every, "window": window, "question": question, "horizon": horizon}
    manifest = {"kind": KIND, "name": place.name, "nowcast": asked, "seed": root}
    mixed = table[table["status"] == "mixed"]
    title = f"{plan.theatre_file.theatre.name}: as of each day; ex post after {plan.theatre_file.start}"
    files = {
        "nowcast.csv": table.to_csv(index=False, float_format="%.6g", lineterminator="\n").encode(),
        MANIFEST: (json.dumps(manifest, indent=1) + "\n").encode(),
        **({"nowcast.png": plot_trajectory(mixed, title)} if len(mixed) else {}),
    }
    write_folder(place, files)
    if as_json:
        print_json(json.loads(table.to_json(orient="records", date_format="iso")))
    else:
        _print(table, title)
    if not quiet:
        tell(f"nowcast: {place}")


def _needed(option: str, text: str) -> datetime.date:
    day = day_of(option, text)
    if day is None:
        raise InputError.single(option, "", "is empty; write a date such as 2023-11-07")
    return day


def _print(table: DataFrame, title: str) -> None:
    from sim.report.sheet import Sheet

    rows = tuple(
        (
            f"{one['as_of']}{' ex post' if one['ex_post'] is True else ''}",
            f"{one['branching']:.2f} ({one['branching_low']:.2f}–{one['branching_high']:.2f})",
            f"{100 * one['odds']:.1f} ({100 * one['odds_low']:.1f}–{100 * one['odds_high']:.1f})",
            str(one["status"]),
        )
        for _, one in table.iterrows()
    )
    heads = (
        "as of",
        "branching ratio",
        f"odds of {table['question'].iloc[0]} in {table['horizon'].iloc[0]} days, %",
        "",
    )
    print_sheets([Sheet(title, heads, rows)])
    say("Intervals are 90 %: of the posterior for the branching ratio, Monte Carlo error alone for the odds.")
