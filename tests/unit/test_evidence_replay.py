"""Which rows of a ledger are replayed: each of the others has its reason, and an old row moves nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from records import INCIDENTS, PARTIES

from sim.evidence.replay import LONGEST_GAP_DAYS, LONGEST_RECORD_DAYS, STALE_DAYS, choose_acts

START = date(2023, 11, 7)
ACT = replace(INCIDENTS[0], stated_trigger="", time=None, time_precision="day")
DAY = timedelta(days=1)


def acts(*days_before):
    return [replace(ACT, id=f"a-{days}", date=START - days * DAY) for days in days_before]


def chosen(incidents, **options):
    replay = choose_acts(incidents, START, **options)
    assert len(replay.acts) + sum(map(len, replay.left.values())) == replay.rows == len(incidents)
    return replay


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kind": "signal"}, "are no acts"),
        ({"split": "held_out"}, "held out"),
        ({"date": START}, "not before the start"),
        ({"rung": None}, "without a rung"),
        ({"target": "UNKNOWN"}, "of or on a party that is UNKNOWN"),
        ({"target": "NOOR"}, 'of "NOOR", which is no party (did you mean "NOR"?)'),
        ({"target": "EAS"}, "of NOR-EAS, which is no pair of the theatre"),
    ],
)
def test_a_row_that_is_not_replayed_has_its_reason(change, reason):
    wrong = replace(ACT, id="b-1", **change)
    replay = chosen([ACT, wrong], parties=PARTIES, dyads=["NOR-SOU", "SOU-NOR"])
    assert replay.acts == (ACT,)
    assert replay.left == {reason: (wrong,)}
    assert f"1 of 2 rows are replayed before 2023-11-07, from 2023-10-09; not: 1 {reason}." in replay.summary
    assert replay.is_doubtful == (reason not in ("are no acts", "held out", "not before the start")) or replay.warnings


def test_reasons_stand_most_frequent_first():
    rows = [replace(ACT, id=f"r-{n}", rung=None) for n in range(3)] + [replace(ACT, id="k-1", kind="signal")]
    assert "not: 3 without a rung; 1 are no acts" in chosen(rows).summary


def test_a_record_begins_behind_its_last_long_gap():
    dense, old = acts(1, 20, 20 + LONGEST_GAP_DAYS), acts(21 + 2 * LONGEST_GAP_DAYS, 6000)
    replay = chosen([*old, *dense])
    assert {act.id for act in replay.acts} == {act.id for act in dense}
    (reason,) = replay.left
    first = START - (20 + LONGEST_GAP_DAYS) * DAY
    assert reason == f"before {first}, behind a gap of more than {LONGEST_GAP_DAYS} days"


def test_no_record_is_longer_than_what_is_remembered():
    replay = chosen(acts(*range(1, 2 * LONGEST_RECORD_DAYS, 30)))
    assert min(act.date for act in replay.acts) >= START - LONGEST_RECORD_DAYS * DAY
    assert len(replay.acts) == 1 + (LONGEST_RECORD_DAYS - 1) // 30
    (reason,) = replay.left
    assert f"{LONGEST_RECORD_DAYS} days before the start" in reason


@pytest.mark.parametrize("days", [STALE_DAYS, STALE_DAYS + 1, STALE_DAYS + 2, LONGEST_GAP_DAYS, LONGEST_GAP_DAYS + 1])
def test_a_record_that_ends_long_before_the_start_is_told(days):
    replay = chosen(acts(days))
    if days > LONGEST_GAP_DAYS:
        assert replay.acts == ()
        assert list(replay.left) == [f"more than {LONGEST_GAP_DAYS} days before the start"]
    elif days > STALE_DAYS + 1:
        assert replay.warnings == [f"the record ends on {START - days * DAY}, {days - 1} days before the start"]
        assert replay.is_doubtful
    else:
        assert (replay.warnings, replay.is_doubtful) == ([], False)


def test_a_span_counts_by_its_last_day_and_keeps_its_first():
    span = replace(ACT, id="s-1", date=START - 100 * DAY, date_end=START - 30 * DAY, time_precision="span")
    assert chosen([span, *acts(5)]).acts[0].id == "s-1"


def test_without_a_theatre_only_the_row_itself_can_be_a_reason():
    replay = choose_acts([replace(ACT, target="NOOR", date=date(1950, 1, 1)), replace(ACT, id="b", rung=None)])
    assert (len(replay.acts), list(replay.left)) == (1, ["without a rung"])
    assert "can be replayed, if a theatre has their parties and pairs" in replay.summary
