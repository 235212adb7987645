"""Daily totals and the narrated story of a single replicate."""

from __future__ import annotations

import datetime

import numpy as np
from test_acts import THEATRE, marks_with
from worlds import four_party_world

from sim.acts import BACKGROUND, FALSE_ALARM, SCHEDULED, Acts
from sim.trace import DailyTotals, Narrative

ROW = THEATRE.dyad_index


def acts_of(*rows: tuple[int, str, int, int, int]) -> Acts:
    """Return acts from (replicate, dyad, cause, killed, civilians), all on rung 4."""
    lane, dyad, cause, killed, civilians = (
        np.array(column) for column in zip(*[(r[0], ROW[r[1]], *r[2:]) for r in rows], strict=True)
    )
    rung = np.full(lane.shape, 4)
    return Acts(lane, dyad, cause, rung, np.arange(len(rows), dtype=np.uint64), killed, civilians, 0 * rung, rung)


ACTS = acts_of(
    (0, "STA-HOS", BACKGROUND, 3, 1),
    (0, "STA-HOS", BACKGROUND, 0, 0),
    (2, "STA-HOS", SCHEDULED, 5, 5),
    (1, "HOS-STA", BACKGROUND, 2, 0),
    (1, "FAC-STA", FALSE_ALARM, 0, 0),
    (0, "STA-FAC", BACKGROUND, 1, 0),
)


def totals_of(*days: int) -> DailyTotals:
    totals = DailyTotals(THEATRE, 3, 3)
    for day in days:
        totals.add(ACTS, marks_with(3), day)
    return totals


def test_acts_are_counted_by_dyad_day_and_replicate():
    totals = totals_of(1)
    assert totals.acts[ROW["STA-HOS"]].tolist() == [[0, 0, 0], [2, 0, 1], [0, 0, 0]]
    assert totals.killed[ROW["STA-HOS"], 1].tolist() == [3, 0, 5]
    assert totals.civilians[ROW["STA-HOS"], 1].tolist() == [1, 0, 5]
    assert totals.acts.sum() == 5, "a false alarm is no act"


def test_steps_of_one_day_add_up():
    once, thrice = totals_of(2), totals_of(2, 2, 2)
    for name in ("acts", "launches", "killed", "civilians"):
        assert np.array_equal(3 * getattr(once, name), getattr(thrice, name))


def test_launches_are_counted_for_salvos_only():
    totals = totals_of(0)
    assert totals.launches[ROW["STA-HOS"]].sum() == 0
    assert totals.launches[ROW["HOS-STA"], 0, 1] >= 1
    assert totals.launches[ROW["FAC-STA"]].sum() == 0, "a false alarm launches nothing"


def test_killed_are_summed_by_place_and_span():
    totals = totals_of(0, 1)
    assert totals.killed_in("north", slice(0, 1)).tolist() == [4, 0, 5]
    assert totals.killed_in("north", slice(0, 3)).tolist() == [8, 0, 10]
    assert totals.killed_in("south", slice(1, 3)).tolist() == [0, 2, 0]
    assert totals.acts[[ROW["STA-HOS"], ROW["STA-FAC"]], :3].sum(axis=(0, 1)).tolist() == [6, 0, 2]
    assert totals.locations == ("south", "north")


def test_totals_are_columns():
    columns = totals_of(0, 1).columns(1)
    assert columns["acts_STA-HOS_at_1"].tolist() == [2, 0, 1]
    assert columns["killed_north_at_1"].tolist() == [4, 0, 5]
    assert columns["civilians_south_at_1"].tolist() == [0, 0, 0]
    assert "acts_STA-BYS_at_1" not in columns


def test_the_story_tells_what_stands_out():
    totals, narrative = DailyTotals(THEATRE, 2, 1), Narrative(THEATRE, datetime.date(2023, 11, 7))
    acts = acts_of((0, "STA-HOS", SCHEDULED, 3, 1), (0, "HOS-STA", BACKGROUND, 0, 0), (0, "FAC-STA", FALSE_ALARM, 0, 0))
    marks = marks_with(1)
    totals.add(acts, marks, 0)
    narrative.note("the front passes from border conflict to campaign")
    narrative.add(acts, marks)
    narrative.end_day(0, totals)
    narrative.end_day(1, totals)
    texts = [line.text for line in narrative.lines]
    assert texts[0] == "acts: STA-HOS 1, HOS-STA 1; killed: 0 in south, 3 in north"
    assert texts[1] == "the front passes from border conflict to campaign"
    for words in ("State", "Host", "scheduled", "rung 4", "3 killed", "1 civilians"):
        assert words in texts[2]
    assert "launched" in texts[3]
    assert texts[4] == "false alarm in State"
    assert texts[5] == "acts: none; killed: 0 in south, 0 in north"
    assert [(line.day, line.date) for line in (narrative.lines[0], narrative.lines[-1])] == [
        (1, datetime.date(2023, 11, 7)),
        (2, datetime.date(2023, 11, 8)),
    ]


def test_a_story_without_a_calendar_counts_days():
    narrative = Narrative(THEATRE, None)
    narrative.end_day(0, DailyTotals(THEATRE, 1, 1))
    assert narrative.lines[0].date is None


def test_only_a_single_replicate_is_narrated():
    world = four_party_world(1, days=16).run()
    assert four_party_world(2).narrative is None
    assert [line.day for line in world.narrative.lines] == sorted(line.day for line in world.narrative.lines)
    assert sum("killed: " in line.text for line in world.narrative.lines) == 16
    scheduled = [line for line in world.narrative.lines if "scheduled" in line.text]
    assert [line.day for line in scheduled] == [11, 13], "day 10.0 lies in the eleventh day"
    assert world.totals.acts[:, 10].sum() >= 1
