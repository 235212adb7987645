"""What a simulated record is compared by: statistics of acts, counted by loops over every act of a small world."""

from __future__ import annotations

import dataclasses
import math
from datetime import date
from types import SimpleNamespace

import asymmetric_front
import numpy as np
import pytest
from asymmetric_front import DYADS, LOCATIONS, SIDES
from worlds import four_party_world, hand_made

from sim.core.random_streams import act_uniform
from sim.engine.kernel.marks import FALSE_ALARM
from sim.evidence import Figure, Incident, Ledger, Tallies, Tally
from sim.inference.bivariate_hawkes import Rhythm
from sim.inference.count_patterns import dispersion, longest_calm
from sim.inference.evidence_assembly import AssembledEvidence
from sim.inference.likelihood import ActCount, DeathToll, Evidence, SeenTimes
from sim.inference.posterior_predictive import SimulatedRecord, _detection, _statistics

LANES, DAYS = 6, 5


@pytest.mark.parametrize("side", [0, 1])
def test_a_simulated_record_is_counted_act_by_act(side):
    detection = np.linspace(0.35, 0.9, LANES)
    answered = {"STA": 0.8, "HOS": 0.3, "FAC": 0.6}
    record = SimulatedRecord(four_party_world(LANES, days=DAYS), side, detection, answered).follow()
    run = four_party_world(LANES, days=DAYS)
    theatre = run.theatre
    noted, (high, unanswered, fired, depth) = np.zeros((DAYS, LANES)), np.zeros((4, LANES))
    alarms = 0
    for step in range(DAYS * run.timeline.steps_per_day):
        run.step()
        acts = run.latest.view(np.recarray)
        owed, depths = acts.owed, run.histories.depths(run.latest)
        for i in range(len(acts)):
            dyad, lane, word = theatre.dyads[acts.dyad[i]], acts.lane[i], acts.word[i : i + 1]
            is_of_side = dyad.sender in theatre.front.sides[side] and dyad.target in theatre.front.sides[1 - side]
            alarms += acts.cause[i] == FALSE_ALARM and is_of_side
            if not is_of_side or acts.cause[i] == FALSE_ALARM:
                continue
            fired[lane] += 1
            depth[lane] = max(depth[lane], depths[i])
            noted[step // run.timeline.steps_per_day, lane] += (
                act_uniform(word, "noted by a source")[0] < detection[lane]
            )
            if acts.rung[i] >= 4:
                high[lane] += 1
                chance = math.exp(-owed[i] * answered.get(dyad.target, 1.0))
                unanswered[lane] += act_uniform(word, "left unanswered")[0] < chance
    assert record.noted.tolist() == noted.tolist()
    for name, expected in (("high", high), ("unanswered", unanswered), ("acts", fired), ("depth", depth)):
        assert getattr(record, name).tolist() == expected.tolist(), name
    assert 0 < unanswered.sum() < high.sum() < fired.sum()
    assert 0 < noted.sum() < fired.sum()
    assert alarms or side == 0


def test_statistics_are_those_of_the_front_by_side_and_of_all_by_place():
    """Two days of three are counted where a place is asked for; acts off the front are of neither side."""
    generator = np.random.default_rng(4)
    acts, killed = generator.integers(1, 50, (2, len(DYADS), 3, 2))
    rows = [
        {
            "dyad": f"{a}-{b}",
            "day": day + 1,
            "lane": lane,
            "acts": acts[row, day, lane],
            "killed": killed[row, day, lane],
        }
        for row, (a, b, _) in enumerate(DYADS)
        for day in range(3)
        for lane in range(2)
    ]
    theatre = asymmetric_front.theatre()
    tallies = [count("t-1", ("DOR", "CAL"), 9, first=2), count("t-2", (), 3, first=2, measure="killed")]
    plan = SimpleNamespace(
        theatre_file=SimpleNamespace(theatre=theatre), tallies=tallies, claimants=("DOR", "BRE"), left_out={}
    )
    counted = ActCount("t-1", ("DOR", "CAL"), 9, 2.0), DeathToll("t-2", "coast", 3, 3, 1.0, 9)
    pieces = SeenTimes("sirens", 1, np.array([0.5]), Rhythm()), *counted
    assembled = AssembledEvidence(Evidence(2.0, pieces), Ledger(()), date(2023, 5, 1), date(2023, 5, 3))
    fit = SimpleNamespace(plan=plan, assembled=assembled, is_ex_post=False)
    counts = generator.integers(0, 3, (3, 2))
    record = SimpleNamespace(
        run=SimpleNamespace(theatre=theatre, totals=hand_made(theatre, 3, 2, *rows)),
        noted=counts, high=np.array([4.0, 0.0]), acts=np.array([16.0, 0.0]), unanswered=np.array([1.0, 0.0]),
        depth=np.array([7.5, 0.0]),
    )  # fmt: skip
    found = {quantity: take(record).tolist() for _, quantity, take, _ in _statistics(fit, 2)}

    def acts_of(*senders, days=range(3)):
        ends = [(a, b) for a, b, _ in DYADS]
        own = [r for r, (a, b) in enumerate(ends) if a in senders and "FAR" not in (a, b)]
        return [sum(int(acts[row, day, lane]) for row in own for day in days) for lane in range(2)]

    def killed_at(place, days=range(2)):
        own = [row for row, (_, target, _) in enumerate(DYADS) if LOCATIONS[target] == place]
        return [sum(int(killed[row, day, lane]) for row in own for day in days) for lane in range(2)]

    assert found == {
        "acts of CAL, DOR, ESK": acts_of(*SIDES[1]),
        "acts of ARD, BRE": acts_of(*SIDES[0]),
        "acts of DOR, CAL (t-1)": acts_of("DOR", "CAL", days=(1, 2)),
        "killed in coast (t-2)": killed_at("coast", days=(1,)),
        **{f"killed in {place}": killed_at(place) for place in ("dunes", "marsh", "upland")},
        "variance over mean of noted acts a day": dispersion(counts).tolist(),
        "noted acts on the day with most": counts.max(axis=0).tolist(),
        "share on rung 4 or more": [0.25, 0.0],
        "farthest act [km]": [7.5, 0.0],
        "claimed acts": acts_of("DOR", "BRE"),
        "longest run of days without a noted act": longest_calm(counts).tolist(),
        "share of high rungs without an answer": [0.25, 0.0],
    }
    # Without a source of times there is none to compare, and a count of a whole side stands for that side.
    assembled.evidence = Evidence(3.0, (ActCount("t-1", SIDES[0], 9, 1.0),))
    fit.plan.claimants = ()
    without = [quantity for _, quantity, _, _ in _statistics(fit, 3)]
    assert without == [
        *("acts of CAL, DOR, ESK", "acts of ARD, BRE (t-1)"),
        *(f"killed in {place}" for place in ("coast", "dunes", "marsh", "upland")),
        *("share on rung 4 or more", "farthest act [km]", "share of high rungs without an answer"),
    ]
    assert _detection(fit, 4).tolist() == [0.0] * 4


