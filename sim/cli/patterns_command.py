"""``sim patterns``: what daily counts of a record, or of simulated histories, are like."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.console import load_scenario, print_json, print_screen, records, tell
from sim.cli.options import RESULTS, JobsOption, JsonOption, QuietOption, SeedOption, open_folder
from sim.cli.progress import report_progress
from sim.core.errors import InputError

if TYPE_CHECKING:
    from sim.results.reading.store import Results

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(
    epilog="sim patterns lebanon-2023/ledger.csv --series ISR --series HZB+HAM+PIJ\n"
    "sim patterns lebanon-2023/baseline --series side_b --seen 0.6 --beside lebanon-2023/sirens.csv"
)
def patterns(
    asked: Annotated[
        Path,
        typer.Argument(
            metavar="RECORD | RESULT | SCENARIO",
            help="CSV of incidents, sightings or daily series; results with daily totals; or a scenario to run.",
            show_default=False,
        ),
    ],
    *,
    series: Annotated[
        list[str] | None,
        typer.Option("--series", help="As HZB+HAM, or as side_b=HZB with that beside; two for who follows whom."),
    ] = None,
    beside: Annotated[Path | None, typer.Option("--beside", help="Record to compare histories with.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="First day of the record, as 2023-10-15.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Last day of the record.")] = None,
    merge: Annotated[float, typer.Option("--merge", help="Minutes within which sightings are one act.", min=0)] = 0.0,
    calm: Annotated[float, typer.Option("--calm", help="Days; more of them part episodes.", min=0)] = 1.0,
    lags: Annotated[int | None, typer.Option("--lags", help="Lags of the autoregression.", min=1, max=7)] = None,
    replicates: Annotated[int, typer.Option("--replicates", help="Histories of a scenario.", min=1)] = 200,
    seen: Annotated[float, typer.Option("--seen", help="Chance that a simulated act counts.", min=0, max=1)] = 1.0,
    without: Annotated[str, typer.Option("--without", help="Only histories without this question come true.")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="CSV file for all of them.")] = None,
    seed: SeedOption = None,
    jobs: JobsOption,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Find patterns of daily counts: clustering, memory, episodes, who follows whom.

    Model and record go through the same code. Where a record stands beside, both are cut to the same number of days.
    """
    from sim.core.shipped_data import find_beside_theatre
    from sim.inference.evidence_plan import read_day
    from sim.report.pattern_sheets import PATTERN_NOTE, patterns_screen
    from sim.results.patterns import compare_patterns, count_histories, count_record, find_patterns
    from sim.results.reading.daily_measures import SIDES
    from sim.results.reading.store import format_csv
    from sim.sweeps.results_folder import write_whole

    names, others = ([word for name in series or () if (word := name.partition("=")[i])] for i in (0, 2))
    span = [None if day is None else read_day(day, option) for day, option in ((since, "--from"), (until, "--to"))]
    file, record = find_beside_theatre(asked, ""), None
    told = {} if beside is None else count_record(find_beside_theatre(beside, ""), others, merge, *span)
    if file.is_file() and file.suffix != ".toml":
        if told:
            raise InputError.single("--beside", "", f"stands beside histories, and {asked} is a record")
        for option, is_given in (("--seen", seen < 1), ("--without", bool(without))):
            if is_given:
                raise InputError.single(option, "", f"thins or picks histories, and {asked} is a record")
        counts = count_record(file, names, merge, *span)
    else:
        size = len(set(names)) or len(SIDES)
        if beside is not None and len(told) != size:
            words = f"{beside.name} has {len(told)} series and {asked.name} {size}; name them in pairs, as side_b=HZB"
            raise InputError.single("--series", "", words)
        results = _open(asked, names, without, replicates, seed, jobs, quiet)
        counts = count_histories(results, names, seen, without)
    title = asked.name
    if beside is not None:
        days, title = min(map(len, (*counts.values(), *told.values()))), f"{title} beside {beside.name}"
        same = {name: whole[:days] for name, whole in zip(counts, told.values(), strict=True)}
        counts, record = {name: whole[:days] for name, whole in counts.items()}, find_patterns(same, calm, lags)
    table = compare_patterns(find_patterns(counts, calm, lags), record)
    if len(counts) == 2 and not table["statistic"].eq("Granger p-value").any():
        tell('sim: note: no autoregression; it needs series that vary, and pip install "escalation-sim[truth]"')
    days, size = next(iter(counts.values())).shape
    title += f": {days} days" + f" of {size:,} histories" * (size > 1)
    if out is not None:
        write_whole(out, format_csv(table).encode())
    if as_json:
        print_json({"title": title, "patterns": records(table), "notes": [PATTERN_NOTE]})
    else:
        print_screen(patterns_screen(table, title, {"all": str(out or "--json, or --out FILE.csv")}))


def _open(
    asked: Path, names: list[str], without: str, replicates: int, seed: int | None, jobs: int, quiet: bool
) -> Results:
    """Return a results folder, or what a scenario gives at its first point; what it cannot tell is refused before."""
    from sim.results.patterns import check_histories
    from sim.results.reading.unsaved_results import Unsaved, run_unsaved
    from sim.sweeps.results_folder import MANIFEST, build_manifest

    if any((folder / MANIFEST).is_file() for folder in (asked, RESULTS / asked)):
        return open_folder(str(asked))
    scenario = load_scenario(asked, quiet)
    root = scenario.seed if seed is None else seed
    manifest = build_manifest(scenario, replicates, root) | {"points": 1}
    check_histories(Unsaved(scenario.path, manifest, scenario.points()[0], ()), names, without)
    with report_progress(scenario.name, quiet, f"{replicates:,} histories") as report:
        return run_unsaved(scenario, 0, report, replicates=replicates, seed=root, jobs=jobs)
