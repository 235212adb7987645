"""``sim compare``: two scenarios or results, history by history, after what lacks of them was swept."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.console import load_scenario, print_json, print_sheets, records, say
from sim.cli.options import (
    RESULTS,
    HorizonOption,
    JobsOption,
    JsonOption,
    OutOption,
    QuestionOption,
    QuietOption,
    ReplicatesOption,
    SeedOption,
    open_folder,
    point_problem,
)
from sim.cli.progress import report_progress
from sim.cli.sweep_options import ReplaceOption
from sim.cli.what_if_options import NameOption, SetOption, TruceOption, make_what_if
from sim.core.errors import InputError, nearest
from sim.core.installation import cores
from sim.core.shipped_data import shipped_scenarios

if TYPE_CHECKING:
    from pandas import DataFrame

    from sim.results.analysis.comparison import Side
    from sim.results.reading.store import Results
    from sim.scenario.scenario import Scenario
    from sim.scenario.what_if import WhatIf
    from sim.sweeps.sweep import Progress

    Found = tuple[Scenario | Results, int]

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(
    epilog="sim compare lebanon-2023/baseline --set world.mediation_added=0.3 --truce 30:14 --name my-truce\n"
    "sim compare lebanon-2023/baseline lebanon-2023/levers:8"
)
def compare(
    first: Annotated[
        str, typer.Argument(metavar="FIRST", help="Scenario or results folder, or NAME:POINT.", show_default=False)
    ],
    second: Annotated[
        str | None,
        typer.Argument(metavar="[SECOND]", help="Another one; or --set and --truce instead.", show_default=False),
    ] = None,
    *,
    changes: SetOption = None,
    truces: TruceOption = None,
    name: NameOption = None,
    question: QuestionOption = None,
    horizon: HorizonOption = None,
    replicates: ReplicatesOption = None,
    seed: SeedOption = None,
    jobs: JobsOption = None,
    out: OutOption = RESULTS,
    replace: ReplaceOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Compare two scenarios or results, history by history: how much the second lowers or raises the odds of the first.

    Scenarios are swept into --out as far as they lack there, both with one seed, so that their histories share their
    luck. With --set or --truce, a scenario as it is stands beside itself as these words change it.
    """
    from sim.report.answer import state_difference
    from sim.report.odds_sheets import brief_difference_sheet
    from sim.results.analysis.comparison import compare_points
    from sim.results.reading.store import Results
    from sim.sweeps.sweep import check_numbers

    what_if = make_what_if(changes, truces, name)
    if (second is None) == (what_if is None):
        words = "needs one thing to compare with: a second scenario or results folder, or --set and --truce"
        raise InputError.single("compare", "", words)
    found = [_find(first, None, out, quiet), _find(second or first, what_if, out, quiet)]
    workers = cores() if jobs is None else jobs
    check_numbers(1 if replicates is None else replicates, seed or 0, workers)
    plans = _plan(found, out, replicates, seed, replace)
    swept = {plan[0].name: _sweep(*plan, out, workers, replace, quiet) for plan in plans}
    a, b = ((one if isinstance(one, Results) else swept[one.name], point) for one, point in found)
    table = compare_points(a, b, question, horizon)
    asked, day = str(table["question"].iloc[0]), int(table["horizon_days"].max())
    difference = state_difference(a, b, asked, day)
    if as_json:
        print_json({"difference": difference, **compare_record((a, b), table)})
        return
    page = _write_page((a, b), out, difference)
    names = [name_side(side) for side in (a, b)]
    say(difference)
    say("")
    print_sheets([brief_difference_sheet(a[0], table, names)])
    say(f"report: {page}")
    say(f"more: sim results compare {' '.join(shlex.quote(f'{results.path}:{point}') for results, point in (a, b))}")


def _find(text: str, what_if: WhatIf | None, out: Path, quiet: bool) -> Found:
    """Return what a side names, and its point: results where such a folder is, else a scenario."""
    name, point = split_point(text)
    places = [path for path in (Path(name), out / name, RESULTS / name) if (path / "manifest.json").is_file()]
    if places and what_if is None:
        return open_side(str(places[0]), point)
    shipped = shipped_scenarios()
    if not Path(name).is_file() and name.removesuffix(".toml") not in shipped:
        what = "is no scenario, which --set and --truce could change" if places else "is neither a scenario nor results"
        known = [*shipped, *(path.parent.name for path in out.glob("*/manifest.json"))]
        raise InputError.single(name, "", f"{what}; {nearest(name, known)}")
    scenario = load_scenario(Path(name), quiet, what_if)
    if problem := point_problem(point, len(scenario.points()), scenario.name):
        raise InputError.single(text, "", problem)
    return scenario, point


