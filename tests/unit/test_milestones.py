"""What a run notes of a history that daily totals cannot tell, at the end of the step in which it began."""

from __future__ import annotations

import numpy as np
import pytest
from records_by_hand import follow_milestones, prepared
from worlds import far_theatre, far_world, four_parties

from sim.engine.configuration import Parameters, Timeline
from sim.engine.kernel.phases import BORDER, CAMPAIGN, CEASEFIRE, GROUND
from sim.engine.model import milestone_columns
from sim.engine.outcomes import Question
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import DyadParameters

THEATRE = four_parties()
STEP_DAYS = 0.25
NEVER = np.inf


def followed(*phases, truces=None, questions=None, horizons=(), began_by=-1):
    """Return the columns after steps in which the front was in some phases, one row for each step."""
    size = len(phases[0])
    asked = tuple(Question(name, "?", "driver_truce", threshold=days) for name, days in (questions or {}).items())
    timeline = Timeline(30, STEP_DAYS, horizons=horizons, questions=asked)
    parameters = Parameters(
        dict.fromkeys(THEATRE.party_index, PartyParameters()), {name: DyadParameters() for name in THEATRE.dyad_index}
    )
    histories = prepared(THEATRE, parameters, size, timeline=timeline)
    in_truce = np.zeros((len(phases), size), dtype=bool) if truces is None else np.array(truces, dtype=bool)
    for step, phase in enumerate(phases):
        states = histories.states
        states["phase"], states["began_by"], states["in_truce"] = phase, began_by, in_truce[step]
        follow_milestones(histories, (step + 1) * STEP_DAYS)
    return milestone_columns(THEATRE, timeline, histories.states)


@pytest.mark.parametrize("began_by", [0, 3])
def test_phases_are_noted_at_the_end_of_their_first_step(began_by):
    phases = [BORDER, CAMPAIGN], [CAMPAIGN, GROUND], [GROUND, CEASEFIRE], [CEASEFIRE, CAMPAIGN]
    columns = followed(*phases, began_by=began_by)
    assert columns["campaign_day"].tolist() == [0.5, 0.25]
    assert columns["ground_day"].tolist() == [0.75, 0.5]
    assert columns["ceasefire_day"].tolist() == [1.0, 0.75]
    assert columns["campaign_began_by"].tolist() == [began_by] * 2


def test_a_campaign_that_nobody_decided_has_no_day_of_decision():
    columns = followed([CAMPAIGN], [CEASEFIRE])
    assert columns["campaign_day"].tolist() == [NEVER]
    assert columns["ceasefire_day"].tolist() == [0.5]
    assert columns["campaign_began_by"].tolist() == [-1]


def test_what_never_happened_has_no_day():
    columns = followed([BORDER] * 3)
    for name in ("campaign_day", "ground_day", "ceasefire_day"):
        assert columns[name].tolist() == [NEVER] * 3, name


def test_a_truce_must_last_without_a_break():
    truces = np.array([[1, 1, 1, 0, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0, 1, 1, 1]]).T
    columns = followed(*[[BORDER, BORDER]] * 9, truces=truces, questions={"day": 1.0, "half": 0.5})
    assert columns["truce_day_day"].tolist() == [2.0, NEVER]
    assert columns["truce_day_half"].tolist() == [0.5, 2.0]


def test_a_ceasefire_is_noted_at_the_horizons():
    phases = [[CEASEFIRE, BORDER]] * 4 + [[CAMPAIGN, CEASEFIRE]] * 4
    columns = followed(*phases, horizons=(1, 2))
    assert columns["ceasefire_at_1"].tolist() == [True, False]
    assert columns["ceasefire_at_2"].tolist() == [False, True]
    assert "ceasefire_at_3" not in columns


def test_a_theatre_without_joiners_has_no_columns_of_joining():
    assert not [name for name in followed([BORDER]) if "join" in name]


@pytest.mark.parametrize("days", [8])
def test_a_run_notes_joining_for_every_party_that_may(days):
    world = far_world(60, days=days).run()
    columns = world.milestones()
    index = far_theatre().party_index
    assert {name for name in columns if "join" in name} == {
        "joined_FAR_day", "joined_FAR_trigger", "joined_OTH_day", "joined_OTH_trigger", "first_to_join"
    }  # fmt: skip
    joined = np.isfinite(columns["joined_FAR_day"])
    assert 0 < joined.sum() < 60
    assert np.array_equal(columns["first_to_join"], np.where(joined, index["FAR"], -1)), "the other waits for it"
    at = columns["joined_FAR_day"][joined]
    assert np.array_equal(at * 4, np.round(at * 4)), "the end of a step"
    assert at.min() >= STEP_DAYS
