"""``sim sweep``: every point of some scenarios, block by block, over worker processes."""

from __future__ import annotations

import contextlib
import dataclasses
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from sim.cli import options as common
from sim.cli.console import load_scenario, odds_record, print_json, print_screen, records, say, tell
from sim.cli.option_groups import App, argument, option
from sim.cli.progress import format_duration, report_progress
from sim.cli.sweep_options import ReplaceOption, TimeOption, Workload, parse_duration
from sim.core.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.report.screen import Screen
    from sim.scenario.scenario import Scenario
    from sim.scenario.what_if import WhatIf
    from sim.sweeps.plan import Plan

    Step = Callable[[str], None]
    Shown = tuple[dict[str, Any], Screen | None]

Anything = TypeVar("Anything")
app = App()


@app.command(epilog="sim sweep lebanon-2023/forgiveness --replicates 200")
def sweep(
    scenarios: Annotated[list[Path], argument("Scenario files.")],
    *,
    change: common.Change,
    workload: Workload,
    seed: common.SeedOption = None,
    jobs: common.JobsOption,
    cluster: Annotated[str | None, option("Dask scheduler, tcp://host:port, that computes instead of --jobs.")] = None,
    days: common.DaysOption = None,
    time_limit: TimeOption = None,
    out: common.OutOption = common.RESULTS,
    replace: ReplaceOption = False,
    plan: Annotated[bool, option("Only say what would be done; nothing is written.", "--plan")] = False,
    as_json: common.JsonOption = False,
    quiet: common.QuietOption = False,
) -> None:
    """Run sweeps and print the answer.

    Each scenario gets a results folder of its name below --out. The same command goes on where it was stopped, and
    more --replicates keep what is there. Fewer need no work and take nothing away; tables of more replicates stay
    unless --replace is given. --question and --horizon choose what is printed; `sim results show` prints all. With
    --until-halfwidth or --until-se, each point gets replicates in rounds until all questions at all horizons, or those
    that are chosen, are known as well as that.
    """
    from sim.sweeps.dask_cluster import connect
    from sim.sweeps.plan import plan_sweep
    from sim.sweeps.sweep import check_numbers, check_sweep

    workload.check()
    limit = parse_duration(time_limit)
    loaded = [one.shorten(days) for one in load_scenarios(scenarios, quiet, change.what_if)]
    sweeps: list[tuple[Scenario, Path, dict[str, Any]]] = []
    for scenario in loaded:
        size, root = workload.most(scenario), scenario.seed if seed is None else seed
        check_numbers(size, root, jobs)
        workload.check_choice(scenario)
        rule = workload.rule(scenario, out / scenario.name)
        wanted: dict[str, Any] = {"replicates": size, "seed": root, "rule": rule, "replace": replace}
        sweeps.append((scenario, out / scenario.name, wanted))
    if plan:
        plans = {one.name: plan_sweep(one, jobs=jobs, out=folder, **wanted) for one, folder, wanted in sweeps}
        _print_plans(plans, as_json)
        return
    # What is refused is met before any work is told of; of several, all faults before the first has run for an hour.
    for scenario, folder, wanted in sweeps:
        check_sweep(scenario, folder, **wanted, is_rehearsed=len(sweeps) > 1)
    with contextlib.nullcontext() if cluster is None else connect(cluster) as executor:
        options = {"jobs": jobs, "executor": executor, "shard": workload.part, "time_limit": limit}
        show = partial(_show, workload=workload, as_json=as_json, quiet=quiet)
        shown = []
        for scenario, folder, wanted in sweeps:
            made = sweep_one(scenario, folder, show, quiet, **wanted, **options)
            shown.append(print_shown(made, is_alone=len(sweeps) == 1))
    if as_json:
        print_json(shown)


def load_scenarios(paths: list[Path], quiet: bool = False, what_if: WhatIf | None = None) -> list[Scenario]:
    """Return the scenarios of some files, with what is different from them."""
    problems: list[Problem] = []
    loaded: list[Scenario] = []
    for path in paths:
        try:
            loaded.append(load_scenario(path, quiet, what_if))
        except InputError as error:
            problems += error.problems
    names = [scenario.name for scenario in loaded]
    twice = sorted({name for name in names if names.count(name) > 1})
    problems += [Problem(name, "", "two scenarios have this name, and so the same results folder") for name in twice]
    if problems:
        raise InputError(dict.fromkeys(problems))
    return loaded


