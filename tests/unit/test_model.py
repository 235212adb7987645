"""The ensemble as a whole: what a user calls, and what a step does in which order."""

from __future__ import annotations

from dataclasses import dataclass

import mesa
import numpy as np
import pytest
from worlds import (
    assert_same,
    daily,
    docking_world,
    eventful_policies,
    fitting,
    flat_ladder,
    four_parties,
    four_party_parameters,
    four_party_world,
    record_of,
    two_parties,
)

from sim.core.errors import PolicyError, SupercriticalError
from sim.engine.acts import GivenAct
from sim.engine.configuration import FrontParameters, Parameters, Timeline, Truce
from sim.engine.kernel.phases import CAMPAIGN, GROUND
from sim.engine.model import Conflict
from sim.engine.outcomes import Definitions, Question
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import DyadParameters
from sim.policies import Policy, Response
from sim.policies.reciprocal import NoRetaliation, TitForTat
from sim.policies.view import read_only

SILENT = {"L": PartyParameters(), "I": PartyParameters()}
QUIET_DYADS = {"L-I": DyadParameters(), "I-L": DyadParameters()}


def small(
    timeline: Timeline, parties=None, dyads=None, *, policies=None, front=None, definitions=None, n=4
) -> Conflict:
    parameters = Parameters(
        parties or SILENT,
        dyads or QUIET_DYADS,
        front=front or FrontParameters(),
        definitions=definitions or Definitions(),
    )
    chosen = policies or {"L": TitForTat(), "I": TitForTat()}
    return Conflict(two_parties(flat_ladder()), parameters, chosen, timeline, replicates=n, seed=1)


def test_an_ensemble_is_a_mesa_model():
    world = docking_world(replicates=5)
    assert isinstance(world, mesa.Model)
    assert len(world.agents) == 2
    assert world.n_replicates == 5
    world.step()
    assert world.steps == 1
    assert repr(world) == f"<Conflict '{world.theatre.name}': 5 replicates, day 0.25 of {world.timeline.horizon_days}>"


def test_a_run_is_its_steps():
    run, stepped = docking_world(days=3).run(), docking_world(days=3)
    for _ in range(12):
        stepped.step()
    assert_same(record_of(run), record_of(stepped))


def test_a_seed_repeats_and_another_differs():
    assert_same(record_of(docking_world(days=3).run()), record_of(docking_world(days=3).run()))
    other = docking_world(days=3, seed=2).run()
    assert not np.array_equal(daily(other), daily(docking_world(days=3).run()))


def test_replicates_are_a_number_or_indices():
    assert docking_world(replicates=3).streams.replicates.tolist() == [0, 1, 2]
    assert docking_world(replicates=np.array([7, 3])).streams.replicates.tolist() == [7, 3]


def test_a_released_ensemble_may_go():
    world = docking_world(replicates=2)
    world.release()
    world.release()
    assert world not in getattr(mesa.Agent, "_ids", {}), "Mesa 3.3 would keep the model for the life of the process"


def test_every_column_has_one_value_for_each_replicate():
    columns = four_party_world(6, days=15).run().columns()
    assert all(values.shape == (6,) for values in columns.values())
    for name in ("war_day", "campaign_began_by", "failed", "state_at_15", "acts_STA-HOS_at_7", "killed_north_at_15"):
        assert name in columns


def test_a_supercritical_world_is_refused():
    dyads = {"L-I": DyadParameters(excitation=1.1), "I-L": DyadParameters(excitation=1.0)}
    with pytest.raises(SupercriticalError):
        small(Timeline(2, horizons=()), dyads=dyads)


@dataclass(frozen=True)
class Fails(Policy):
    """Fails in its third step."""

    def respond(self, view, draw):
        draw.uniform("once")
        if SEEN.append(view) or len(SEEN) > 2:
            raise ValueError("a bad day")
        return Response(multiplier=0.0, rung=0)


SEEN: list[object] = []


