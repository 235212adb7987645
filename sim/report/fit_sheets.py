"""Sheets of a fit and of a nowcast."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from sim.core.errors import name_some
from sim.engine.outcomes import Question
from sim.inference.joint_checks import TOGETHER, describe_jointly
from sim.inference.posterior_predictive import NOT_CHECKED
from sim.inference.theatre_fit import TheatreFit
from sim.report import cells
from sim.report.answer import count_histories, describe_chance, phrase_event
from sim.report.screen import Screen
from sim.report.sheet import Columns, Sheet, format_range
from sim.scenario.parameter_catalogue import plain_name


def fit_screen(fit: TheatreFit, folder: Path) -> Screen:
    """Return what a fit ends on: the exchange, and the parameters that the reports tell most about."""
    manifest = fit.manifest
    reports = f"reports from {manifest['first_day']} to before {manifest['as_of']}"
    derived = fit.derived().set_index("quantity").loc["branching ratio"]
    ratio = f"{derived['median']:.2f} (90 %: {derived['low']:.2f} to {derived['high']:.2f}"
    before = f"without these reports {derived['prior_low']:.2f} to {derived['prior_high']:.2f})"
    parties = {party.id: party.name for party in fit.posterior.plan.theatre_file.theatre.parties}
    columns: Columns = {
        "parameter": lambda row: plain_name(row["parameter"], parties),
        "median": cells.number("median", ".3g"),
        "90 %": lambda row: f"{row['low']:.3g} to {row['high']:.3g}",
        "90 % before": lambda row: f"{row['prior_low']:.3g} to {row['prior_high']:.3g}",
        "contraction": lambda row: f"{100 * row['contraction']:.0f} %",
    }
    known_best = fit.summary().sort_values("contraction", ascending=False)
    return Screen(
        f"{manifest['theatre']}: fit to {reports}",
        (f"Given the {reports}, one act in the exchange draws {ratio}; {before} further acts in the mean.",),
        (Sheet.of("What the reports tell most about", known_best, columns),),
        (*fit_notes(fit),),
        {"tables": f"{folder}/summary.csv, derived.csv, checks.csv, evidence.csv", "to use": f'posterior = "{folder}"'},
        "parameters",
    )


def _describe_checks(checks: pd.DataFrame) -> str:
    """Return how many of the reported quantities the engine gives on the posterior."""
    checked = checks[(checks["inside_90"] != NOT_CHECKED) & (checks["quantity"] != TOGETHER)]
    outside = [str(row["quantity"]) for row in checked.to_dict("records") if not row["inside_90"]]
    words = f"The engine on the posterior gives {len(checked) - len(outside)} of {len(checked)} reported quantities "
    words += f"within its 90 % band{f'; not {name_some(outside, 3)}' if outside else ''}."
    return f"{words} {describe_jointly(checks)}".rstrip()


def fit_notes(fit: TheatreFit) -> list[str]:
    """Return what the sheets of a fit rest on, a sentence or two each."""
    manifest = fit.manifest
    informed = (
        f"{len(manifest['informed'])} of {len(fit.summary())} parameters are informed by the evidence; the others "
        f"stand at their priors, and count as what these rest on. {manifest['draws']:,} draws, at least "
        f"{manifest['least_ess']:.0f} independent ones of each parameter, R-hat at most "
        f"{manifest['largest_rhat']:.3f}."
    )
    assembled, as_planned = fit.posterior.assembled, fit.posterior.plan.left_out
    left_out = [f"Left out: {name}: {reason}." for name, reason in assembled.reasons.items() if name not in as_planned]
    silence = [f"{assembled.silence.capitalize()}."] if assembled.silence else []
    checks = _describe_checks(fit.checks)
    return [*([f"{manifest['ex_post']}."] if manifest["ex_post"] else []), informed, checks, *silence, *left_out]


def nowcast_screen(table: pd.DataFrame, title: str, questions: Iterable[Question], folder: Path | None) -> Screen:
    """Return what a nowcast ends on: the odds of its last day in a sentence, and a row for each day."""
    asked = [{"id": question.id, "text": question.text} for question in questions]
    sentences = [
        f"As of {row['as_of']}{', ex post' if row['ex_post'] is True else ''}, given the reports before that day, "
        f"{count_histories(round(row['odds'] * row['replicates']), int(row['replicates']), row['odds_high'])} have "
        f"{phrase_event({'questions': asked}, str(row['question']))} within {row['horizon']} days "
        f"({describe_chance(row['odds_low'], row['odds_high'])})."
        for row in table[table["odds"].notna()].to_dict("records")
    ]
    note = (
        "A statement about the model, not a forecast. Intervals are 90 %: of the posterior for the branching ratio, "
        "Monte Carlo error alone, by the effective number of replicates, for the odds."
    )
    ends = {} if folder is None else {"table": f"{folder}/nowcast.csv", "picture": f"{folder}/nowcast.png"}
    none = ("No day was fitted.",)
    return Screen(title, (*sentences[-1:],) or none, (nowcast_sheet(table, title),), (note,), ends, "days", True)


def nowcast_sheet(table: pd.DataFrame, title: str) -> Sheet:
    """Return the sheet of a nowcast."""
    odds = f"odds of {table['question'].iloc[0]} in {table['horizon'].iloc[0]} days, %"
    columns: Columns = {
        "as of": lambda row: f"{row['as_of']}{' ex post' if row['ex_post'] is True else ''}",
        "branching ratio": lambda row: _interval(row, "branching", 1, 2),
        odds: lambda row: _interval(row, "odds", 100, 1),
        "": "status",
    }
    return Sheet.of(title, table, columns)


def _interval(row: dict[Any, Any], name: str, unit: int, digits: int) -> str:
    if pd.isna(row[name]):
        return "-"
    value, low, high = (unit * row[f"{name}{end}"] for end in ("", "_low", "_high"))
    return format_range(value, low, high, f".{digits}f")
