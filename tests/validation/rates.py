"""Face validity: acts a day by dyad, deaths by place and grave acts in the first 30 days, beside the month before.

Reported figures are those of S3.1 and S4.1; the month before the start stands in for the first month, as in S2.16. A
reported figure in the middle 90 % of replicates passes. The month itself was seen when the priors were set, so this is
a check of consistency and no test.
"""

from __future__ import annotations

import numpy as np

from sim.engine.rolling_windows import Groups
from validation.runs import BASELINE, command_of, ensemble
from validation.table import Number, Row, show, write

REPLICATES = 1000
DAYS = 30
REPORTED_ACTS = {
    "ISR-HZB": (None, ""),
    "HZB-ISR": (None, ""),
    "HAM-ISR": (7 / 30, "about 7 claimed salvos in 30 days, S2.15"),
    "PIJ-ISR": (2 / 30, "9 Oct and few, S2.15"),
    "IRQ-USA": (42 / 23, "42 attacks in 23 days, S4.1"),
    "IRQ-ISR": (None, ""),
    "HTH-ISR": (4 / 30, "19 and 31 Oct and about as much again, S3.1"),
    "SYR-ISR": (None, "sporadic, S2.2"),
    "ISR-SYR": (None, ""),
    "USA-IRQ": (1 / 30, "26 Oct, S3.1"),
    "IRN-ISR": (0.0, "none, S2.2"),
    "USA-HTH": (0.0, "none, S2.2"),
}
REPORTED_KILLED = {"Lebanon": (81, "AFP to 6 Nov, S3.1"), "Israel": (8, "AFP to 6 Nov, S3.1"), "US forces": (0, "S4.1")}
REPORTED_GRAVE = {
    ("ISR-HZB", 6): 0,
    ("HZB-ISR", 6): 0,
    ("HAM-ISR", 6): 0,
    ("ISR-HZB", 5): 0,
    ("HZB-ISR", 5): 0,
    ("HAM-ISR", 5): 3,
    ("IRQ-USA", 5): 0,
}
"""Acts at a rung or above in the ledger of the month before, S3.1."""


def rows(replicates: int = REPLICATES) -> list[Row]:
    """Return the rows of the table."""
    run = ensemble(BASELINE, replicates, days=DAYS).run()
    groups, names = Groups(run.theatre), [dyad.id for dyad in run.theatre.dyads]
    acts = run.totals.total("acts", groups.dyads, len(names), DAYS) / DAYS
    found = []
    for name, (reported, source) in REPORTED_ACTS.items():
        found.append(_row(f"acts a day, {name}", acts[names.index(name)], reported, source))
    for place, (reported, source) in REPORTED_KILLED.items():
        killed = run.totals.total("killed", groups.cells_hit_at(place), 1, DAYS)[0]
        found.append(_row(f"killed in 30 days, {place}", killed, reported, source))
    for (name, rung), reported in REPORTED_GRAVE.items():
        number = run.totals.total("acts", groups.cells_between(*name.split("-"), rung), 1, DAYS)[0]
        found.append(_row(f"acts at rung {rung} or above in 30 days, {name}", number, reported, "ledger, S3.1"))
    run.release()
    return found


def _row(text: str, values: np.ndarray, reported: float | None, source: str) -> Row:
    """Return the median with the middle 90 % of replicates; the criterion is the reported figure in that range."""
    low, middle, high = np.quantile(values, (0.05, 0.5, 0.95))
    number = Number(float(middle), float(low), float(high), len(values))
    if reported is None:
        return Row("rates", text, number)
    return Row("rates", f"{text} (reported {reported:.3g}: {source})", number, reported, reported, covers=True)


def main() -> None:
    """Write the table."""
    found = rows()
    show(found)
    write("rates", command_of(__file__), found)


if __name__ == "__main__":
    main()
