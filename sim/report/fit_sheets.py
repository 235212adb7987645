"""Sheets of a fit and of a nowcast."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sim.inference.posterior_predictive import NOT_CHECKED
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
            "-" if row["inside_90"] == NOT_CHECKED else f"{row['observed']:.3g}",
            f"{row['low_90']:.3g} to {row['high_90']:.3g}",
            _inside(row),
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


def _inside(check: pd.Series[Any]) -> str:
    if check["inside_90"] == NOT_CHECKED:
        return NOT_CHECKED
    return "yes" if check["inside_90"] else "within 99 %" if check["inside_99"] else "no"


def fit_notes(fit: TheatreFit) -> list[str]:
    """Return what the sheets of a fit rest on, a sentence or two each."""
    manifest = fit.manifest
    informed = (
        f"{len(manifest['informed'])} of {len(fit.summary())} parameters are informed by the evidence; the others "
        f"stand at their priors and count as assumptions. {manifest['draws']:,} draws, at least "
        f"{manifest['least_ess']:.0f} independent ones of each parameter, R-hat at most "
        f"{manifest['largest_rhat']:.3f}."
    )
    assembled, as_planned = fit.posterior.assembled, fit.posterior.plan.left_out
    left_out = [f"Left out: {name}: {reason}." for name, reason in assembled.reasons.items() if name not in as_planned]
    silence = [f"{assembled.silence.capitalize()}."] if assembled.silence else []
    return [*([f"{manifest['ex_post']}."] if manifest["ex_post"] else []), informed, *silence, *left_out]


def nowcast_sheet(table: pd.DataFrame, title: str) -> Sheet:
    """Return the sheet of a nowcast."""
    rows = tuple(
        (
            f"{row['as_of']}{' ex post' if row['ex_post'] is True else ''}",
            _interval(row, "branching", 1, 2),
            _interval(row, "odds", 100, 1),
            str(row["status"]),
        )
        for _, row in table.iterrows()
    )
    odds = f"odds of {table['question'].iloc[0]} in {table['horizon'].iloc[0]} days, %"
    return Sheet(title, ("as of", "branching ratio", odds, ""), rows)


def _interval(row: pd.Series[Any], name: str, unit: int, digits: int) -> str:
    if pd.isna(row[name]):
        return "-"
    value, low, high = (f"{unit * row[column]:.{digits}f}" for column in (name, f"{name}_low", f"{name}_high"))
    return f"{value} ({low}–{high})"
