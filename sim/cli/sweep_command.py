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
    cores,
)
from sim.cli.progress import duration, reporting
from sim.cli.sweep_options import (
    ClusterOption,
    ErrorOption,
    HalfwidthOption,
    MostOption,
    ShardOption,
    TimeOption,
    computing,
)
from sim.core.errors import InputError, Problem

if TYPE_CHECKING:
    from sim.cli.sweep_options import Asked
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
    from sim.cli.sweep_options import Asked, seconds
    from sim.sweeps.sweep import check_numbers

    asked = Asked(until_halfwidth, until_se, max_replicates, question, horizon, replicates, shard)
    asked.check()
    limit = seconds(time_limit)
    loaded = load_all(scenarios)
    workers = cores() if jobs is None else jobs
    for scenario in loaded:
        check_numbers(asked.most(scenario), seed or 0, workers)
        asked.rule(scenario, out / scenario.name)
    if plan:
        _print_plans(loaded, asked, workers, as_json)
        return
    if len(loaded) > 1:
        _rehearse_all(loaded, out, seed)
    with computing(cluster) as executor:
        ways = {"jobs": workers, "executor": executor, "shard": asked.part, "time_limit": limit}
        shown = [
            _sweep_one(scenario, out / scenario.name, seed, asked, ways, as_json=as_json, quiet=quiet)
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


def load_all(paths: list[Path]) -> list[Scenario]:
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
    scenario: Scenario, out: Path, seed: int | None, asked: Asked, ways: dict[str, Any], *, as_json: bool, quiet: bool
) -> dict[str, Any]:
    """Run one sweep, write its tables and print them; return them as JSON knows them."""
    from sim.results.reading.store import Results
    from sim.sweeps.sweep import run_blocks

    root = scenario.seed if seed is None else seed
    try:
        with reporting(scenario.name, quiet) as report:
            run_blocks(
                scenario,
                out,
                replicates=asked.most(scenario),
                seed=root,
                on_progress=report,
                rule=asked.rule(scenario, out),
                **ways,
            )
    except KeyboardInterrupt:
        tell(f"sim: interrupted; the blocks that were done are kept in {out}, and the same command goes on from there")
        raise
    results = Results.open(out)
    if results.replicates_done == results.replicates_wanted:
        return show_whole(out, as_json=as_json, quiet=quiet)
    words = f"{results.replicates_done:,} of {results.replicates_wanted:,} replicates are done"
    if not quiet:
        way = "" if asked.part is None else f"; put shards together with `sim results merge`, this one is {asked.part}"
        tell(f"results: {out}: {words}, so no table was written{way}")
    return {"folder": str(out), "done": results.replicates_done, "wanted": results.replicates_wanted}


def show_whole(out: Path, *, as_json: bool, quiet: bool) -> dict[str, Any]:
    """Write the tables of a results folder in which no block lacks, and print them; return them as JSON knows them."""
    from sim.report.html_page import write_page
    from sim.report.stopping_sheets import stopping_sheet
    from sim.results.analysis.stopping_rule import STOPPING
    from sim.results.reading.store import Results
    from sim.results.tables import collected, write

    results = Results.open(out)
    found = collected(results)
    write(results, found)
    write_page(results, found)
    stopped = found.tables.get(STOPPING)
    if not as_json:
        print_odds(results, found.odds, found.killed)
        if stopped is not None:
            print_sheets([stopping_sheet(results, stopped)])
    if not quiet:
        tell(f"results: {out}")
    record = odds_record(results, found.odds, found.killed)
    return record if stopped is None else record | {"stopping": records(stopped)}


def _print_plans(scenarios: list[Scenario], asked: Asked, jobs: int, as_json: bool) -> None:
    from sim.sweeps.plan import plan_sweep

    plans = {scenario.name: plan_sweep(scenario, asked.most(scenario), jobs) for scenario in scenarios}
    if as_json:
        print_json([{"name": name, "runs": one.runs, **dataclasses.asdict(one)} for name, one in plans.items()])
        return
    for name, one in plans.items():
        runs = f"{one.replicates:,} replicates × {one.horizon_days} days = {one.runs:,} runs"
        say(
            f"{name}: {counted(one.points, 'point')} × {runs} in {counted(one.blocks, 'block')}; "
            f"about {duration(one.seconds)} with {counted(one.jobs, 'worker')}, "
            f"about {one.disk_bytes / 1e6:.1f} MB on disk. Nothing was run but a pilot, nothing was written."
        )


def counted(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
