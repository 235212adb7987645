"""Sheets of a fit and of a nowcast."""

from __future__ import annotations

import pandas as pd

from sim.inference.theatre_fit import TheatreFit
from sim.report.sheet import Sheet


def fit_sheets(fit: TheatreFit) -> list[Sheet]:
    """Return the sheets of a fit: parameters, derived quantities, and the check by the engine."""
    manifest = fit.manifest
    parameters = tuple(
        (
            str(row["parameter"]),
            f"{row['median']:.3g}",
            f"{row['low']:.3g} to {row['high']:.3g}",
            f"{row['prior_low']:.3g} to {row['prior_high']:.3g}",
            f"{100 * row['contraction']:.0f} %",
            str(row["status"]),
        )
        for _, row in fit.summary().iterrows()
    )
    derived = tuple(
        (
            str(row["quantity"]),
            f"{row['median']:.3g}",
            f"{row['low']:.3g} to {row['high']:.3g}",
            f"{row['prior_low']:.3g} to {row['prior_high']:.3g}",
        )
        for _, row in fit.derived().iterrows()
    )
    checks = tuple(
        (
            str(row["quantity"]),
            f"{row['observed']:.3g}",
            f"{row['low_90']:.3g} to {row['high_90']:.3g}",
            "yes" if row["inside_90"] else "within 99 %" if row["inside_99"] else "no",
        )
        for _, row in fit.checks.iterrows()
    )
    return [
        Sheet(
            f"{manifest['theatre']}: reports from {manifest['first_day']} to before {manifest['as_of']}",
            ("parameter", "median", "90 %", "90 % before", "contraction", "status"),
            parameters,
        ),
        Sheet("The exchange", ("quantity", "median", "90 %", "90 % before"), derived),
        Sheet("The engine on the posterior", ("quantity", "reported", "90 % band", "inside"), checks),
    ]


def fit_notes(fit: TheatreFit) -> list[str]:
    """Return what the sheets of a fit rest on, a sentence or two each."""
    manifest = fit.manifest
    informed = (
        f"{len(manifest['informed'])} of {len(fit.summary())} parameters are informed by the evidence; the others "
        f"stand at their priors and count as assumptions. {manifest['draws']:,} draws, at least "
        f"{manifest['least_ess']:.0f} independent ones of each parameter, R-hat at most "
        f"{manifest['largest_rhat']:.3f}."
    )
    return [*([f"{manifest['ex_post']}."] if manifest["ex_post"] else []), informed]


def nowcast_sheet(table: pd.DataFrame, title: str) -> Sheet:
    """Return the sheet of a nowcast."""
    rows = tuple(
        (
            f"{row['as_of']}{' ex post' if row['ex_post'] is True else ''}",
            f"{row['branching']:.2f} ({row['branching_low']:.2f}–{row['branching_high']:.2f})",
            f"{100 * row['odds']:.1f} ({100 * row['odds_low']:.1f}–{100 * row['odds_high']:.1f})",
            str(row["status"]),
        )
        for _, row in table.iterrows()
    )
    odds = f"odds of {table['question'].iloc[0]} in {table['horizon'].iloc[0]} days, %"
    return Sheet(title, ("as of", "branching ratio", odds, ""), rows)
