"""V12: with the shipped priors, is a war, and are others who join it, about as likely as in the reference class?

The class are militarised disputes with 26 or more battle deaths (S4.2): 25 % became a war, 55 % of the wars drew in a
joiner. A further party counts as in where its front is active at rung 5 or above within 30 days of the war. The rows
without a criterion show what the answer hangs on: which party, how often the same would be counted without any war,
other readings of an active front. Arguments are levels of ``scenarios/entry.toml`` to run in place of the shipped
priors.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np

from sim.engine.model import Conflict
from sim.engine.outcomes import Judge
from validation.intervals import mean, ratio
from validation.runs import OWN, command_of, ensemble
from validation.table import Row, show, write

REPLICATES = 1000
FEWER = 480
"""Replicates of a sensitivity."""
YEAR = 365
NEAR_DAYS = 30
GRAVE = 5.0
LIKE_ANY_DAY = 180
SHIPPED = "shipped"
READINGS = {
    "5 acts at rung >= 5 in 14 days alone, no single act at rung 6": {"front_top_rung": 7.0},
    "10 acts at rung >= 5 in 14 days alone": {"front_top_rung": 7.0, "front_acts": 10.0},
}
"""Other definitions of an active front, under which the same histories are judged again."""


def rows(level: str, run: Conflict) -> list[Row]:
    """Return the rows of an ensemble that has run."""
    prefix = "" if level == SHIPPED else f"sensitivity, {level}: "
    judge = run.judge()
    war = judge.war_day <= YEAR
    entered = active_near(run, judge, judge.war_day)
    odds, given = mean(war), ratio(entered.any(axis=0) & war, war)
    if prefix:
        return [
            Row("V12 (a)", f"{prefix}P(O2, 365 d)", odds),
            Row("V12 (b)", f"{prefix}a further front at rung >= 5 within 30 days of the war, given O2", given),
        ]
    return [
        Row("V12 (a)", "P(O2, 365 d) with the shipped priors", odds, 0.10, 0.30),
        Row("V12 (b)", "a further front at rung >= 5 within 30 days of the war, given O2", given, 0.35, 0.75),
        *_decided(judge, war),
        *_by_party(run, entered, war),
        *_without_war(run, judge, war),
        *_readings(run, judge, war),
        _newly(run, judge, war),
        _joined(run, judge, war),
    ]


def active_near(run: Conflict, judge: Judge, middle: np.ndarray) -> np.ndarray:
    """Return whose front was active within 30 days of a day, shape (n_parties, n_replicates)."""
    active = judge.active_fronts(run.theatre.region.parties, GRAVE)
    ends = np.arange(1, active.shape[1] + 1)[:, None]
    return (active & (np.abs(ends - middle) <= NEAR_DAYS)).any(axis=1)


def _decided(judge: Judge, war: np.ndarray) -> list[Row]:
    by_decision = war & (judge.decided_day <= judge.counted_day)
    return [
        Row(
            "V12 (a)",
            "wars that a party decided on, of all wars; the others met the counts first",
            ratio(by_decision, war),
        )
    ]


def _by_party(run: Conflict, entered: np.ndarray, war: np.ndarray) -> list[Row]:
    names = run.theatre.region.parties
    each = [Row("V12 (b)", f"of them, {name}", ratio(entered[i] & war, war)) for i, name in enumerate(names)]
    return [*each, Row("V12 (b)", "further fronts near a war, mean number", ratio(entered.sum(axis=0) * war, war))]


def _without_war(run: Conflict, judge: Judge, war: np.ndarray) -> list[Row]:
    middle = np.full(run.n_replicates, float(LIKE_ANY_DAY))
    near = active_near(run, judge, middle).any(axis=0)
    return [Row("V12 (b)", "the same around day 180 where no war came", ratio(near & ~war, ~war))]


def _newly(run: Conflict, judge: Judge, war: np.ndarray) -> Row:
    """Return how often a front near the war was not active in the 30 days before that."""
    near = active_near(run, judge, judge.war_day)
    earlier = active_near(run, judge, judge.war_day - 2 * NEAR_DAYS - 1)
    new = (near & ~earlier).any(axis=0)
    return Row("V12 (b)", "a further front that was not active 31 to 91 days before the war", ratio(new & war, war))


def _readings(run: Conflict, judge: Judge, war: np.ndarray) -> list[Row]:
    found = []
    for text, changed in READINGS.items():
        milestones = run.milestones()
        again = Judge(run.theatre, replace(run.parameters.definitions, **changed), run.totals, milestones)
        near = active_near(run, again, judge.war_day).any(axis=0)
        found.append(Row("V12 (b)", f"a further front, read as {text}", ratio(near & war, war)))
    return found


def _joined(run: Conflict, judge: Judge, war: np.ndarray) -> Row:
    """Return how often a party decided to join by the hazard of S2.10 around a war, whatever it fired then."""
    milestones = run.milestones()
    days = np.stack([milestones[f"joined_{party}_day"] for party in run.theatre.region.parties])
    lately = (np.abs(np.where(np.isfinite(days), days, -np.inf) - np.where(war, judge.war_day, 0.0)) <= NEAR_DAYS).any(
        axis=0
    )
    return Row("V12 (b)", "a party first joined by hazard within 30 days of the war", ratio(lately & war, war))


def main() -> None:
    """Write the rows of the shipped priors, or of the levels that were named."""
    for level in sys.argv[1:] or [SHIPPED]:
        size = REPLICATES if level == SHIPPED else FEWER
        run = ensemble(OWN / "entry.toml", size, level=level, days=YEAR).run()
        found = rows(level, run)
        run.release()
        show(found)
        write("reference-class", command_of(__file__, level if level != SHIPPED else None), found)


if __name__ == "__main__":
    main()