def test_a_policy_that_fails_is_named():
    SEEN.clear()
    world = small(Timeline(2, horizons=()), policies={"L": Fails(), "I": TitForTat()})
    with pytest.raises(PolicyError, match="policy Fails of L against I failed: ValueError: a bad day"):
        world.run()
    assert world.steps == 3


def test_what_a_policy_sees_cannot_be_written_to():
    SEEN.clear()
    world = small(Timeline(2, horizons=()), policies={"L": Fails(), "I": TitForTat()})
    world.step()
    shown = {**vars(SEEN[0]), **vars(SEEN[0].last.encounter)}
    arrays = {name: value for name, value in shown.items() if isinstance(value, np.ndarray)}
    assert {"provocation", "reactions_due", "unanswered_harm", "phase", "entered", "received", "sent"} <= arrays.keys()
    for name, array in arrays.items():
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
        assert not array.flags.writeable, name


def test_what_a_policy_remembers_cannot_be_written_to():
    seen = []

    @dataclass(frozen=True)
    class Remembers(Policy):
        """Counts its steps."""

        def memory(self, top):
            return {"steps": 0.0}

        def respond(self, view, draw):
            seen.append(view.memory["steps"])
            return Response(multiplier=0.0, rung=0, memory={"steps": view.memory["steps"] + 1.0})

    small(Timeline(1, horizons=()), policies={"L": NoRetaliation(), "I": Remembers()}).run()
    assert [steps[0] for steps in seen] == [0.0, 1.0, 2.0, 3.0]
    assert not any(steps.flags.writeable for steps in seen)


