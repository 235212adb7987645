"""``sim solve``: the value of a parameter at which odds cross a level."""

from __future__ import annotations

import contextlib
import dataclasses
import math
from typing import TYPE_CHECKING, Annotated

from sim.cli import options as common
from sim.cli.console import print_json, print_screen, records, tell
from sim.cli.option_groups import App, option
from sim.core.errors import Problems

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.core.parameters import Parameter
    from sim.results.analysis.tipping_points import Reading

app = App()


@app.command(
    epilog="sim solve lebanon-2023/baseline --factor world.mediation_added --question Q1 --horizon 365 --odds 0.25"
)
def solve(
    scenario: common.ScenarioArgument,
    *,
    factor: Annotated[str, option("Key path of the parameter.")],
    question: Annotated[str, option("Question, for instance Q1.")],
    horizon: Annotated[int, option("Day by which it must have come true.")],
    odds: Annotated[float, option("Level to cross, between 0 and 1.")],
    low: Annotated[float | None, option("Lower bound; that of the parameter without it.")] = None,
    high: Annotated[float | None, option("Upper bound; that of the parameter without it.")] = None,
    change: common.Change,
    point: common.PlaceOption = 0,
    size: common.RunSize,
    as_json: common.JsonOption = False,
    quiet: common.QuietOption = False,
) -> None:
    """Find the value of a parameter at which odds cross a level.

    All values are tried under the same luck. Nothing is written.
    """
    from sim.report.answer import describe_grounds, name_condition, name_outcome
    from sim.report.screen import Screen
    from sim.report.sensitivity_sheets import readings_sheet, redrawn_words, tipping_words
    from sim.results.analysis.tipping_points import ParameterScan, find_tipping_points, make_reader, tabulate_readings
    from sim.results.reading.unsaved_results import Unsaved
    from sim.scenario.parameter_catalogue import plain_name
    from sim.scenario.scenario import Scenario
    from sim.sweeps.results_folder import build_manifest
    from sim.sweeps.workers import start_processes

    loaded = Scenario.load(scenario, change.what_if)
    wanted, root, jobs = size.of(loaded).values()
    common.check_design_point(loaded, point)
    scan = ParameterScan(loaded, point, factor, question, horizon, root, wanted)
    declared = scan.parameter()
    bounds = _bounds(declared, low, high, odds)
    with start_processes(jobs, loaded) if jobs > 1 else contextlib.nullcontext() as executor:
        read = make_reader(dataclasses.replace(scan, executor=executor))
        search = find_tipping_points(_report_readings(read, factor, quiet), *bounds, odds)
    results = Unsaved(loaded.path, build_manifest(loaded, wanted, root), loaded.points()[point], ())
    names = f"{plain_name(factor, results.party_names)} ({factor})"
    outcome = name_outcome(results, question, horizon)
    words = tuple(
        f"Under the assumptions of {name_condition(results, point)}, {sentence[0].lower()}{sentence[1:]}"
        for sentence in tipping_words(search, names, declared.unit, odds, outcome)
    )
    if as_json:
        crossings = [dataclasses.asdict(crossing) for crossing in search.crossings]
        print_json(
            {"factor": factor, "odds": odds, "sentences": words, "crossings": crossings}
            | {"readings": records(tabulate_readings(search))}
        )
        return
    note = (
        f"{wanted:,} replicates at each value, under the same luck. The interval holds every value at which the level "
        "lies in the 95 % interval of the odds: Monte Carlo error only. What else the odds rest on stays as the "
        "scenario has it."
    )
    sheet = readings_sheet(search, factor, f"{question} by {horizon} days")
    rests = (" ".join(describe_grounds(results, question, horizon)), note, *redrawn_words(search))
    ends = {"report": "none: nothing was written", "more": "the same command with --json"}
    print_screen(Screen(loaded.title, words, (sheet,), rests, ends, "values"))


def _bounds(declared: Parameter, low: float | None, high: float | None, odds: float) -> tuple[float, float]:
    """Return the bounds of the search, with every fault of the options."""
    problems = Problems("options")
    ends = declared.bounds.low if low is None else low, declared.bounds.high if high is None else high
    for name, value, given in zip(("--low", "--high"), ends, (low, high), strict=True):
        if given is not None and not math.isfinite(given):
            problems.add(name, f"{given:g} is no number; {declared.name} must be {declared.bounds} [{declared.unit}]")
        elif not math.isfinite(value):
            problems.add(name, f"must be given: {declared.name} must be {declared.bounds}, which has no such end")
        elif (problem := declared.problem_with(value)) is not None:
            problems.add(name, problem)
    if ends[0] >= ends[1]:
        problems.add("--low", f"{ends[0]:g} must be below --high {ends[1]:g}")
    if not 0 < odds < 1:
        problems.add("--odds", f"{odds:g} is out of bounds; it must lie between 0 and 1")
    problems.raise_if_any()
    return ends


def _report_readings(read: Callable[[float], Reading], key: str, quiet: bool) -> Callable[[float], Reading]:
    """Return the function with a line on stderr for each value that was tried."""

    def report(value: float) -> Reading:
        reading = read(value)
        if not quiet:
            tell(f"{key} = {value:.4g}: {100 * reading.estimate:.3g} %")
        return reading

    return report
