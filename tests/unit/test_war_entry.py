"""Joining the war and leaving it: hazards in closed form, contagion among allies, triggers, conditions (S2.10)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from records_by_hand import join_and_leave, prepared, routine_postures
from scipy import stats
from worlds import flat_ladder

from sim.engine.configuration import TRIGGERS, AllianceParameters, EntryParameters, Parameters, Timeline
from sim.engine.kernel.days import NO_DAY
from sim.engine.kernel.phases import CAMPAIGN, CEASEFIRE, GRAVE_DAYS, GROUND
from sim.engine.model import milestone_columns
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import Alliance, Dyad, DyadParameters, Front, Joiner, Ladder, PartyProfile, Rung, Theatre

N = 20_000
MOST_DAYS = 1100
LADDER = Ladder([Rung(level, str(level)) for level in range(7)])


def theatre_with(*joiners: Joiner, alliances=(), ladder=LADDER) -> Theatre:
    """Return a front of L and R, and parties A, B, C beside it."""
    parties = [PartyProfile(name, name, name) for name in "LRABC"]
    dyads = [Dyad("L", "R"), Dyad("R", "L"), Dyad("A", "L"), Dyad("B", "L")]
    pairs = [Alliance(party, ally) for party, ally in alliances]
    return Theatre("t", parties, dyads, ladder, Front("f", "f", (("L",), ("R",))), joiners, pairs)


class Alone:
    """Entries without the rest of the engine: the surroundings are given."""

    def __init__(self, theatre, entries, alliances=None, *, n=N, step_days=1.0, seed=1, phase=None, top_days=None):
        self.theatre, self.n, self.step_days = theatre, n, step_days
        weights = {name: AllianceParameters(weight=weight) for name, weight in (alliances or {}).items()}
        weights |= {one.id: AllianceParameters() for one in theatre.alliances if one.id not in weights}
        parties = dict.fromkeys(theatre.party_index, PartyParameters(posture_baseline=2.5))
        dyads = {name: DyadParameters() for name in theatre.dyad_index}
        parameters = Parameters(parties, dyads, entries=entries, alliances=weights)
        # As many steps as a test asks for.
        self.timeline = Timeline(MOST_DAYS, 0.25 if step_days == 0.25 else 1.0, horizons=())
        self.histories = prepared(theatre, parameters, n, timeline=self.timeline, seed=seed)
        self._stretch(step_days)
        self.states = self.histories.states
        if phase is not None:
            self.states["phase"] = phase
        for party, days in (top_days or {}).items():
            self.states["top_day"][:, theatre.party_index[party]] = days

    def _stretch(self, step_days):
        """Make steps longer than a day, which no timeline of a run has."""
        self.histories.setting["step_days"] = step_days
        self.histories.moments["day"] = self.histories.moments["step"] * step_days

    def run(self, steps, first=0, *, gravest=0, civilians=0.0, driver=1.0, mediation=0.0):
        """Decide some steps, all under the same surroundings."""
        states = self.states
        states["civilians_in_month"], states["driver"], states["mediation"] = civilians, driver, mediation
        states["rung_day"], states["civilian_day"] = -np.inf, NO_DAY
        for step in range(first, first + steps):
            if gravest > 0:
                states["rung_day"][:, gravest] = step * self.step_days
            join_and_leave(self.histories, step)
        return self

    def replace(self, **entries):
        """Give parties other parameters of entry from now on."""
        for party, own in entries.items():
            place, values = self.theatre.party_index[party], self.histories.values
            values["entry_hazard"][:, place], values["exit_hazard"][:, place] = own.hazard, own.exit_hazard
            values["entry_days"][:, place] = own.shortest_days

    def all_joined(self):
        return self.histories.of_parties("joined") > 0

    def joined(self, party):
        return self.states["joined"][:, self.theatre.party_index[party]] > 0

    def day(self, party):
        # The end of the step, as a run notes it.
        return self.states["first_day"][:, self.theatre.party_index[party]]

    def trigger(self, party):
        return self.states["trigger"][:, self.theatre.party_index[party]]


def one(hazard=0.0, alliances=(), weights=None, **others):
    """Return A alone, which may join and never leaves, unless said otherwise."""
    own = EntryParameters(**{"hazard": hazard, "exit_hazard": 0.0} | others)
    return lambda **more: Alone(theatre_with(Joiner("A"), alliances=alliances), {"A": own}, weights, **more)


def near(share, expected, n=N, k=4.0):
    return abs(share - expected) < k * math.sqrt(expected * (1 - expected) / n)


# --- The hazard


@pytest.mark.parametrize("step_days", [0.25, 1.0, 5.0])
def test_a_constant_hazard_has_its_closed_form(step_days):
    """1 - exp(-h T) at every horizon, whatever the step."""
    world = one(0.02)(step_days=step_days).run(round(60 / step_days))
    for horizon in (10, 30, 60):
        assert near((world.day("A") <= horizon).mean(), -math.expm1(-0.02 * horizon)), horizon
    assert np.array_equal(world.joined("A"), np.isfinite(world.day("A")))


def test_the_days_of_joining_are_exponential():
    world = one(0.05)(n=4000, step_days=0.25).run(1600)
    days = world.day("A")
    assert np.isfinite(days).all()
    bins = np.array([0.0, 2.0, 5.0, 10.0, 20.0, 40.0, 80.0, 400.0])
    chance = -np.diff(np.exp(-0.05 * bins))
    # A day at an edge is the end of a step before it.
    observed = np.histogram(days - 0.125, bins=bins)[0]
    expected = 4000 * chance / chance.sum()
    assert stats.chisquare(observed, expected).pvalue > 1e-4


FACTORS = [
    ({"rung_slope": 0.5}, {"gravest": 6}, math.exp(0.5 * 2)),
    ({"rung_slope": 0.5}, {"gravest": 5}, math.exp(0.5)),
    ({"rung_slope": 0.5}, {"gravest": 4}, 1.0),
    ({"rung_slope": 0.5}, {"gravest": 0}, 1.0),
    ({"civilians": 0.8}, {"civilians": 300.0}, 4.0**0.8),
    ({"civilians": 0.8}, {"civilians": 0.0}, 1.0),
    ({"driver": 0.7}, {"driver": 2.0}, math.exp(0.7)),
    ({"driver": 0.7}, {"driver": 1.0}, 1.0),
    ({"driver": 0.7}, {"driver": 0.0}, math.exp(-0.7)),
    ({"deterrence": 0.5}, {}, math.exp(-0.5)),
    ({"mediation": 0.9}, {"mediation": 0.5}, math.exp(-0.45)),
    ({"mediation": 0.9}, {}, 1.0),
    (
        {"rung_slope": 0.3, "civilians": 0.4, "driver": 0.2, "deterrence": 0.6, "mediation": 0.5},
        {"gravest": 6, "civilians": 100.0, "driver": 1.5, "mediation": 0.4},
        math.exp(0.6 + 0.4 * math.log(2) + 0.1 - 0.6 - 0.2),
    ),
]


@pytest.mark.parametrize(("own", "around", "factor"), FACTORS)
def test_what_moves_the_log_rate(own, around, factor):
    world = one(0.02, **own)().run(10, **around)
    assert near(world.joined("A").mean(), -math.expm1(-0.02 * factor * 10))


@pytest.mark.parametrize(("phase", "at_war"), [(0, False), (CAMPAIGN, True), (GROUND, True), (CEASEFIRE, False)])
def test_an_ally_on_the_front_is_at_war_in_a_campaign(phase, at_war):
    world = one(0.01, [("A", "R")], {"A-R": 1.5})(phase=phase).run(10)
    assert near(world.joined("A").mean(), -math.expm1(-0.01 * (math.exp(1.5) if at_war else 1.0) * 10))


def test_an_ally_beside_the_front_is_at_war_for_a_fortnight_after_an_act_on_the_top_rung():
    theatre = theatre_with(Joiner("A"), alliances=[("A", "B")])
    top_days = {"B": np.repeat([-1.0, -np.inf], N // 2)}
    own = {"A": EntryParameters(hazard=0.01, exit_hazard=0.0)}
    world = Alone(theatre, own, {"A-B": 2.0}, top_days=top_days).run(int(GRAVE_DAYS))
    reminded, not_reminded = world.joined("A").reshape(2, -1).mean(axis=1)
    assert near(reminded, -math.expm1(-0.01 * math.exp(2.0) * GRAVE_DAYS), N // 2)
    assert near(not_reminded, -math.expm1(-0.01 * GRAVE_DAYS), N // 2)
    later = Alone(theatre, own, {"A-B": 2.0}, top_days=top_days).run(5, first=20)
    assert near(later.joined("A").mean(), -math.expm1(-0.01 * 5)), "and no longer"


def test_weights_of_several_allies_add_up():
    alliances, weights = [("A", "L"), ("A", "R")], {"A-L": 0.7, "A-R": 0.9}
    world = one(0.01, alliances, weights)(phase=CAMPAIGN).run(10)
    assert near(world.joined("A").mean(), -math.expm1(-0.01 * math.exp(1.6) * 10))


def test_a_hazard_may_differ_by_replicate():
    world = one(np.repeat([0.0, 0.1], N // 2))().run(10)
    assert not world.joined("A")[: N // 2].any()
    assert near(world.joined("A")[N // 2 :].mean(), -math.expm1(-1.0), N // 2)


# --- Contagion


def contagion(hazard: float, weight: float, n: int, step_days: float) -> np.ndarray:
    """Return the day on which both of two allies are in."""
    theatre = theatre_with(Joiner("A"), Joiner("B"), alliances=[("A", "B"), ("B", "A")])
    own = EntryParameters(hazard=hazard, exit_hazard=0.0)
    world = Alone(theatre, {"A": own, "B": own}, {"A-B": weight, "B-A": weight}, n=n, step_days=step_days)
    world.run(round(20 / hazard / step_days))
    both = np.maximum(world.day("A"), world.day("B"))
    assert np.isfinite(both).all()
    return both


def freund(hazard: float, weight: float) -> float:
    """Return the mean time until both are in: 1 / (2 h) until the first, then 1 / (h exp(weight)) (S2.17)."""
    return 1 / (2 * hazard) + 1 / (hazard * math.exp(weight))


def stepped(hazard: float, weight: float, step_days: float) -> float:
    """Return the same mean on a grid of steps, each noted at its end: all decide on the state before the step."""
    alone, pulled = -math.expm1(-hazard * step_days), -math.expm1(-hazard * math.exp(weight) * step_days)
    first = 1 - (1 - alone) ** 2
    one_alone = 2 * alone * (1 - alone) / first
    return step_days * (1 / first + one_alone / pulled)


def test_two_allies_draw_each_other_in_as_freund_has_it():
    """h = 0.001 and weight 1: both are in after 867.8794 days in the mean, within 3 standard errors."""
    assert freund(0.001, 1.0) == pytest.approx(867.8794, abs=5e-5)
    step_days = 20.0
    both = contagion(0.001, 1.0, 6000, step_days)
    error = both.std(ddof=1) / math.sqrt(len(both))
    assert error < 12.0
    assert abs(both.mean() - stepped(0.001, 1.0, step_days)) < 3.0 * error
    # Half a step until a joining is noted, and half a step until the other can know.
    assert abs(both.mean() - step_days - 867.8794) < 3.0 * error


@pytest.mark.parametrize("weight", [0.0, 2.0])
def test_contagion_hastens_the_second(weight):
    both = contagion(0.01, weight, 6000, 2.0)
    error = both.std(ddof=1) / math.sqrt(len(both))
    assert abs(both.mean() - stepped(0.01, weight, 2.0)) < 3.0 * error
    assert stepped(0.01, weight, 2.0) == pytest.approx(freund(0.01, weight), rel=0.03)


def test_all_decide_on_the_state_before_the_step():
    """A and B join for sure once the other is in: neither in the step in which the other does."""
    theatre = theatre_with(Joiner("A"), Joiner("B"), alliances=[("B", "A")])
    own = {"A": EntryParameters(hazard=5.0), "B": EntryParameters(hazard=1e-4)}
    world = Alone(theatre, own, {"B-A": 10.0}, n=2000, step_days=20.0).run(2)
    assert np.all(world.day("A") == 20.0)
    assert (world.day("B") == 20.0).mean() < 0.01
    assert (world.day("B") == 40.0).mean() > 0.99


# --- Conditions, leaving


def test_a_party_that_waits_for_others_joins_after_them():
    theatre = theatre_with(Joiner("A"), Joiner("B"), Joiner("C", ("A", "B")))
    own = EntryParameters(hazard=0.2, exit_hazard=0.0)
    sure = EntryParameters(hazard=5.0, exit_hazard=0.0)
    world = Alone(theatre, {"A": own, "B": own, "C": sure}, n=5000, step_days=4.0).run(40)
    both = np.maximum(world.day("A"), world.day("B"))
    assert np.isfinite(world.day("C")).all()
    assert np.all(world.day("C") == both + 4.0), "the step after the last of them, where it joins for sure"
    alone = Alone(theatre, {"A": EntryParameters(), "B": own, "C": sure}, n=100).run(40)
    assert not alone.joined("C").any(), "one of the two never comes"


@pytest.mark.parametrize(("shortest", "step_days"), [(14.0, 1.0), (10.0, 0.25), (0.0, 1.0)])
def test_a_party_stays_for_its_shortest_time_and_leaves_by_hazard(shortest, step_days):
    theatre = theatre_with(Joiner("A"))
    own = {"A": EntryParameters(hazard=5.0, exit_hazard=0.05, shortest_days=shortest)}
    world = Alone(theatre, own, step_days=step_days).run(1)
    world.states["joined"][:, theatre.party_index["A"]] = 1
    world.states["since"][:, theatre.party_index["A"]] = 0.0
    world.replace(A=EntryParameters(hazard=1e-12, exit_hazard=0.05, shortest_days=shortest))
    steps = max(1, round(shortest / step_days)) - 1
    world.run(steps, first=1)
    assert world.joined("A").all(), "nobody leaves before"
    world.run(round(20 / step_days), first=1 + steps)
    assert near(1 - world.joined("A").mean(), -math.expm1(-0.05 * 20))
    assert not world.joined("A").all()


def test_a_party_stays_while_an_ally_is_at_war():
    theatre = theatre_with(Joiner("A"), alliances=[("A", "R")])
    own = {"A": EntryParameters(hazard=5.0, exit_hazard=5.0, shortest_days=0.0)}
    world = Alone(theatre, own, {"A-R": 0.0}, n=500, phase=CAMPAIGN).run(30)
    assert world.joined("A").all()
    world.states["phase"][:250] = CEASEFIRE
    world.replace(A=EntryParameters(hazard=1e-12, exit_hazard=5.0, shortest_days=0.0))
    world.run(10, first=30)
    assert world.joined("A")[250:].all()
    assert not world.joined("A")[:250].any()


def test_who_left_may_come_back_and_the_first_time_is_kept():
    theatre = theatre_with(Joiner("A"))
    own = {"A": EntryParameters(hazard=0.5, exit_hazard=0.5, shortest_days=0.0)}
    world = Alone(theatre, own, n=2000)
    left = np.zeros(2000, dtype=bool)
    back = left.copy()
    for step in range(30):
        before, first = world.joined("A").copy(), world.day("A").copy()
        world.run(1, first=step)
        left |= before & ~world.joined("A")
        back |= left & ~before & world.joined("A")
        known = np.isfinite(first)
        assert np.array_equal(world.day("A")[known], first[known])
    assert back.mean() > 0.9


def test_who_is_in_from_the_start_neither_joins_nor_leaves():
    world = one(0.5, exit_hazard=0.5, shortest_days=0.0)(n=100).run(50)
    for party in "LRBC":
        assert world.joined(party).all(), party
        assert np.isinf(world.day(party)).all(), party
        assert np.all(world.trigger(party) == -1), party


def test_without_any_hazard_nothing_can_change():
    assert not one(0.0)(n=10).run(5).joined("A").any()
    some = one(np.array([0.0] * 9 + [5.0]))(n=10).run(5)
    assert some.joined("A").tolist() == [False] * 9 + [True]


def test_the_routine_of_a_party_that_joined_has_the_posture_of_entry():
    world = one(0.2, posture=5.3)(n=1000).run(5)
    row = world.theatre.party_index["A"]
    assert 0 < world.joined("A").sum() < 1000
    assert np.array_equal(routine_postures(world.histories, row), np.where(world.joined("A"), 5.3, 2.5))
    for other in set(world.theatre.party_index.values()) - {row}:
        assert np.all(routine_postures(world.histories, other) == 2.5)
    assert np.all(world.states["posture"][:, row] == 2.5), "the own posture is left alone"


# --- Triggers


@pytest.mark.parametrize(
    ("around", "phase", "trigger"),
    [
        ({}, 0, "nothing in particular"),
        ({"gravest": 6}, 0, "a grave act"),
        ({}, CAMPAIGN, "an ally at war"),
        ({"civilians": 1000.0}, 0, "civilians killed"),
        ({"driver": 3.0}, 0, "the driver"),
        ({"gravest": 6, "civilians": 100.0}, CAMPAIGN, "an ally at war"),
        ({"gravest": 6, "civilians": 100.0}, 0, "a grave act"),
        ({"gravest": 5, "civilians": 1e6}, 0, "civilians killed"),
        ({"driver": 0.0}, 0, "nothing in particular"),
    ],
)
def test_what_raised_the_hazard_most_is_noted_as_the_trigger(around, phase, trigger):
    own = {"rung_slope": 0.5, "civilians": 0.5, "driver": 0.4, "deterrence": 3.0, "mediation": 2.0}
    world = one(1.0, [("A", "R")], {"A-R": 1.8}, **own)(n=500, phase=phase).run(60, **around)
    assert world.joined("A").any()
    noted = {TRIGGERS[index] for index in world.trigger("A")[world.joined("A")]}
    assert noted == {trigger}
    assert np.all(world.trigger("A")[~world.joined("A")] == -1)


def test_the_milestones_tell_who_joined_first_when_and_why():
    theatre = theatre_with(Joiner("A"), Joiner("B"), ladder=flat_ladder())
    world = Alone(theatre, {"A": EntryParameters(hazard=0.1), "B": EntryParameters(hazard=0.1)}, n=300).run(10)
    columns = milestone_columns(theatre, world.timeline, world.states)
    days = np.stack([columns["joined_A_day"], columns["joined_B_day"]])
    assert np.array_equal(days[0], world.day("A"))
    index = theatre.party_index
    expected = np.where(days[0] <= days[1], index["A"], index["B"])
    expected[np.isinf(days).all(axis=0)] = -1
    assert np.array_equal(columns["first_to_join"], expected)
    assert set(np.unique(columns["first_to_join"])) == {-1, index["A"], index["B"]}
    assert np.array_equal(columns["joined_A_trigger"] >= 0, np.isfinite(days[0]))
