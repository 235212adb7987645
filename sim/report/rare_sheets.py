"""Odds by splitting beside those of plain replicates, as a table."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from sim.report import cells
from sim.report.screen import Screen
from sim.report.sheet import Columns, Sheet
from sim.report.templates import render_notes
from sim.results.reading.question_outcomes import SHARE
from sim.sweeps.rare_events.estimate import FEWEST_EVENTS, RareOdds
from sim.sweeps.rare_events.splitting import Effort

_FEW: Final = 1 / 3  # share of the repetitions that carry an estimate below which its interval is doubted (judgement)


def choose_rare_cells(odds: pd.DataFrame, questions: Sequence[str] | None, *, always: bool) -> list[tuple[str, int]]:
    """Return the questions and horizons whose odds plain replicates leave too rough."""
    if not questions and not always:
        return []
    rows = odds if always and questions else odds[odds["events"] < FEWEST_EVENTS]
    return [(str(row["question"]), int(row["horizon_days"])) for row in rows.to_dict("records")]


def tabulate_rare(odds: pd.DataFrame, estimates: Sequence[RareOdds]) -> pd.DataFrame:
    """Return odds by splitting beside those of plain replicates.

    `extinct` counts the repetitions in which the outcome never came, `carrying` those that carry the estimate, `failed`
    the histories that did not finish: plain odds leave them out, splitting counts them as far as they came.
    """
    plain = {(row["question"], row["horizon_days"]): row for row in odds.to_dict("records")}
    rows = []
    for rare in estimates:
        beside, split = plain[rare.question, rare.horizon_days], rare.split
        low, high = split.interval()
        rows.append(
            {"question": rare.question, "horizon_days": rare.horizon_days}
            | {f"plain_{name}": beside[name] for name in SHARE}
            | {"estimate": split.estimate, "low": low, "high": high, "se": split.standard_error}
            | {"repetitions": len(split.estimates), "histories": int(split.histories.sum())}
            | {"extinct": int(np.sum(split.estimates == 0.0)), "carrying": split.carrying, "failed": split.failed}
        )
    return pd.DataFrame(rows)


def rare_sheet(table: pd.DataFrame) -> Sheet:
    """Return the table for reading."""
    columns: Columns = {
        "outcome": lambda row: f"{row['question']} by {row['horizon_days']} days",
        "plain events": lambda row: f"{row['plain_events']:,} of {row['plain_n']:,}",
        "plain odds, %": cells.share("plain_estimate", "plain_low", "plain_high"),
        "by splitting, %": lambda row: f"{_fine(row['estimate'])} ({_fine(row['low'])}–{_fine(row['high'])})",
        "histories": cells.number("histories"),
    }
    return Sheet.of("Rare outcomes: odds by splitting, in % with 95 % intervals", table, columns)


def add_rare(screen: Screen, table: pd.DataFrame, effort: Effort) -> Screen:
    """Return a screen with odds by splitting below the others."""
    sheets, rests = (*screen.sheets, rare_sheet(table)), (*screen.rests, *rare_notes(table, effort))
    return replace(screen, sheets=sheets, rests=rests)


def rare_notes(table: pd.DataFrame, effort: Effort) -> list[str]:
    """Return how the table is to be read."""
    doubts = {
        "In some repetitions the outcome never came": table["extinct"] > 0,
        "A few repetitions carry the estimate": table["carrying"] < _FEW * table["repetitions"],
    }
    named = table["question"] + " by " + table["horizon_days"].astype(str) + " days"
    names = {why: ", ".join(named[is_doubtful]) for why, is_doubtful in doubts.items() if is_doubtful.any()}
    failed = table["failed"].sum()
    return render_notes("rare", effort=effort, failed=failed and f"{failed:,}", doubts=names)


def _fine(value: float) -> str:
    """Return a share in percent with two figures that count."""
    return f"{float(f'{100 * value:.2g}'):.10f}".rstrip("0").rstrip(".") if value else "0"