def count(name, parties, number, first=1, measure="acts"):
    return Tally(
        id=name, split="calibration", period_start=date(2023, 5, first), period_end=date(2023, 5, 3), measure=measure,
        location="", initiators=parties, targets=(), figure=Figure(best=number), counted_by="an office", source="wire",
    )  # fmt: skip


def row(initiator="CAL", target="ARD", rung=4, **cells):
    """Return an act of the ledger, whose rung has no bounds, as the map of an import gives it."""
    given = {"id": f"r-{rung}", "split": "calibration", "date": date(2023, 5, 2), "source": "a wire", "rung": rung}
    return Incident(initiator=initiator, target=target, **given | cells)


def observed(rows, counts=True, pieces=()):
    theatre = asymmetric_front.theatre()
    sides = {"watched": SIDES[1], "other": SIDES[0]} if counts else {}
    tallies = [count(name, parties, 10) for name, parties in sides.items()]
    plan = SimpleNamespace(
        theatre_file=SimpleNamespace(theatre=theatre), tallies=Tallies(tuple(tallies)), claimants=("CAL", "DOR"),
        left_out=dict.fromkeys(sides, "so"),
    )  # fmt: skip
    assembled = AssembledEvidence(Evidence(3.0, pieces), Ledger(tuple(rows)), date(2023, 5, 1), date(2023, 5, 4))
    statistics = _statistics(SimpleNamespace(plan=plan, assembled=assembled, is_ex_post=False), 3)
    return {quantity: figure for _, quantity, _, figure in statistics if figure is not None}


SHARE, DEPTH, UNANSWERED = "share on rung 4 or more", "farthest act [km]", "share of high rungs without an answer"


def test_a_figure_that_no_row_gives_is_no_figure_of_nothing():
    """Imported rows: rungs of a map without bounds, no depth, no trigger, no claim, and acts of others alone."""
    of_sides = {"acts of CAL, DOR, ESK": 10.0, "acts of ARD, BRE": 10.0}
    assert observed([row(), row("ARD", "CAL", 2)]) == of_sides
    assert observed([row()], counts=False) == {}
    assert observed([row(rung_low=3), row(rung=2)]) == of_sides | {SHARE: 0.1}
    assert observed([row(rung=2, rung_high=3)]) == of_sides | {SHARE: 0.0}, "a low rung is reported"
    assert observed([row(depth_km=0.0), row(depth_km=2.5)])[DEPTH] == 2.5
    answer = row("ARD", "CAL", 2, stated_trigger="r-4")
    assert observed([row(), answer])[UNANSWERED] == 0.0
    assert observed([row(), row("ARD", "CAL", 2, stated_trigger="q-1")])[UNANSWERED] == 1.0
    assert UNANSWERED not in observed([row(rung=3), answer]), "nothing asked for an answer"
    claims = ActCount("claims of CAL", ("CAL",), 2, 3.0)
    assert observed([row(), row(), row("DOR")], pieces=(claims,))["claimed acts"] == 2.0, "DOR is not counted"
    toll = DeathToll("dead in coast", "coast", 4, 4, 3.0, 9)
    assert observed([], counts=False, pieces=(toll,)) == {"killed in coast": 4.0}
    short = dataclasses.replace(toll, days=2.0)
    assert observed([], counts=False, pieces=(short,)) == {}, "a series with a gap is no figure of the whole"
