"""``sim hindcast``: forecasts at rolling origins, each from what was known then, scored by what came."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from sim.cli.console import print_json, print_screen, records, tell
from sim.cli.option_groups import App
from sim.cli.options import JobsOption, JsonOption, QuestionOption, QuietOption, SeedOption
from sim.cli.sweep_options import Stopping, TimeOption, Workload, parse_duration
from sim.core.errors import InputError, nearest

if TYPE_CHECKING:
    from pandas import DataFrame

    from sim.hindcast.hindcast import Hindcast

HUBVERSE: Final = "hubverse"
FORMATS: Final = (HUBVERSE, "views")
app = App()


@app.command(
    epilog="sim hindcast lebanon-2023\nsim hindcast lebanon-2023 --from 2023-11-07 --to 2023-11-07 --weeks 45\n"
    "sim hindcast lebanon-2023 --draws mine.csv --out results/hindcast/mine"
)
def hindcast(
    scenario: Annotated[
        str, typer.Argument(help="Theatre with hindcast.toml beside it, or a scenario of one.", show_default=False)
    ],
    *,
    since: Annotated[str | None, typer.Option("--from", help="First origin; the start without it.")] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="Last origin; the day on which the first question came without it.")
    ] = None,
    every: Annotated[int, typer.Option("--every", help="Days between two origins.")] = 14,
    weeks: Annotated[int, typer.Option("--weeks", help="Weeks that are forecast from each.")] = 4,
    forecaster: Annotated[
        list[str] | None,
        typer.Option("--forecaster", help="Only this: `model, fitted` or `model, priors`; may be repeated."),
    ] = None,
    series: Annotated[
        list[str] | None,
        typer.Option("--series", help="ID=FILE: what happened to a series, by a column of days and one of counts."),
    ] = None,
    draws: Annotated[Path | None, typer.Option("--draws", help="Score this file of draws, and run no model.")] = None,
    brought: Annotated[
        str, typer.Option("--import", help="Format of --draws, if a hub's: hubverse, or views=ID of the series.")
    ] = "",
    export: Annotated[
        list[str] | None,
        typer.Option(
            "--export", help="hubverse=FILE: all forecasts; views=FILE: deaths by the first model and origin."
        ),
    ] = None,
    country: Annotated[
        int | None, typer.Option("--country", help="VIEWS' number of the country, for --export views.", min=0)
    ] = None,
    replicates: Annotated[int | None, typer.Option("--replicates", help="Histories from each origin; 1000.")] = None,
    stopping: Stopping,
    question: QuestionOption = None,
    time_limit: TimeOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder; results/hindcast/NAME without it.")] = None,
    seed: SeedOption = None,
    jobs: JobsOption,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Score forecasts at rolling origins by what came.

    Each origin has a fit of its own, on what had been reported before it, and histories that start on it. Fits and
    histories are kept, so the same command goes on where it was stopped. The forecasts stand beside benchmarks that
    saw as much. What came after an origin is read for scoring alone.
    """
    from sim.hindcast.hindcast import FORECASTERS, REPLICATES, run_hindcast
    from sim.inference.fit import SEED
    from sim.report.hindcast_page import render_files
    from sim.report.hindcast_sheets import hindcast_screen

    workload = Workload(**vars(stopping), question=question, replicates=replicates)
    workload.check()
    files, exports = _pair(series, "--series"), _pair(export, "--export")
    for option, names in (("--export", [*exports]), ("--import", [brought.partition("=")[0]] if brought else [])):
        for name in (name for name in names if name not in FORMATS):
            raise InputError.single(option, "", f'"{name}" is not known; {nearest(name, FORMATS)}')
    if brought and draws is None:
        raise InputError.single("--import", "", "says how --draws is written; name the file by --draws")
    if "views" in exports and country is None:
        raise InputError.single("--country", "", "is missing; --export views needs VIEWS' number of the country")
    found = run_hindcast(
        scenario,
        since=since,
        until=until,
        every=every,
        weeks=weeks,
        forecasters=list(dict.fromkeys(forecaster or FORECASTERS)),
        draws=draws if draws is None or not brought else _read(brought, draws),
        series=files,
        replicates=replicates or REPLICATES,
        seed=SEED if seed is None else seed,
        jobs=jobs,
        rule=workload.rule if workload.has_rule else None,
        time_limit=parse_duration(time_limit),
        out=out,
        pages=render_files,
        progress=None if quiet else lambda words: tell(f"hindcast: {words}"),
    )
    for name, file in exports.items():
        _write(name, file, found, country or 0)
    if as_json:
        tables = {"scores": found.summary, "reliability": found.reliability, "warning": found.warning}
        print_json({"manifest": found.manifest, **{name: records(table) for name, table in tables.items()}})
    else:
        print_screen(hindcast_screen(found))


def _pair(given: list[str] | None, option: str) -> dict[str, Path]:
    """Return what stands on both sides of the equals sign."""
    pairs = [text.partition("=") for text in given or ()]
    for name, _, file in pairs:
        if not (name and file):
            raise InputError.single(option, "", f'"{name}" names no file; write it as NAME=FILE')
        if sum(name == other for other, _, _ in pairs) > 1:
            raise InputError.single(option, "", f'"{name}" is given twice')
    return {name: Path(file) for name, _, file in pairs}


def _read(brought: str, file: Path) -> DataFrame:
    from sim.hindcast.hub_formats import read_hubverse, read_views

    name, _, target = brought.partition("=")
    if name == HUBVERSE:
        return read_hubverse(file)
    if not target:
        raise InputError.single("--import", "", "views names no series; write it as views=ID")
    return read_views(file, target)


def _write(name: str, file: Path, found: Hindcast, country: int) -> None:
    """Write forecasts in the format of a hub; VIEWS holds one series of one forecaster and origin."""
    from sim.hindcast.hub_formats import write_hubverse, write_views
    from sim.hindcast.record import KILLED

    if name == HUBVERSE:
        write_hubverse(file, found.forecasts, found.record.resolutions)
        return
    frame = found.forecasts
    deaths = [one.id for one in found.record.series.values() if one.measure == KILLED]
    frame = frame[frame["target"].isin(deaths[:1]) & (frame["origin"] == frame["origin"].min())]
    write_views(file, frame[frame["forecaster"] == frame["forecaster"].max()], country)
