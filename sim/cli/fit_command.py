"""``sim fit``: the joint posterior of a theatre's parameters from its reported incidents."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.console import print_json, print_sheets, say, tell
from sim.cli.options import RESULTS, JobsOption, JsonOption, QuietOption, SeedOption, cores
from sim.core.errors import InputError

if TYPE_CHECKING:
    import datetime

    from pandas import DataFrame

    from sim.inference.fit import Fit

app = typer.Typer(add_completion=False, rich_markup_mode=None)
SEED = 20231107


@app.command()
def fit(
    theatre: Annotated[Path, typer.Argument(help="Theatre file; evidence.toml lies beside it.", show_default=False)],
    *,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder of the fit; results/fit-THEATRE without it.")
    ] = None,
    as_of: Annotated[str, typer.Option("--as-of", help="Use reports before this day; ex post after the start.")] = "",
    seed: SeedOption = None,
    jobs: JobsOption = None,
    alternatives: Annotated[
        bool, typer.Option("--alternatives", help="Fit once more with the counts that the default leaves out.")
    ] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Fit a theatre to its reported incidents.

    The posterior becomes a results folder, written whole or not at all. A scenario with posterior = "FOLDER" draws its
    parameters from it.
    """
    from sim.inference.evidence_plan import read_plan
    from sim.inference.fit import fit as fitted
    from sim.inference.fit_tables import KIND, manifest_of_fit, tables_of
    from sim.inference.posterior_predictive import predictive_check
    from sim.inference.sampler import Budget
    from sim.sweeps.atomic_folder import check_replaceable, write_folder
    from sim.sweeps.results_folder import MANIFEST
    from sim.sweeps.sweep import check_numbers

    began = time.monotonic()
    root, workers = SEED if seed is None else seed, cores() if jobs is None else jobs
    check_numbers(seed=root, jobs=workers)
    until = day_of("--as-of", as_of)
    plan = read_plan(theatre)
    suffix = f"-as-of-{as_of}" if until and until != plan.theatre_file.start else ""
    place = out or RESULTS / f"fit-{theatre.absolute().parent.name}{suffix}"
    check_replaceable(place, KIND)
    budget = Budget(jobs=min(workers, Budget.ensembles))
    note = _silent if quiet else tell
    note(f"fit: {theatre}: sampling")
    found = fitted(plan, until=until, seed=root, budget=budget)
    note(f"fit: {len(found.draws)} draws kept; the engine runs the record on {len(found.draws) // 4} of them")
    checks = predictive_check(found)
    others = None
    if alternatives:
        note("fit: once more with the counts that the default leaves out")
        others = _alternatives(found, fitted(plan, until=until, also=_counts(found), seed=root, budget=budget))
    files = tables_of(found, checks, others) | _plots(found, checks)
    manifest = manifest_of_fit(found, place.name, checks, files)
    write_folder(place, files | {MANIFEST: (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode()})
    if as_json:
        print_json(
            {"manifest": manifest, "summary": found.summary().to_dict("records"), "checks": checks.to_dict("records")}
        )
    else:
        _print(found, manifest, checks)
    note(f"fit: {place} in {time.monotonic() - began:.0f} s")


def day_of(option: str, text: str) -> datetime.date | None:
    """Return the day that an option names, or None if it is not given.

    Parameters
    ----------
    option : str
        Name of the option, for the message.
    text : str
        What was given.

    Raises
    ------
    InputError
        If it is no date.
    """
    import datetime

    try:
        return datetime.date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError.single(option, "", f'"{text}" is not a date; write it as 2023-11-07') from None


def _silent(_text: str) -> None:
    """Say nothing."""


def _counts(found: Fit) -> list[str]:
    """Return the counts of acts over long spans that the default leaves out."""
    tallies = (found.plan.tallies[name] for name in found.plan.left_out)
    return [one.id for one in tallies if one.measure == "acts" and one.period_end > one.period_start]


def _alternatives(found: Fit, other: Fit) -> DataFrame:
    from pandas import concat

    names = {"default": found, f"with {', '.join(_counts(found))}": other}
    columns = ["parameter", "median", "low", "high", "contraction", "status"]
    tables = [
        concat(
            [
                one.summary()[columns],
                one.derived()[["quantity", "median", "low", "high"]].rename(columns={"quantity": "parameter"}),
            ]
        ).assign(evidence=name)
        for name, one in names.items()
    ]
    return concat(tables, ignore_index=True)


def _plots(found: Fit, checks: DataFrame) -> dict[str, bytes]:
    from sim.report.fit_plots import plot_checks, plot_parameters

    return {"parameters.png": plot_parameters(found.summary()), "checks.png": plot_checks(checks)}


def _print(found: Fit, manifest: dict[str, Any], checks: DataFrame) -> None:
    from sim.report.sheet import Sheet

    summary = found.summary()
    rows = tuple(
        (
            str(one["parameter"]),
            f"{one['median']:.3g}",
            f"{one['low']:.3g} to {one['high']:.3g}",
            f"{one['prior_low']:.3g} to {one['prior_high']:.3g}",
            f"{100 * one['contraction']:.0f} %",
            str(one["status"]),
        )
        for _, one in summary.iterrows()
    )
    heads = ("parameter", "median", "90 %", "90 % before", "contraction", "status")
    derived = tuple(
        (
            str(one["quantity"]),
            f"{one['median']:.3g}",
            f"{one['low']:.3g} to {one['high']:.3g}",
            f"{one['prior_low']:.3g} to {one['prior_high']:.3g}",
        )
        for _, one in found.derived().iterrows()
    )
    checked = tuple(
        (
            str(one["quantity"]),
            f"{one['observed']:.3g}",
            f"{one['low_90']:.3g} to {one['high_90']:.3g}",
            "yes" if one["inside_90"] else "within 99 %" if one["inside_99"] else "no",
        )
        for _, one in checks.iterrows()
    )
    print_sheets(
        [
            Sheet(
                f"{manifest['theatre']}: reports from {manifest['first_day']} to before {manifest['as_of']}",
                heads,
                rows,
            ),
            Sheet("The exchange", ("quantity", "median", "90 %", "90 % before"), derived),
            Sheet("The engine on the posterior", ("quantity", "reported", "90 % band", "inside"), checked),
        ]
    )
    if found.is_ex_post:
        say(f"{manifest['ex_post']}.")
    say(
        f"{len(manifest['informed'])} of {len(summary)} parameters are informed by the evidence; the others stand at "
        f"their priors and count as assumptions. {manifest['draws']:,} draws, at least {manifest['least_ess']:.0f} "
        f"independent ones of each parameter, R-hat at most {manifest['largest_rhat']:.3f}."
    )
