"""What a fit takes as evidence, written out by hand: nothing after its day, nothing twice, no contradiction."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from asymmetric_front import theatre
from records import plain

from sim.core.errors import InputError
from sim.evidence import UNKNOWN, Figure, Incident, Ledger, Tallies, Tally
from sim.inference.bivariate_hawkes import Rhythm
from sim.inference.evidence_assembly import NoEvidenceError, assemble_evidence, find_provocations
from sim.inference.evidence_plan import (
    DailyDeathsPlan,
    EvidencePlan,
    TallyPlan,
    ViewPlan,
    read_plan,
    refuse_contradictions,
)
from sim.inference.likelihood import ActCount, DeathShare, DeathToll, Evidence, Lag, Pause, SeenTimes, Spills
from sim.inference.response_rates import Provocation
from sim.scenario.priors import Uniform

SHIPPED = Path(__file__).parents[2] / "scenarios" / "lebanon-2023"
START, LATER = datetime.date(2023, 11, 7), datetime.date(2023, 11, 27)
MINUTE, HOUR = 1 / 1440, 1 / 24


def day(text):
    return datetime.date.fromisoformat(f"2023-{text}")


def act(id, text, initiator, target, rung, **cells):
    first, _, last = text.partition(" to ")
    first, _, clock = first.partition(" ")
    span = {"date_end": day(last), "time_precision": "span"} if last else {}
    timed = {"time": datetime.time.fromisoformat(clock)} if clock else {}
    split = "held_out" if day(last or first) >= START else "calibration"
    given = {"id": id, "split": split, "date": day(first), "initiator": initiator, "target": target, "rung": rung}
    return Incident(**given | span | timed | {"place": id, "source": "a wire"} | cells)


ROWS = (
    act("a-1", "10-12 06:00", "CAL", "ARD", 4, time_precision="hour"),
    act("a-2", "10-12 09:00", "ARD", "CAL", 5, time_precision="part_of_day", stated_trigger="a-1"),
    act("a-3", "10-12 09:00", "ARD", "CAL", 5, time_precision="part_of_day", stated_trigger="a-1"),
    act("a-4", "10-15", "DOR", "ARD", 8, charged="CAL"),
    act("a-5", "10-16", "ARD", "CAL", 2, stated_trigger="a-2; a-4"),
    act("a-6", "10-17 12:00", "ARD", "DOR", 1, time_precision="minute", stated_trigger="a-4"),
    act("a-7", "10-18 to 10-20", "BRE", "CAL", 3),
    act("a-8", "10-21", "CAL", "BRE", 2, stated_trigger="a-7"),
    act("a-9", "10-23", "CAL", "ARD", 3, stated_trigger="a-2; a-5; the old quarrel"),
    act("a-10", "10-25 to 10-27", "ARD", "CAL", 4, stated_trigger="a-9"),
    act("a-11", "10-27", "CAL", "", None, kind="evacuation", stated_trigger="a-10"),
    act("a-12", "11-06", "DOR", "ARD", 4, launches_claimed=3),
    act("a-13", "10-30", "DOR", "ARD", None),
    act("a-14", "10-28", UNKNOWN, "ARD", 5),
    act("a-15", "11-07", "DOR", "ARD", 6),
    act("a-16", "10-22", "CAL", "ARD", 1, stated_trigger="a-7"),
    act("a-17", "11-01", "CAL", "ARD", 2, stated_trigger="a-4", launches_claimed=1),
    act("a-18", "11-09", "ARD", "DOR", 4, stated_trigger="a-12"),
    act("a-19", "10-29", "FAR", "CAL", 5),
    act("a-20", "10-30", "CAL", "FAR", 2, stated_trigger="a-19"),
    act("a-22", "10-26", "ARD", "DOR", 1),
    act("a-23", "10-29", "DOR", "ARD", 1, stated_trigger="a-10; a-22"),
    act("a-24", "10-15 20:00", "ARD", "CAL", 1, time_precision="hour", stated_trigger="a-4"),
    act("a-25", "10-16 23:00", "ARD", "CAL", 1, time_precision="hour", stated_trigger="a-4"),
    act("a-21", "11-27", "CAL", "ARD", 6, stated_trigger="a-18"),
)
"""The first record day is 10 October. A span and an act on a rung not known are in it, and two rows of one answer."""


def tally(id, measure, location, initiators, targets, figure, first="10-10", last="11-06"):
    given = {"split": "calibration", "counted_by": "an office", "source": "a wire", "figure": figure, "id": id}
    sides = {"initiators": tuple(initiators.split()), "targets": tuple(targets.split())}
    days = {"period_start": day(first), "period_end": day(last)}
    return Tally(measure=measure, location=location, **given, **sides, **days)


TALLIES = (
    tally("t-1", "killed", "coast", "ARD BRE", "CAL DOR", Figure(low=20)),
    tally("t-2", "killed", "upland", "CAL DOR", "ARD", Figure(5, 6, 8), "10-11", "11-05"),
    tally("t-3", "killed_combatants", "coast", "ARD", "DOR", Figure(12, 13, 14)),
    tally("t-4", "killed_civilians", "upland", "CAL DOR", "ARD", Figure(best=2)),
    tally("t-5", "acts", "upland", "DOR CAL", "ARD", Figure(best=40), "10-17"),
    tally("t-6", "acts", "coast", "ARD USA", "CAL DOR", Figure(best=170), "10-08", "11-10"),
    tally("t-7", "killed", "marsh", "CAL", "BRE", Figure(9, 11)),
    tally("t-8", "killed", "dunes", "BRE", "ESK", Figure(best=3), first="10-09"),
    tally("t-9", "killed", "dunes", "BRE", "ESK", Figure(None, 4, 6), last="11-07"),
    tally("t-10", "killed_civilians", "dunes", "BRE", "ESK", Figure(best=1)),
    tally("t-11", "acts", "upland", "DOR", "ARD", Figure(best=12), "10-01", "10-20"),
)
PAUSES = (("10-08", "10-09"), ("10-05", "10-10"), ("11-05", "11-20"), ("11-07", "11-08"), ("11-24", "12-02"))
SEEN = {"2023-10-09 23:59": 0, "2023-10-10 00:00": 1, "2023-10-12 06:00": 1, "2023-10-12 06:45": 0}
SEEN |= {"2023-11-06 23:59": 1, "2023-11-07 00:00": 0, "2023-11-25 12:00": 0}
"""Sightings, and whether each begins an act of the record to the start."""


@pytest.fixture
def plan(tmp_path):
    Ledger(ROWS).write(tmp_path / "ledger.csv")
    seen = [f"{moment.replace(' ', ',')},{'calibration' if moment < '2023-11-07' else 'held_out'}" for moment in SEEN]
    (tmp_path / "sirens.csv").write_text("\n".join(["date,time,split", *seen]) + "\n")
    days = [day("10-09") + datetime.timedelta(days=number) for number in range(60)]
    figures = [f"{one},{'calibration' if one < START else 'held_out'},{number}" for number, one in enumerate(days)]
    figures[10] = figures[10].rpartition(",")[0] + ","
    (tmp_path / "daily.csv").write_text("\n".join(["date,split,dead", *figures]) + "\n")
    return EvidencePlan(
        path=tmp_path / "evidence.toml",
        theatre_file=SimpleNamespace(start=START, ledger=tmp_path / "ledger.csv", theatre=theatre()),
        scenario=tmp_path / "scenario.toml",
        first_day=day("10-10"),
        tallies=Tallies(TALLIES),
        views=(ViewPlan("sirens", tmp_path / "sirens.csv", 1, 45, Uniform(0, 1), "assumption"),),
        totals=(
            *(TallyPlan("t-1", "", 7, 9), TallyPlan("t-2", "", 3, 300), TallyPlan("t-3", "t-1", 0, 300)),
            *(TallyPlan("t-4", "t-2", 0, 300), TallyPlan("t-5", "", 0, 300), TallyPlan("t-7", "", 4, 50)),
            *(TallyPlan("t-8", "", 0, 300), TallyPlan("t-9", "", 0, 300)),
            TallyPlan("t-10", "t-9", 0, 300),
        ),
        daily_deaths=(DailyDeathsPlan(tmp_path / "daily.csv", "dead", "coast", 17),),
        claimants=("DOR", "CAL"),
        left_out={"t-6": "it runs past the start", "t-11": "it began before"},
        pauses=tuple((day(first), day(last)) for first, last in PAUSES),
        candidates={},
    )


def seen(times):
    return SeenTimes("sirens", 1, np.array(times), Rhythm.of(np.array(times)))


LAGS = (
    Lag("a-2", "a-1", "ARD-CAL", 0.0, 2 + 13 * HOUR - (2 + 5 * HOUR)),
    Lag("a-5", "a-4", "ARD-CAL", 0.0, 2.0),
    Lag("a-6", "a-4", "ARD-DOR", 7.5 - MINUTE - 6, 7.5 + MINUTE - 5),
    Lag("a-9", "a-5", "CAL-ARD", 6.0, 8.0),
    Lag("a-17", "a-4", "CAL-ARD", 16.0, 18.0),
    Lag("a-24", "a-4", "ARD-CAL", 0.0, 21 * HOUR),
    Lag("a-25", "a-4", "ARD-CAL", 22 * HOUR, 2.0),
)
"""The second row of the answer of 12 October has none, nor have spans, answers to spans, and what happens elsewhere.

