"""V11: does a campaign look like the jump of September 2024?

The campaign is decided early and whatever the posture (``scenarios/early-campaign.toml``), so what is seen is the
campaign and not what led to it. Each replicate is compared with itself: its first week of campaign against its days
before, as the reported jump compares the last week of September 2024 with the year before (CSIS, S0.6).
"""

from __future__ import annotations

import numpy as np

from sim.engine.model import Conflict
from sim.engine.rolling_windows import Groups
from validation.intervals import median, ratio
from validation.runs import OWN, command_of, ensemble, steps
from validation.table import Row, show, write

REPLICATES = 400
DAYS = 90
LEAST_BEFORE = 10
WEEK = 7
MONTH = 30


def played(replicates: int = REPLICATES, days: int = DAYS) -> tuple[Conflict, np.ndarray, np.ndarray]:
    """Return a run and, by day, side and replicate, the number of acts of the front and their depths in sum [km]."""
    run = ensemble(OWN / "early-campaign.toml", replicates, days=days)
    number, depth = np.zeros((2, days, 2, replicates))
    side = run.theatre.side
    for step, acts in enumerate(steps(run)):
        chosen = acts[(side[acts.dyad] >= 0) & (acts.rung > 0)]
        day = step // run.timeline.steps_per_day
        np.add.at(number[day], (side[chosen.dyad], chosen.lane), 1.0)
        np.add.at(depth[day], (side[chosen.dyad], chosen.lane), run.histories.depths(np.asarray(chosen)))
    return run, number, depth


def rows(run: Conflict, number: np.ndarray, depth: np.ndarray) -> list[Row]:
    """Return the rows of a run."""
    began = np.asarray(run.milestones()["campaign_day"])
    first = np.where(np.isfinite(began), np.ceil(np.where(np.isfinite(began), began, 0)), 0).astype(int)
    day = np.arange(len(number))[:, None]
    killed = run.totals.by_day("killed", Groups(run.theatre).front, 1)[0]
    usable = np.isfinite(began) & (first >= LEAST_BEFORE)
    before = (day < first - 1) & usable
    found = []
    for days, text in ((WEEK, "first week"), (MONTH, "first 30 days")):
        inside = usable & (first + days <= len(number))
        now = (day >= first) & (day < first + days) & inside
        found += _compared(text, number, depth, killed, now, before & inside, inside, days)
    return found


def _compared(text, number, depth, killed, now, before, inside, days) -> list[Row]:
    acts = number.sum(axis=1)
    before_days = np.maximum(before.sum(axis=0), 1)
    rate, usual = (acts * now).sum(axis=0) / days, (acts * before).sum(axis=0) / before_days
    jump = np.where(inside & (usual > 0), rate / np.maximum(usual, 1e-9), np.nan)
    deaths = np.where(inside, (killed * now).sum(axis=0) / days, np.nan)
    strict = text == "first week"
    three, fifteen, fifty = ((3.0, 8.0), (15.0, np.inf), (50.0, np.inf)) if strict else ((-np.inf, np.inf),) * 3
    rows = [
        Row(
            "V11", f"acts of both sides a day, {text} of a campaign over the days before (median)", median(jump), *three
        ),
        Row("V11", f"mean depth of the acts of both sides, {text} [km]", _mean(depth.sum(axis=1), acts, now), *fifteen),
        Row("V11", f"killed a day on both sides, {text} (median)", median(deaths), *fifty),
        Row("V11", f"killed a day on both sides, {text} (mean)", ratio(np.nan_to_num(deaths), inside)),
        Row("V11", f"acts of both sides a day, {text} (median)", median(np.where(inside, rate, np.nan))),
    ]
    if strict:
        sides = ("Israeli acts", "acts from Lebanon")
        rows.append(
            Row("V11", "mean depth of the acts of both sides, days before [km]", _mean(depth.sum(axis=1), acts, before))
        )
        for i, side in enumerate(sides):
            rows.append(Row("V11", f"mean depth of {side}, {text} [km]", _mean(depth[:, i], number[:, i], now)))
            rows.append(Row("V11", f"mean depth of {side}, days before [km]", _mean(depth[:, i], number[:, i], before)))
    return rows


def _mean(depth: np.ndarray, number: np.ndarray, chosen: np.ndarray):
    return ratio((depth * chosen).sum(axis=0), (number * chosen).sum(axis=0))


def main() -> None:
    """Write the table."""
    found = rows(*played())
    show(found)
    write("campaign", command_of(__file__), found)


if __name__ == "__main__":
    main()
