"""``sim nowcast``: branching ratio and odds as of each of several days."""

import json
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.console import print_json, print_screen, tell
from sim.cli.option_groups import App, option
from sim.cli.options import FAILED, RESULTS, JobsOption, JsonOption, QuietOption, SeedOption, TheatreArgument

app = App()


@app.command(epilog="sim nowcast lebanon-2023 --from 2023-10-22 --to 2023-11-05")
def nowcast(
    theatre: TheatreArgument,
    *,
    since: Annotated[str, option("First day, as 2023-10-15.", "--from")],
    until: Annotated[str, option("Last day.", "--to")],
    every: Annotated[int, option("Days between two fits.")] = 7,
    window: Annotated[int | None, option("Use only so many days before each day.", min=1)] = None,
    question: Annotated[str, option("Question whose odds are asked for; the first without it.")] = "",
    horizon: Annotated[int, option("Days from each day on.", min=1, max=3650)] = 90,
    replicates: Annotated[int, option("Replicates of each ensemble.", min=1)] = 300,
    out: Annotated[Path | None, option("Folder; results/nowcast-THEATRE without it.")] = None,
    seed: SeedOption = None,
    jobs: JobsOption,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Follow branching ratio and odds over several days.

    Each day has a fit of its own, on what had been reported before it. The result is a table and a plot.
    """
    from sim.inference.evidence_plan import plan_of, read_day
    from sim.inference.fit import SEED
    from sim.inference.nowcast import KIND, dates_between, nowcast, write_nowcast
    from sim.report.fit_plots import plot_nowcast
    from sim.report.fit_sheets import nowcast_screen
    from sim.sweeps.atomic_folder import check_replaceable

    days = dates_between(read_day(since, "--from"), read_day(until, "--to"), every)
    plan = plan_of(theatre)
    folder = out or RESULTS / f"nowcast-{plan.path.absolute().parent.name}"
    check_replaceable(folder, KIND)
    root = SEED if seed is None else seed
    table = nowcast(
        plan,
        days,
        question=question,
        horizon=horizon,
        replicates=replicates,
        window_days=window,
        seed=root,
        jobs=jobs,
        progress=None if quiet else lambda text: tell(f"nowcast: {text}"),
    )
    options = {"from": since, "to": until, "every": every, "window": window}
    options |= {"question": str(table["question"].iloc[0]), "horizon": horizon}
    title = f"{plan.theatre_file.theatre.name}: as of each day; ex post after {plan.theatre_file.start}"
    is_fitted = bool(table["branching"].notna().any())
    if is_fitted:
        write_nowcast(folder, table, {"nowcast": options, "seed": root}, plot_nowcast(table, title))
    if as_json:
        print_json(json.loads(table.to_json(orient="records", date_format="iso")))
    else:
        print_screen(nowcast_screen(table, title, plan.theatre_file.questions, folder if is_fitted else None))
    if not is_fitted:
        tell(f"nowcast: no day was fitted, so {folder} was not written")
        raise typer.Exit(FAILED)
    if not quiet:
        tell(f"nowcast: {folder}")
