"""Why each point of a sweep got its number of replicates, as a sheet with notes."""

from __future__ import annotations

import pandas as pd

from sim.report.sheet import Sheet, format_percent
from sim.results.analysis.stopping_rule import _KEY, _NAMES, STOPPING, was_stopped
from sim.results.reading.store import Results


def stopping_sheets(results: Results, table: pd.DataFrame) -> list[Sheet]:
    """Return, for each point, why it stopped, and which of the odds asked is known least."""
    rows = []
    least_known = table.loc[table.groupby("point")["precision"].idxmax()]
    for worst in least_known.to_dict("records"):
        which = f"{worst['question']} at {worst['horizon_days']} days"
        bounds = f"{format_percent(worst['low'])}–{format_percent(worst['high'])}"
        row = (
            str(worst["point"]),
            worst["label"],
            f"{worst['n']:,}",
            worst["stopped"],
            which,
            format_percent(worst["precision"], 2),
        )
        rows.append((*row, bounds))
    rule = results.manifest[_KEY]
    title = f"Where each point stopped: {_NAMES[rule['rule']]} up to {format_percent(rule['target'], 2)} % asked"
    headings = ("point", "levels", "n", "stopped by", "known least", "points of %", "95 % sequence, %")
    return [Sheet(title, headings, tuple(rows), left=2)]


def stopping_notes(results: Results) -> list[str]:
    """Return what a reader has to know of a sweep that a rule stopped; nothing of others."""
    if not was_stopped(results):
        return []
    rule = results.manifest[_KEY]
    notes = [
        "Replicates were added in rounds until the odds were known well enough, so the intervals of the odds are a "
        f"little too narrow; the bounds in {STOPPING}.csv hold although one looked after each round."
    ]
    if rule["rule"] == "se":
        notes.append(
            "Stopping by the standard error biases the odds by at most that error times the coefficient of variation "
            "of the number of replicates (Wald's identity)."
        )
    if rule.get("time_limit_met"):
        notes.append("The time limit was met: how many replicates there are depends on the machine, and on its load.")
    return notes
