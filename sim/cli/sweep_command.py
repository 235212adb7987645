"""``sim sweep``: every point of some scenarios, block by block, over worker processes."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.console import odds_record, print_json, print_odds, print_sheets, records, say, tell
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
)
from sim.cli.progress import format_duration, report_progress
from sim.cli.sweep_options import (
    ClusterOption,
    ErrorOption,
    HalfwidthOption,
    MostOption,
    ShardOption,
    TimeOption,
    connect_cluster,
)
from sim.core.errors import InputError, Problem
from sim.core.installation import cores

if TYPE_CHECKING:
    from sim.cli.sweep_options import Workload
    from sim.scenario.scenario import Scenario

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def sweep(
    scenarios: Annotated[list[Path], typer.Argument(help="Scenario files.", show_default=False)],
    *,
    replicates: ReplicatesOption = None,
    seed: SeedOption = None,
    jobs: JobsOption = None,
    cluster: ClusterOption = None,
    shard: ShardOption = None,
    until_halfwidth: HalfwidthOption = None,
    until_se: ErrorOption = None,
    max_replicates: MostOption = None,
    question: QuestionOption = None,
    horizon: HorizonOption = None,
    time_limit: TimeOption = None,
    out: OutOption = RESULTS,
    plan: Annotated[bool, typer.Option("--plan", help="Only say what would be done; nothing is written.")] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run sweeps and print their odds.

    Each scenario gets a results folder of its name below --out. The same command goes on where it was stopped, and
    more --replicates keep what is there. With --until-halfwidth or --until-se, each point gets replicates in rounds
    until all questions at all horizons, or those that --question and --horizon name, are known as well as that.
    """
    from sim.cli.sweep_options import Workload, parse_duration
    from sim.sweeps.sweep import check_numbers

    workload = Workload(until_halfwidth, until_se, max_replicates, question, horizon, replicates, shard)
    workload.check()
    limit = parse_duration(time_limit)
    loaded = load_scenarios(scenarios)
    workers = cores() if jobs is None else jobs
    for scenario in loaded:
        check_numbers(workload.most(scenario), seed or 0, workers)
        workload.rule(scenario, out / scenario.name)
    if plan:
        _print_plans(loaded, workload, workers, as_json)
        return
    if len(loaded) > 1:
        _rehearse_all(loaded, out, seed)
    with connect_cluster(cluster) as executor:
        options = {"jobs": workers, "executor": executor, "shard": workload.part, "time_limit": limit}
        shown = [
            _sweep_one(scenario, out / scenario.name, seed, workload, options, as_json=as_json, quiet=quiet)
            for scenario in loaded
        ]
    if as_json:
        print_json(shown)


def _rehearse_all(scenarios: list[Scenario], out: Path, seed: int | None) -> None:
    """Meet the faults of the last scenario before the first one has run for an hour."""
    from sim.sweeps.dry_run import rehearse
    from sim.sweeps.results_folder import check_writable

    for scenario in scenarios:
        check_writable(out / scenario.name)
        rehearse(scenario, scenario.seed if seed is None else seed)


def load_scenarios(paths: list[Path]) -> list[Scenario]:
    """Return the scenarios of some files."""
    from sim.scenario.scenario import Scenario

    problems: list[Problem] = []
    loaded: list[Scenario] = []
    for path in paths:
        try:
            loaded.append(Scenario.load(path))
        except InputError as error:
            problems += error.problems
    names = [scenario.name for scenario in loaded]
    twice = sorted({name for name in names if names.count(name) > 1})
    problems += [Problem(name, "", "two scenarios have this name, and so the same results folder") for name in twice]
    if problems:
        raise InputError(dict.fromkeys(problems))
    return loaded


def _sweep_one(
    scenario: Scenario,
    out: Path,
    seed: int | None,
    workload: Workload,
    options: dict[str, Any],
    *,
    as_json: bool,
    quiet: bool,
) -> dict[str, Any]:
    """Run one sweep, write its tables and print them; return them as JSON knows them."""
    from sim.results.reading.store import Results
    from sim.sweeps.sweep import run_blocks

    root = scenario.seed if seed is None else seed
    try:
        with report_progress(scenario.name, quiet) as report:
            run_blocks(
                scenario,
                out,
                replicates=workload.most(scenario),
                seed=root,
                on_progress=report,
                rule=workload.rule(scenario, out),
                **options,
            )
    except KeyboardInterrupt:
        tell(f"sim: interrupted; the blocks that were done are kept in {out}, and the same command goes on from there")
        raise
    results = Results.open(out)
    if results.replicates_done == results.replicates_wanted:
        return show_whole(out, as_json=as_json, quiet=quiet)
    words = f"{results.replicates_done:,} of {results.replicates_wanted:,} replicates are done"
    if not quiet:
        part = workload.part
        hint = "" if part is None else f"; put shards together with `sim results merge`, this one is {part}"
        tell(f"results: {out}: {words}, so no table was written{hint}")
    return {"folder": str(out), "done": results.replicates_done, "wanted": results.replicates_wanted}


def show_whole(out: Path, *, as_json: bool, quiet: bool) -> dict[str, Any]:
    """Write the tables of a results folder in which no block lacks, and print them; return them as JSON knows them."""
    from sim.report.presentation import make_sheets
    from sim.report.sweep_report import write_report
    from sim.results.analysis.stopping_rule import STOPPING
    from sim.results.reading.store import Results

    results = Results.open(out)
    tables = write_report(results)
    stopped = {name: table for name, table in tables.items() if name == STOPPING}
    if not as_json:
        print_odds(results, tables["odds"], tables["killed"])
        print_sheets(make_sheets(results, stopped))
    if not quiet:
        tell(f"results: {out}")
    record = odds_record(results, tables["odds"], tables["killed"])
    return record | {name: records(table) for name, table in stopped.items()}


def _print_plans(scenarios: list[Scenario], workload: Workload, jobs: int, as_json: bool) -> None:
    from sim.sweeps.plan import plan_sweep

    plans = {scenario.name: plan_sweep(scenario, workload.most(scenario), jobs) for scenario in scenarios}
    if as_json:
        print_json([{"name": name, "runs": plan.runs, **dataclasses.asdict(plan)} for name, plan in plans.items()])
        return
    for name, plan in plans.items():
        runs = f"{plan.replicates:,} replicates × {plan.horizon_days} days = {plan.runs:,} runs"
        say(
            f"{name}: {plural(plan.points, 'point')} × {runs} in {plural(plan.blocks, 'block')}; "
            f"about {format_duration(plan.seconds)} with {plural(plan.jobs, 'worker')}, "
            f"about {plan.disk_bytes / 1e6:.1f} MB on disk. Nothing was run but a pilot, nothing was written."
        )


def plural(number: int, noun: str) -> str:
    """Return a number with its noun, given in the singular."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
