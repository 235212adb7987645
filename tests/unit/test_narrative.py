"""The narrated story of a single replicate."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from records_by_hand import launch
from test_acts import THEATRE, histories_with
from test_daily_totals import acts_of, day_of
from worlds import daily, far_theatre, four_party_world, stirred_setting

from sim.engine.daily_totals import DAY_ROW
from sim.engine.kernel.marks import BACKGROUND, FALSE_ALARM, SCHEDULED
from sim.engine.narrative import PHASES, Narrative

CALM_DAY = np.zeros(0, dtype=DAY_ROW)


def test_the_story_tells_what_stands_out():
    histories, narrative = histories_with(1), Narrative(THEATRE, datetime.date(2023, 11, 7))
    acts = acts_of((0, "STA-HOS", SCHEDULED, 3, 1), (0, "HOS-STA", BACKGROUND, 0, 0), (0, "FAC-STA", FALSE_ALARM, 0, 0))
    launch(histories, acts)
    narrative.note("the front passes from border conflict to campaign")
    narrative.add(acts, histories.depths(acts))
    narrative.end_day(0, day_of(histories, 0, acts))
    narrative.end_day(1, day_of(histories, 1, acts[:0]))
    texts = [line.text for line in narrative.lines]
    assert texts[0] == "acts: STA-HOS 1, HOS-STA 1; killed: 0 in south, 3 in north, 0 in coast"
    assert texts[1] == "the front passes from border conflict to campaign"
    for words in ("State", "Host", "scheduled", "rung 4", "(town), ", "km deep", "3 killed", "1 civilians"):
        assert words in texts[2]
    assert "launched" in texts[3]
    assert texts[4] == "false alarm in State"
    assert texts[5] == "acts: none; killed: 0 in south, 0 in north, 0 in coast"
    assert [(line.day, line.date) for line in (narrative.lines[0], narrative.lines[-1])] == [
        (1, datetime.date(2023, 11, 7)),
        (2, datetime.date(2023, 11, 8)),
    ]


def test_places_beside_the_front_are_told_only_where_somebody_died():
    theatre = far_theatre()
    narrative = Narrative(theatre, None)
    narrative.end_day(0, CALM_DAY)
    cell = theatre.dyad_index["STA-FAR"] * (theatre.ladder.top + 1) + 2
    narrative.end_day(1, np.array([(0, cell, 2, 1, 0, 0, 7, 0)], dtype=DAY_ROW))
    assert [line.text for line in narrative.lines] == [
        "acts: none; killed: 0 in south, 0 in north, 0 in coast",
        "acts: STA-FAR 1; killed: 0 in south, 0 in north, 0 in coast, 7 in far away",
    ]


def test_a_claim_is_told_where_it_differs():
    narrative = Narrative(THEATRE, None)
    for biased in (histories_with(1, claim_bias=3.0), histories_with(1)):
        acts = acts_of((0, "HOS-STA", SCHEDULED, 0, 0))
        launch(biased, acts)
        narrative.add(acts, biased.depths(acts))
    narrative.end_day(0, CALM_DAY)
    assert "claimed)" in narrative.lines[1].text
    assert "claimed" not in narrative.lines[2].text


def test_a_story_without_a_calendar_counts_days():
    narrative = Narrative(THEATRE, None)
    narrative.end_day(0, CALM_DAY)
    assert narrative.lines[0].date is None


@pytest.mark.parametrize("replicate", [500, 503, 511])
def test_joining_leaving_and_phases_are_told_on_their_days(replicate):
    world = stirred_setting(np.array([replicate])).conflict(np.array([replicate]))
    expected = []
    for step in range(12):
        was_in, phase = world.joined[:, 0].copy(), world.phase[0]
        world.step()
        for index in np.flatnonzero(world.joined[:, 0] != was_in):
            name = world.theatre.parties[index].name
            expected.append((step // 2 + 1, f"{name} {'leaves' if was_in[index] else 'joins'} the war"))
        if world.phase[0] != phase:
            passes = f"the front passes from {PHASES[phase]} to {PHASES[world.phase[0]]}"
            expected.append((step // 2 + 1, passes))
    told = [(line.day, line.text) for line in world.narrative.lines]
    assert [line for line in told if "the war" in line[1] or "the front" in line[1]] == expected
    assert len(expected) > 2


def test_only_a_single_replicate_is_narrated():
    world = four_party_world(1, days=16).run()
    assert four_party_world(2).narrative is None
    assert [line.day for line in world.narrative.lines] == sorted(line.day for line in world.narrative.lines)
    assert sum("killed: " in line.text for line in world.narrative.lines) == 16
    scheduled = [line for line in world.narrative.lines if "scheduled" in line.text]
    assert [line.day for line in scheduled] == [11, 13, 13, 14], "day 10.0 lies in the eleventh day"
    assert daily(world)[:, 10].sum() >= 1