def sweep_one(
    scenario: Scenario, out: Path, show: Callable[[Path, Step], Anything], quiet: bool, **options: Any
) -> Anything:
    """Run the blocks of one sweep, with the options of `run_blocks`; return what is to be shown of its folder."""
    from sim.sweeps.sweep import run_blocks

    points = len(scenario.points())
    shown: list[Anything] = []
    work = f"{'at most ' if options.get('rule') else ''}{points * options['replicates']:,} histories"
    work = work if points == 1 else f"{points:,} what-ifs, {work}"

    def finish(folder: Path) -> None:
        # While nobody else may write there: what is shown is of these blocks.
        shown.append(show(folder, report.step))

    try:
        with report_progress(scenario.name, quiet, work) as report:
            run_blocks(scenario, out, on_progress=report, finish=finish, **options)
    except KeyboardInterrupt:
        tell(f"sim: interrupted; the blocks that were done are kept in {out}, and the same command goes on from there")
        raise
    return shown[0]


def print_shown(shown: Shown, is_alone: bool = True) -> dict[str, Any]:
    """Print the screen of a sweep, if it has one, once no progress is shown any more; return what JSON knows of it."""
    record, screen = shown
    if screen is not None:
        print_screen(screen, is_alone)
    return record


def _show(out: Path, told: Step, workload: Workload, as_json: bool, quiet: bool) -> Shown:
    """Write the tables of a folder in which no block lacks, or say that some do."""
    from sim.results.reading.store import Results

    results = Results.open(out)
    if results.replicates_done == results.replicates_wanted:
        return show_whole(out, told, *workload.both, as_json=as_json)
    words = f"{results.replicates_done:,} of {results.replicates_wanted:,} replicates are done"
    if not quiet:
        part = workload.part
        hint = "" if part is None else f"; put shards together with `sim results merge`, this one is {part}"
        tell(f"results: {out}: {words}, so no table was written{hint}")
    record = {"folder": str(out), "done": results.replicates_done, "wanted": results.replicates_wanted}
    return record, None


def show_whole(
    out: Path,
    told: Step,  # what is done, as it begins
    questions: list[str] | None = None,
    horizons: list[int] | None = None,
    *,
    as_json: bool,
) -> Shown:
    """Write the tables of a results folder in which no block lacks, and return the answer for JSON or as a screen."""
    from sim.report.html_page import PAGE
    from sim.report.screen import name_folder, odds_screen
    from sim.report.sweep_report import write_report
    from sim.results.analysis.odds import compute_odds
    from sim.results.analysis.stopping_rule import STOPPING
    from sim.results.reading.store import Results

    results = Results.open(out)
    tables = write_report(results, told)
    odds = compute_odds(results, questions, horizons) if questions or horizons else tables["odds"]
    if not as_json:
        page = str(out / PAGE) if (out / PAGE).is_file() else "not written"
        ends = {"report": page, "more": f"sim results show {name_folder(out)}"}
        return {}, odds_screen(results, odds, questions=questions, horizons=horizons, ends=ends)
    record = odds_record(results, odds, tables["killed"])
    return record | {name: records(tables[name]) for name in {STOPPING} & tables.keys()}, None


def _print_plans(plans: dict[str, Plan], as_json: bool) -> None:
    if as_json:
        print_json([{"name": name, "runs": plan.runs, **dataclasses.asdict(plan)} for name, plan in plans.items()])
        return
    for name, plan in plans.items():
        runs = f"{plan.replicates:,} replicates × {plan.horizon_days} days = {plan.runs:,} runs"
        size = f"{plural(plan.points, 'point')} × {runs} in {plural(plan.blocks, 'block')}"
        work = f"the sweep would be refused: {plan.refusal}." if plan.refusal else _describe_work(plan)
        say(f"{name}: {size}; {work}")


def _describe_work(plan: Plan) -> str:
    """Return what is there of a sweep, what is left to do, and how long it takes."""
    there = f"{plan.blocks_there:,} of {plural(plan.blocks, 'block')} {'is' if plan.blocks_there == 1 else 'are'} there"
    if plan.blocks_there == plan.blocks:
        return f"{there} already; nothing is left to do, and nothing was written."
    words = f"about {format_duration(plan.seconds)} with {plural(plan.jobs, 'worker')}. "
    if plan.replicates_there:
        words += f"{there} already, and {plan.replicates_there:,} of {plan.runs:,} runs; only the others are computed. "
    if plan.blocks_renewed:
        files = plural(plan.blocks_renewed, "file")
        words += f"{files} there would be dropped: broken, replaced, or made by other code. "
    return f"{words}Nothing was run but a pilot, nothing was written."


def plural(number: int, noun: str) -> str:
    """Return a number with its noun, given in the singular."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