Of two triggers the one that may have been later counts: that of the row of the 29th is a span, too.
"""


def assert_evidence(found, expected):
    assert [(lag.reaction, lag.trigger, lag.dyad) for lag in found.lags] == [
        (lag.reaction, lag.trigger, lag.dyad) for lag in expected.lags
    ]
    for lag, bounds in zip(found.lags, expected.lags, strict=True):
        assert (lag.low, lag.high) == pytest.approx((bounds.low, bounds.high), abs=1e-12)
    assert plain(replace(found, lags=())) == plain(replace(expected, lags=()))


def test_the_evidence_before_the_start_is_that_written_out(plan):
    found = assemble_evidence(plan)
    expected = Evidence(
        28.0,
        (
            seen([0, 2.25, 28 - MINUTE]),
            DeathToll("t-1", "coast", 20, 27, 28.0, 9, 3 / 28),
            DeathToll("t-2", "upland", 5, 8, 26.0, 300, 1 / 26),
            DeathShare("t-3", "coast", 13, 20, ("DOR",), 3 / 28),
            DeathShare("t-4", "upland", 2, 6, (), 3 / 28),
            ActCount("t-5", ("DOR", "CAL"), 40, 21.0, 2 / 21),
            DeathToll("t-7", "marsh", 9, 13, 28.0, 50, 3 / 28),
            ActCount("claims of DOR", ("DOR",), 4, 28.0, 3 / 28),
            ActCount("claims of CAL", ("CAL",), 6, 28.0, 3 / 28),
            Spills("DOR-ARD", 3, 4),
            Spills("BRE-CAL", 1, 2),
        ),
        LAGS,
        (Pause(-5.0, 1.0), Pause(26.0, 42.0)),
    )
    assert_evidence(found.evidence, expected)
    assert (found.first, found.until, found.silence) == (day("10-10"), START, "")
    assert [row.id for row in found.ledger] == [row.id for row in ROWS if row.id not in ("a-15", "a-18", "a-21")]
    assert found.uses == [
        ("sirens", "3 times in 28 days", "times of acts, seen with a detection fraction"),
        ("t-1", "at least 20 killed, 2023-10-10 to 2023-11-06", "DeathToll"),
        ("t-2", "6 killed, 2023-10-11 to 2023-11-05", "DeathToll"),
        ("t-3", "13 killed combatants, 2023-10-10 to 2023-11-06", "DeathShare"),
        ("t-4", "2 killed civilians, 2023-10-10 to 2023-11-06", "DeathShare"),
        ("t-5", "40 acts, 2023-10-17 to 2023-11-06", "ActCount"),
        ("t-7", "at least 11 killed, 2023-10-10 to 2023-11-06", "DeathToll"),
        ("t-8", "3 killed, 2023-10-09 to 2023-11-06", "left out: it begins on 2023-10-09, before 2023-10-10"),
        ("t-9", "4 killed, 2023-10-10 to 2023-11-07", "left out: it ends on 2023-11-07, not before 2023-11-07"),
        (
            "t-10",
            "1 killed civilians, 2023-10-10 to 2023-11-06",
            "left out: t-9, of which it is a part, ends on 2023-11-07, not before 2023-11-07",
        ),
        ("dead in coast", str(sum(range(1, 29)) - 10), "left out: as of this day a tally tells of coast"),
        ("claims of DOR", "4 rows", "ActCount"),
        ("claims of CAL", "6 rows", "ActCount"),
        ("t-6", "170 acts, 2023-10-08 to 2023-11-10", "left out: it runs past the start"),
        ("t-11", "12 acts, 2023-10-01 to 2023-10-20", "left out: it began before"),
    ]


def test_the_evidence_as_of_a_later_day_is_that_written_out(plan):
    """Deaths by day in place of tallies of their place, no claims, held-out rows, pauses that overlap or last."""
    found = assemble_evidence(plan, LATER)
    expected = Evidence(
        48.0,
        (
            seen([0, 2.25, 28 - MINUTE, 46.5]),
            DeathToll("t-2", "upland", 5, 8, 26.0, 300, 1 / 26),
            DeathShare("t-4", "upland", 2, 6, (), 3 / 28),
            ActCount("t-5", ("DOR", "CAL"), 40, 21.0, 2 / 21),
            DeathToll("t-7", "marsh", 9, 13, 28.0, 50, 3 / 28),
            DeathToll("t-9", "dunes", 4, 6, 29.0, 300, 4 / 29),
            DeathShare("t-10", "dunes", 1, 4, (), 3 / 28),
            DeathToll("dead in coast", "coast", sum(range(1, 49)) - 10, sum(range(1, 49)) - 10, 47.0, 17, 20 / 47),
            Spills("DOR-ARD", 3, 5),
            Spills("BRE-CAL", 1, 2),
        ),
        (*LAGS[:5], Lag("a-18", "a-12", "ARD-DOR", 2.0, 4.0), *LAGS[5:]),
        (Pause(-5.0, 1.0), Pause(26.0, 42.0), Pause(45.0, 54.0)),
    )
    assert_evidence(found.evidence, expected)
    assert [row.id for row in found.ledger] == [row.id for row in ROWS[:-1]], "the last is of the day itself"
    used = "DeathToll from a daily series, 47 of 48 days"
    assert ("dead in coast", str(sum(range(1, 49)) - 10), used) in found.uses
    assert found.reasons["claims of DOR"] == "rows of claims are complete as of the start of the scenarios only"
    assert found.reasons["t-1"] == found.reasons["t-3"] == "replaced by a daily series"


@pytest.mark.parametrize(
    ("until", "silence", "quiet"),
    [
        ("12-04", "", ""),
        ("12-05", "nothing was reported in the 7 days after 2023-11-27", ""),
        ("12-26", "nothing was reported in the 28 days after 2023-11-27", "; none in 30 days in a row, which"),
    ],
)
def test_a_silence_before_the_day_is_told(plan, until, silence, quiet):
    """The last row of the ledger is of 27 November; the last sighting of noon on the 25th."""
    found = assemble_evidence(replace(plan, daily_deaths=()), day(until))
    assert found.silence == silence
    (use,) = (use for name, _, use in found.uses if name == "sirens")
    assert use.removeprefix("times of acts, seen with a detection fraction").startswith(quiet)
    assert ("quiet" in use) == bool(quiet)


def test_a_window_keeps_the_last_days_of_the_record_only(plan):
    """From 15 November: the pause that ends on the 20th stood still in it, and no row is as young."""
    found = assemble_evidence(plan, LATER, window_days=12)
    dead = sum(range(37, 49))
    expected = (seen([10.5]), DeathToll("dead in coast", "coast", dead, dead, 12.0, 17, 9 / 12))
    assert_evidence(found.evidence, Evidence(12.0, expected, (), (Pause(-10.0, 6.0), Pause(9.0, 18.0))))
    assert (found.first, len(found.ledger)) == (day("11-15"), 0)
    wide = assemble_evidence(plan, LATER, window_days=480)
    assert (wide.first, wide.evidence.days) == (day("10-10"), 48)
    pieces = assemble_evidence(plan, LATER, window_days=41).evidence.pieces
    assert Spills("DOR-ARD", 0, 1) in pieces, "an answer to what is older than the window is none"
    assert [lag.reaction for lag in assemble_evidence(plan, LATER, window_days=43).evidence.lags][:2] == ["a-5", "a-6"]


def test_counts_that_the_plan_leaves_out_are_cut_to_the_span_if_asked_for(plan):
    """28 of 34 days, of the one party at the front; and 11 of 20 days. What is held out stays out."""
    found = assemble_evidence(plan, also=["t-6", "t-11"])
    cut = (ActCount("t-6", ("ARD",), 140, 28.0, 3 / 28), ActCount("t-11", ("DOR",), 7, 11.0, 1 / 11))
    assert [piece for piece in found.evidence.pieces if getattr(piece, "name", "") in ("t-6", "t-11")] == list(cut)
    assert ("t-6", "140 of 170", "ActCount, cut to 28 of 34 days") in found.uses
    assert not {"t-6", "t-11"} & found.reasons.keys()
    tallies = [replace(one, split="held_out") if one.id == "t-6" else one for one in TALLIES]
    held_out = replace(plan, tallies=Tallies(tuple(tallies)))
    found = assemble_evidence(held_out, also=["t-6", "t-11"])
    assert ("t-6", "170 acts, 2023-10-08 to 2023-11-10", "left out: held out") in found.uses
    early = assemble_evidence(replace(plan, first_day=day("10-25")), also=["t-11"])
    assert early.reasons["t-11"].startswith("outside the span"), "a count of other days is no count of fewer than none"
    assert plain(found.evidence) == plain(assemble_evidence(held_out, also=["t-11"]).evidence)


@pytest.mark.parametrize(("until", "window"), [(day("10-10"), None), (day("10-01"), None), (day("10-10"), 5)])
def test_a_day_before_which_nothing_was_reported_is_refused(plan, until, window):
    with pytest.raises(
        NoEvidenceError, match=f"first_day: no evidence lies before {until}; the record begins on 2023-10-10"
    ):
        assemble_evidence(plan, until, window_days=window)
    assert assemble_evidence(plan, day("10-11"), window_days=window).evidence.days == 1


@pytest.mark.parametrize(
    ("party", "expected"),
    [
        ("ARD", [("a-1", 4, True), ("a-4", 6, True), ("a-12", 4, False)]),
        ("CAL", [("a-2", 5, True), ("a-3", 5, False), ("a-10", 4, False)]),
        ("BRE", []),
    ],
)
def test_provocations_are_high_acts_at_the_front_with_the_answers_that_acts_name(plan, party, expected):
    """A rung beyond the ladder is its top; acts of parties that nobody named or that stand elsewhere are none."""
    found = find_provocations(plan, assemble_evidence(plan).ledger, party)
    assert found == [Provocation(*one) for one in expected]


@pytest.mark.parametrize(
    ("changes", "is_refused"),
    [
        ({}, True),
        ({"figure": Figure(5, 6, 9)}, False),
        ({"figure": Figure(5, 6)}, False),
        ({"measure": "killed_combatants", "figure": Figure(high=3)}, True),
        ({"measure": "killed_combatants", "figure": Figure(high=4)}, False),
        ({"measure": "killed_civilians", "figure": Figure(high=1)}, True),
        ({"measure": "killed_civilians", "figure": Figure(high=2)}, False),
        ({"measure": "acts", "figure": Figure(high=1)}, False),
        ({"period_end": day("11-04")}, False),
        ({"period_end": day("11-06")}, True),
        ({"period_end": START}, False),
        ({"period_start": day("10-13")}, False),
        ({"initiators": ("DOR",)}, False),
        ({"targets": ("BRE",)}, False),
        ({"id": "t-6"}, True),
        ({"id": "t-1"}, False),
    ],
)
def test_rows_that_report_more_than_a_tally_allows_are_refused(plan, changes, is_refused):
    """Two rows, of at least 3 and 6 dead: more than 8, not more than 9. Tallies that are left out count, too."""
    given = tally("t-2", "killed", "upland", "CAL DOR", "ARD", Figure(5, 6, 8), "10-12", "11-05")
    rows = (
        act("b-1", "10-12", "CAL", "ARD", 2, deaths=Figure(3, 5, 9), military_deaths=Figure(3, 4, 5)),
        act(
            "b-2",
            "11-02 to 11-05",
            "DOR",
            "ARD",
            2,
            deaths=Figure(6, 6, 6),
            civilian_deaths=Figure(low=2),
            military_deaths=Figure(low=1),
        ),
        act("b-3", "10-20", "DOR", "ARD", 2, deaths=Figure(best=50)),
        act("b-4", "10-20", "CAL", "ARD", None, kind="signal", deaths=Figure(low=70)),
    )
    changed = replace(given, **changes)
    others = [replace(TALLIES[0], id=id) for id in ("t-1", "t-2", "t-6") if id != changed.id]
    chosen = replace(
        plan, left_out={"t-6": ""}, tallies=Tallies((changed, *others)), totals=(TallyPlan("t-2", "", 0, 300),)
    )
    if not is_refused:
        refuse_contradictions(chosen, Ledger(rows), START)
        return
    with pytest.raises(InputError) as caught:
        refuse_contradictions(chosen, Ledger(rows), START)
    least = {"killed": (3, 6), "killed_combatants": (3, 1), "killed_civilians": (0, 2)}[changed.measure]
    named = ", ".join(f"{id} ({dead})" for id, dead in zip(("b-1", "b-2"), least, strict=True) if dead)
    assert str(caught.value) == (
        f"{plan.theatre_file.ledger}: rows {named}: report at least {sum(least)} dead in all, but the tally "
        f"{changed.id} (an office) has at most {changed.figure.high} from 2023-10-12 to "
        f"{changed.period_end}; mend one of them"
    )
    Ledger(rows).write(plan.theatre_file.ledger)
    with pytest.raises(InputError, match=named.replace("(", "[(]").replace(")", "[)]")):
        assemble_evidence(chosen)


def test_nothing_of_the_shipped_record_after_the_start_is_used():
    plan = read_plan(SHIPPED / "theatre.toml")
    found = assemble_evidence(plan)
    assert found.until == START
    assert all(row.last_day < START and row.split == "calibration" for row in found.ledger)
    assert found.evidence.pauses == ()
    used = {name for name, _, use in found.uses if not use.startswith("left out")}
    assert {name for name in used if name.startswith("S3")} == {f"S3.1-47.{number}" for number in (1, 2, 4, 6)}
    stated = next(lag for lag in found.evidence.lags if lag.reaction == "S3.1-44")
    assert stated.low * 24 < 2.2 < stated.high * 24, "an answer after two hours or three"
