"""V9 (iv): is the number killed by one act heavy-tailed, but not too much? And what puts acts on the top rung?

At most 5 % of the acts that kill may kill 21 or more (Martens et al. 2014: 3.5 % of attacks, S1). The rows without a
criterion say why acts of Israel stand on the top rung before any war: by their victims, or because they were launched
on it.
"""

from __future__ import annotations

import numpy as np

from sim.engine.kernel.phases import CAMPAIGN, GROUND
from sim.engine.narrative import CAUSES
from validation.intervals import ratio
from validation.runs import BASELINE, command_of, ensemble, steps
from validation.table import Row, show, write

REPLICATES = 400
DAYS = 180
MANY = 21


def rows(replicates: int = REPLICATES, days: int = DAYS) -> list[Row]:
    """Return the rows of the table."""
    run = ensemble(BASELINE, replicates, days=days)
    fatal, many, dead, dead_by_many = np.zeros((4, replicates))
    on_top: dict[str, np.ndarray] = {}
    side = run.theatre.side
    for acts in steps(run):
        deadly = np.flatnonzero(acts.killed > 0)
        lane, killed = acts.lane[deadly], acts.killed[deadly]
        np.add.at(fatal, lane, 1)
        np.add.at(dead, lane, killed)
        np.add.at(many, lane[killed >= MANY], 1)
        np.add.at(dead_by_many, lane[killed >= MANY], killed[killed >= MANY])
        peaceful = ~np.isin(run.phase, (CAMPAIGN, GROUND))[acts.lane]
        highest = np.flatnonzero((acts.rung == run.theatre.ladder.top) & peaceful & (side[acts.dyad] == 0))
        launched = acts.launched[highest] == run.theatre.ladder.top
        for kind, chosen in (
            ("by its victims", ~launched),
            *((CAUSES[c], launched & (acts.cause[highest] == c)) for c in np.unique(acts.cause[highest])),
        ):
            np.add.at(on_top.setdefault(kind, np.zeros(replicates)), acts.lane[highest[chosen]], 1)
    run.release()
    total = sum(on_top.values())
    reasons = [
        Row("V9 (iv)", f"Israeli acts on rung 6 before a campaign: {_reason(kind)}, share", ratio(number, total))
        for kind, number in on_top.items()
    ]
    return [
        Row("V9 (iv)", f"acts that kill {MANY} or more, of those that kill, share", ratio(many, fatal), at_most=0.05),
        Row("V9 (iv)", f"killed by acts that kill {MANY} or more, share", ratio(dead_by_many, dead)),
        *reasons,
    ]


def _reason(kind: str) -> str:
    return kind if kind == "by its victims" else f"launched there as {kind}"


def main() -> None:
    """Write the table."""
    found = rows()
    show(found)
    write("tail", command_of(__file__), found)


if __name__ == "__main__":
    main()