def test_a_read_only_view_shows_the_array():
    array = np.zeros(2)
    view = read_only(array)
    array[0] = 1.0
    assert view[0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 2.0


@pytest.mark.parametrize("step_days", [1.0, 0.25])
@pytest.mark.parametrize(("day", "index"), [(0.0, 0), (1.99, 1), (2.0, 2)])
def test_a_scheduled_incident_happens_on_its_day(step_days, day, index):
    incident = GivenAct(day, "L", "I", 1, killed=3, civilians=2)
    world = small(Timeline(4, step_days, horizons=(), scheduled=(incident,))).run()
    row = world.theatre.dyad_index["L-I"]
    assert np.all(daily(world)[row].sum(axis=0) == 1)
    assert np.all(daily(world, "killed")[row, index] == 3)
    assert np.all(daily(world, "civilians")[row, index] == 2)


def test_two_incidents_may_share_a_step():
    incidents = (GivenAct(1.0, "L", "I", 1, killed=3), GivenAct(1.1, "L", "I", 1, killed=4))
    world = small(Timeline(2, horizons=(), scheduled=incidents)).run()
    assert np.all(daily(world, "killed")[world.theatre.dyad_index["L-I"], 1] == 7)


def test_history_leaves_harm_and_reactions_pending():
    """The record holds its own reactions, so all that is drawn are those due after the start."""
    incident = GivenAct(-0.5, "L", "I", 1, killed=2)
    dyads = {"L-I": DyadParameters(), "I-L": DyadParameters(excitation=2.0, delay_days=1.0)}
    world = small(Timeline(20, horizons=(), history=(incident,)), dyads=dyads, n=4000)
    assert np.all(world.parties["I"].unanswered_harm > 0)
    assert not daily(world).any(), "the record is not part of the run"
    answers = daily(world.run())[world.theatre.dyad_index["I-L"]].sum(axis=0)
    # Released in the steps of history after the incident's own: at least one of two quarter days.
    due = [2.0 * np.exp(-0.25 * steps) for steps in (0, 1, 2)]
    margin = 4.5 * np.sqrt(2.0 / 4000)
    assert min(due) - margin < answers.mean() < max(due) + margin


def test_a_campaign_by_counting_is_a_war_at_the_end_of_its_day():
    definitions = Definitions(campaign_acts=2.0, campaign_days=1.0)
    incidents = tuple(GivenAct(1.0 + i / 10, "L", "I", 1) for i in range(2))
    question = Question("war", "?", "war")
    timeline = Timeline(4, horizons=(1, 2), scheduled=incidents, questions=(question,))
    columns = small(timeline, definitions=definitions).run().columns()
    assert columns["war_day"].tolist() == [2.0] * 4
    assert columns["state_at_1"].tolist() == [0] * 4
    assert columns["state_at_2"].tolist() == [2] * 4
    assert columns["campaign_began_by"].tolist() == [-1] * 4, "no party decided on it"


def test_a_truce_stills_the_fire_that_hangs_on_the_driver():
    parties = {"L": PartyParameters(baseline=50.0, driver_share=1.0), "I": PartyParameters()}
    world = small(Timeline(6, horizons=(), truces=(Truce(2.0, 3.0),)), parties=parties).run()
    by_day = daily(world)[world.theatre.dyad_index["L-I"]].sum(axis=1)
    assert np.flatnonzero(by_day == 0).tolist() == [2, 3, 4]


def test_a_campaign_multiplies_the_fire_and_a_ceasefire_ends_it():
    parties = {"L": PartyParameters(baseline=4.0, campaign_hazard=5.0, campaign_slope=0.0), "I": PartyParameters()}
    dyads = {"L-I": DyadParameters(campaign_factor=10.0), "I-L": DyadParameters()}
    world = small(Timeline(20, horizons=()), parties, dyads, front=FrontParameters(ceasefire_activity=0.0), n=50).run()
    assert np.isin(world.phase, (CAMPAIGN, GROUND)).all()
    assert daily(world)[world.theatre.dyad_index["L-I"], 10:].mean() == pytest.approx(40.0, rel=0.03)
    ending = FrontParameters(ceasefire_activity=0.0, ceasefire_hazard=5.0)
    world = small(Timeline(20, horizons=()), parties, dyads, front=ending, n=50).run()
    assert not daily(world)[:, 10:].any()


def test_acts_are_answered_in_the_step_after_they_are_seen():
    """Harm of a step reaches the policy in the next one; reactions by the calibrated delay do not wait for it."""
    SEEN.clear()

    @dataclass(frozen=True)
    class Watches(Policy):
        """Notes the harm that it was shown."""

        def respond(self, view, draw):
            SEEN.append(view.unanswered_harm[0])
            return Response(multiplier=0.0, rung=0)

    incident = GivenAct(0.5, "L", "I", 1, killed=2)
    small(Timeline(2, horizons=(), scheduled=(incident,)), policies={"L": NoRetaliation(), "I": Watches()}).run()
    assert [harm > 0 for harm in SEEN[:4]] == [False, False, False, True]


def test_a_timeline_knows_its_steps():
    assert [Timeline(step_days=step).steps_per_day for step in (1.0, 0.5, 0.25, 0.125, 0.1)] == [1, 2, 4, 8, 10]


def test_a_timeline_is_a_year_of_quarter_days_noted_at_four_horizons():
    timeline = Timeline()
    assert (timeline.horizon_days, timeline.step_days, timeline.horizons) == (365, 0.25, (30, 90, 180, 365))


def test_parameters_have_a_world_a_front_and_definitions_of_their_own():
    parameters = Parameters({}, {})
    assert parameters.world.mediation == 0.0
    assert parameters.front.ceasefire_hazard == 0.0
    assert parameters.definitions.campaign_days == 3.0
    assert not parameters.entries
    assert not parameters.alliances


def test_parties_know_their_opponents():
    theatre = four_parties("last")
    timeline = Timeline(1, horizons=())
    made_of = fitting(theatre, four_party_parameters(np.arange(2)), eventful_policies())
    world = Conflict(theatre, *made_of, timeline, replicates=2, seed=0)
    assert world.parties["STA"].opponents == ("HOS", "FAC")
    assert world.parties["FAC"].opponents == ("STA", "GRP")
    assert world.parties["BYS"].opponents == ()
