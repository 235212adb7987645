"""``sim compare``: two scenarios or results, history by history, after what lacks of them was swept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from sim.cli import options as common
from sim.cli.console import load_scenario, print_json, print_screen, records
from sim.cli.option_groups import App, argument
from sim.cli.sweep_command import sweep_one
from sim.cli.sweep_options import ReplaceOption
from sim.core.errors import InputError, nearest
from sim.core.shipped_data import shipped_scenarios

if TYPE_CHECKING:
    from collections.abc import Callable

    from pandas import DataFrame

    from sim.results.analysis.comparison import Side
    from sim.results.reading.store import Results
    from sim.scenario.scenario import Scenario
    from sim.scenario.what_if import WhatIf

    Found = tuple[Scenario | Results, int]

app = App()


@app.command(
    epilog="sim compare lebanon-2023/baseline --set world.mediation_added=0.3 --truce 30:14 --name my-truce\n"
    "sim compare lebanon-2023/baseline lebanon-2023/levers:8"
)
def compare(
    first: Annotated[str, argument("Scenario or results folder, or NAME:POINT.", metavar="FIRST")],
    second: Annotated[str | None, argument("Another one; or --set and --truce instead.", metavar="[SECOND]")] = None,
    *,
    change: common.Change,
    choice: common.QuestionChoice,
    size: common.RunSize,
    out: common.OutOption = common.RESULTS,
    days: common.DaysOption = None,
    replace: ReplaceOption = False,
    as_json: common.JsonOption = False,
    quiet: common.QuietOption = False,
) -> None:
    """Compare two scenarios or results, history by history: how much the second lowers or raises the odds of the first.

    Scenarios are swept into --out as far as they lack there, both with one seed, so that their histories share their
    luck. With --set or --truce, a scenario as it is stands beside itself as these words change it.
    """
    from sim.report.answer import describe_grounds, state_answer, state_difference
    from sim.report.odds_sheets import brief_difference_sheet
    from sim.report.screen import Screen, list_main_questions, name_folder
    from sim.results.analysis.comparison import compare_points
    from sim.scenario.what_if import WhatIf

    what_if = change.what_if
    if (second is None) != bool(what_if.words()):
        lacking = "needs one thing to compare with: a second scenario or results folder, or --set and --truce"
        raise InputError.single("compare", "", lacking)
    found = [_find(side, words, out, days, quiet) for side, words in ((first, WhatIf()), (second or first, what_if))]
    a, b = _sweep(found, out, quiet, {**vars(size), "replace": replace})
    table = compare_points(a, b, *choice.both)
    asked, last = str(table["question"].iloc[0]), int(table["horizon_days"].max())
    difference = state_difference(a, b, asked, last)
    if as_json:
        answer = state_answer(b[0], asked, last, b[1])
        print_json({"answer": answer.record(), "difference": difference, **compare_record((a, b), table)})
        return
    names = [name_side(side) for side in (a, b)]
    ends = {"report": str(_write_page((a, b), out, difference))}
    ends["more"] = f"sim results compare {' '.join(f'{name_folder(side.path)}:{point}' for side, point in (a, b))}"
    shown = table if choice.question else table[table["question"].isin(list_main_questions(a[0]))]
    sheet = brief_difference_sheet(a[0], shown, names)
    title = f"{names[1]} against {names[0]}"
    rests = (" ".join(describe_grounds(a[0], asked, last)),)
    print_screen(Screen(title, (difference,), (sheet,), rests, ends, "questions"))


def _find(text: str, what_if: WhatIf, out: Path, days: int | None, quiet: bool) -> Found:
    """Return what a side names, and its point: results where such a folder is, else a scenario."""
    name, point = split_point(text)
    places = [path for path in (Path(name), out / name, common.RESULTS / name) if (path / "manifest.json").is_file()]
    if places and not what_if.words():
        return open_side(str(places[0]), point)
    shipped = shipped_scenarios()
    if not Path(name).is_file() and name.removesuffix(".toml") not in shipped:
        what = "is no scenario, which --set and --truce could change" if places else "is neither a scenario nor results"
        known = [*shipped, *(path.parent.name for path in out.glob("*/manifest.json"))]
        raise InputError.single(name, "", f"{what}; {nearest(name, known)}")
    scenario = load_scenario(Path(name), quiet, what_if).shorten(days)
    if problem := common.point_problem(point, len(scenario.points()), scenario.name):
        raise InputError.single(text, "", problem)
    return scenario, point


def _sweep(found: list[Found], out: Path, quiet: bool, options: dict[str, Any]) -> list[Side]:
    """Return both sides as results: what lacks of scenarios is swept, after whatever would be refused of any."""
    from sim.results.reading.store import Results
    from sim.sweeps.results_folder import TABLE, read_tabled
    from sim.sweeps.sweep import check_numbers, check_sweep

    scenarios = [one for one, _ in found if not isinstance(one, Results)]
    stored = [one.manifest["seed"] for one, _ in found if isinstance(one, Results)]
    if len({one.name for one in scenarios}) < len({one.digest() for one in scenarios}):
        words = "two scenarios have this name, and so the same results folder"
        raise InputError.single(scenarios[0].name, "", words)
    given, plans = {name: value for name, value in options.items() if value is not None}, {}
    for scenario in scenarios:
        usual = {"replicates": scenario.replicates, "seed": [*stored, scenarios[0].seed][0]}
        plan = usual | given
        check_numbers(plan["replicates"], plan["seed"], plan["jobs"])
        # What lies there already is compared too.
        plan["replicates"] = max(plan["replicates"], read_tabled(out / scenario.name / TABLE))
        rest = {name: value for name, value in plan.items() if name != "jobs"}
        check_sweep(scenario, out / scenario.name, **rest)
        plans[scenario.name] = scenario, plan
    for scenario, plan in plans.values():
        sweep_one(scenario, out / scenario.name, _write_tables, quiet, **plan)
    return [(one if isinstance(one, Results) else Results.open(out / one.name), point) for one, point in found]


def _write_tables(folder: Path, told: Callable[[str], None]) -> None:
    """Write tables and report of a results folder, if they are not those of its blocks already."""
    from sim.report.sweep_report import write_report
    from sim.results.analysis.odds import ODDS
    from sim.results.reading.store import Results
    from sim.results.reading.table_cache import names_cached_with

    results = Results.open(folder)
    if not names_cached_with(results, ODDS):
        write_report(results, told)


def _write_page(sides: tuple[Side, Side], out: Path, difference: str) -> Path:
    """Write the report of both side by side, or of the one folder that both lie in, and return its path."""
    from sim.report.export import open_whole_file, render_report
    from sim.report.html_page import PAGE

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
    results = common.open_folder(name)
    if problem := common.point_problem(point, results.manifest["points"], results.name):
        raise InputError.single(f"{name}:{point}", "", problem)
    if not results.blocks:
        words = "holds tables without the blocks whose histories are compared; `sim compare` sweeps a scenario"
        raise InputError.single(results.path, "", words)
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
