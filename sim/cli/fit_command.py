"""``sim fit``: the joint posterior of a theatre's parameters from its reported incidents."""

import time
from pathlib import Path
from typing import Annotated

from sim.cli.console import print_json, print_screen, tell
from sim.cli.option_groups import App, option
from sim.cli.options import RESULTS, JobsOption, JsonOption, QuietOption, SeedOption, TheatreArgument

app = App()


@app.command(epilog="sim fit lebanon-2023")
def fit(
    theatre: TheatreArgument,
    *,
    out: Annotated[Path | None, option("Folder of the fit; results/fit-THEATRE without it.")] = None,
    as_of: Annotated[str, option("Use reports before this day; ex post after the start.")] = "",
    seed: SeedOption = None,
    jobs: JobsOption,
    alternatives: Annotated[
        bool, option("Fit once more with the counts that the default leaves out.", "--alternatives")
    ] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Fit a theatre to its reported incidents.

    The posterior becomes a results folder, written whole or not at all. A scenario with posterior = "FOLDER" draws its
    parameters from it.
    """
    from sim.inference.evidence_plan import plan_of, read_day
    from sim.inference.fit import SEED
    from sim.inference.theatre_fit import fit_name, fit_theatre
    from sim.report.fit_plots import plot_fit
    from sim.report.fit_sheets import fit_screen

    began = time.monotonic()
    until = read_day(as_of, "--as-of") if as_of else None
    plan = plan_of(theatre)
    folder = out or RESULTS / fit_name(plan, until)
    fitted = fit_theatre(
        plan,
        as_of=until,
        seed=SEED if seed is None else seed,
        jobs=jobs,
        out=folder,
        alternatives=alternatives,
        plots=plot_fit,
        progress=None if quiet else lambda text: tell(f"fit: {text}"),
    )
    if as_json:
        tables = {"summary": fitted.summary(), "checks": fitted.checks, "evidence": fitted.evidence}
        print_json({"manifest": fitted.manifest} | {name: table.to_dict("records") for name, table in tables.items()})
    else:
        print_screen(fit_screen(fitted, folder))
    if not quiet:
        tell(f"fit: {folder} in {time.monotonic() - began:.0f} s")