def _plan(
    found: list[Found], out: Path, replicates: int | None, seed: int | None, replace: bool
) -> list[tuple[Scenario, int, int]]:
    """Return the scenarios to sweep, each with replicates and seed, after what would be refused of any of them."""
    from sim.scenario.scenario import Scenario
    from sim.sweeps.results_folder import TABLE, read_tabled
    from sim.sweeps.sweep import check_sweep

    stored = [one.manifest["seed"] for one, _ in found if not isinstance(one, Scenario)]
    scenarios = [one for one, _ in found if isinstance(one, Scenario)]
    if len(scenarios) == 2 and scenarios[0].name == scenarios[1].name:
        if scenarios[0].digest() != scenarios[1].digest():
            words = "two scenarios have this name, and so the same results folder"
            raise InputError.single(scenarios[0].name, "", words)
        del scenarios[1]
    plans = []
    for scenario in scenarios:
        root = seed if seed is not None else (stored or [scenarios[0].seed])[0]
        folder = out / scenario.name
        # What lies there already is compared too.
        count = max(scenario.replicates if replicates is None else replicates, read_tabled(folder / TABLE))
        check_sweep(scenario, folder, count, root, replace=replace)
        plans.append((scenario, count, root))
    return plans


def _sweep(scenario: Scenario, replicates: int, seed: int, out: Path, jobs: int, replace: bool, quiet: bool) -> Results:
    """Return the results of a scenario, after whatever lacks was swept and put into tables."""
    from sim.report.sweep_report import write_report
    from sim.results.reading.store import Results
    from sim.sweeps.results_folder import TABLE, read_tabled
    from sim.sweeps.sweep import run_blocks

    folder, heard = out / scenario.name, []

    def listen(now: Progress) -> None:
        heard.append(now)
        report(now)

    def finish(place: Path) -> None:
        if heard[-1].blocks_kept < heard[-1].blocks or read_tabled(place / TABLE) != replicates:
            write_report(Results.open(place))

    with report_progress(scenario.name, quiet) as report:
        run_blocks(
            scenario,
            folder,
            replicates=replicates,
            seed=seed,
            jobs=jobs,
            on_progress=listen,
            replace=replace,
            finish=finish,
        )
    return Results.open(folder)


def _write_page(sides: tuple[Side, Side], out: Path, difference: str) -> Path:
    """Write the report of both side by side, or of the one folder that both lie in, and return its path."""
    from sim.report.export import open_whole_file
    from sim.report.html_page import PAGE
    from sim.report.report_file import render_report

    (a, _), (b, _) = sides
    if a.path == b.path:
        return a.path / PAGE
    file = out / f"report-{a.name}-{b.name}.html"
    out.mkdir(parents=True, exist_ok=True)
    with open_whole_file(file, force=True) as target:
        target.write(render_report([a, b], "html", file, difference))
    return file


def split_point(text: str) -> tuple[str, int]:
    """Return name and point of ``NAME:POINT``; of a bare name, the first point."""
    name, colon, point = text.rpartition(":")
    return (name, int(point)) if colon and point.isascii() and point.isdecimal() else (text, 0)


def open_side(name: str, point: int) -> Side:
    """Return the results folder of a name and the point, which must be there."""
    results = open_folder(name)
    if problem := point_problem(point, results.manifest["points"], results.name):
        raise InputError.single(f"{name}:{point}", "", problem)
    return results, point


def name_side(side: Side) -> str:
    """Return what people call one of two points."""
    results, point = side
    return results.name if results.manifest["points"] == 1 else f"{results.name} ({results.point_names[point]})"


def compare_record(sides: tuple[Side, Side], table: DataFrame) -> dict[str, Any]:
    """Return what sets two points apart and how their odds differ, as JSON knows it."""
    from sim.report.odds_sheets import difference_notes
    from sim.report.settings_diff import diff_settings

    words = [f"{results.name}:{point}" for results, point in sides]
    record = {"first": words[0], "second": words[1], "settings": records(diff_settings(*sides))}
    return record | {"differences": records(table), "notes": difference_notes(table)}
