"""A plain rule that answers wrongly inside the kernel is refused in one sentence, whatever it answered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from worlds import daily, docking_parameters, four_party_setting, full_ladder, two_parties

from sim.core.errors import PolicyError
from sim.core.parameters import Interval, LaneValues, parameter
from sim.engine.acts import GivenAct
from sim.engine.configuration import Timeline
from sim.engine.model import Conflict
from sim.policies.reciprocal import TitForTat
from sim.policies.scalar import Reaction, ScalarPolicy

LANES = 300
NAN, INFINITE, NEGATIVE, HIGH, FAR, BELOW, RAISES, PUSHES, STRIKES = range(1, 10)


@dataclass(frozen=True)
class Wrong(ScalarPolicy):
    """Answers wrongly in some way, from some day on."""

    way: LaneValues = parameter(0.0, Interval(0, 9), unit="1", source="assumption", text="how it is wrong; 0 for not")
    from_day: LaneValues = parameter(0.0, Interval(0, 99), unit="days", source="assumption", text="when it begins")

    def react(self, now: Any, rung: int) -> Reaction:
        way = self.way if now.day >= self.from_day else 0.0
        multiplier, chosen = 1.0, rung
        if way == NAN:
            multiplier = np.nan
        elif way == INFINITE:
            multiplier = np.inf
        elif way == NEGATIVE:
            multiplier = -0.25
        elif way == HIGH:
            chosen = now.top + 1
        elif way == FAR:
            chosen = 1_000_000_000
        elif way == BELOW:
            chosen = -1
        elif way == RAISES:
            raise ValueError("a bad day")
        return Reaction(multiplier, chosen)

    def campaign(self, now: Any) -> float:
        return np.nan if self.way == PUSHES and now.day >= self.from_day else 0.0

    def strategic(self, now: Any) -> float:
        return np.inf if self.way == STRIKES and now.day >= self.from_day else 0.0


MESSAGES = {
    NAN: "multiplier must be finite numbers, 0 or more",
    INFINITE: "multiplier must be finite numbers, 0 or more",
    NEGATIVE: "multiplier must be finite numbers, 0 or more",
    HIGH: "rung must be between 0 and 6",
    FAR: "rung must be between 0 and 6",
    BELOW: "rung must be between 0 and 6",
    PUSHES: "campaign must be finite numbers",
    STRIKES: "strategic must be finite numbers, 0 or more",
}


def world(way: Any, from_day: float = 0.0, replicates: int = LANES) -> Conflict:
    # Fire on the first day, so that there is something to answer wherever the rule is asked.
    act = GivenAct(0.0, "I", "L", 3, killed=2)
    timeline = Timeline(4, horizons=(), scheduled=(act,))
    policies = {"L": Wrong(way=way, from_day=from_day), "I": TitForTat()}
    theatre = two_parties(full_ladder())
    return Conflict(theatre, docking_parameters(), policies, timeline, replicates=replicates, seed=1)


def stepped(conflict: Conflict) -> None:
    for _ in range(16):
        conflict.step()


def sentence(way: int) -> str:
    name = "policy Wrong of L against I"
    return f"{name} failed: it raised an error" if way == RAISES else f"{name}: {MESSAGES[way]}"


@pytest.mark.parametrize("go", [Conflict.run, stepped], ids=["run", "step"])
@pytest.mark.parametrize("from_day", [0.0, 1.5])
@pytest.mark.parametrize("way", [*MESSAGES, RAISES])
def test_a_wrong_answer_names_the_policy_the_sender_and_the_opponent(way, from_day, go):
    with pytest.raises(PolicyError) as caught:
        go(world(float(way), from_day))
    assert str(caught.value) == sentence(way)


@pytest.mark.parametrize("go", [Conflict.run, stepped], ids=["run", "step"])
@pytest.mark.parametrize("lane", [0, 7, LANES - 1])
@pytest.mark.parametrize("way", [NAN, FAR, RAISES])
def test_a_wrong_answer_in_one_history_of_many_is_refused(way, lane, go):
    ways = np.zeros(LANES)
    ways[lane] = way
    with pytest.raises(PolicyError) as caught:
        go(world(ways, 1.0))
    assert str(caught.value) == sentence(way)


def test_without_a_wrong_answer_the_rule_runs():
    conflict = world(0.0).run()
    assert conflict.totals.columns()["acts"].sum() > LANES
    assert not conflict.histories.states["rule_failed"].any()


@pytest.mark.parametrize("way", [HIGH, FAR, BELOW])
def test_a_wrong_rung_writes_nowhere_beyond_the_ladder(way):
    """What the other dyads counted is theirs, and the history next to it is untouched."""
    ways = np.array([0.0, float(way), 0.0])
    conflict, calm = world(ways, replicates=3), world(0.0, replicates=3)
    with pytest.raises(PolicyError):
        conflict.step()
    calm.step()
    for name in ("acts_today", "killed_today", "due", "posture"):
        found, expected = (one.histories.states[name] for one in (conflict, calm))
        assert np.array_equal(found[[0, 2]], expected[[0, 2]]), name
    top = conflict.theatre.ladder.top
    assert np.all((conflict.latest["rung"] >= 0) & (conflict.latest["rung"] <= top))
    assert np.all((conflict.latest["launched"] >= 0) & (conflict.latest["launched"] <= top))


@dataclass(frozen=True)
class Wild(ScalarPolicy):
    """Answers with finite numbers beyond all measure."""

    multiplier: LaneValues = parameter(1.0, Interval(0, 1e300), unit="1", source="assumption", text="of reactions")
    strikes: LaneValues = parameter(0.0, Interval(0, 1e300), unit="1/day", source="assumption", text="strategic acts")

    def react(self, now: Any, rung: int) -> Reaction:
        return Reaction(self.multiplier, rung)

    def strategic(self, now: Any) -> float:
        return self.strikes


@pytest.mark.parametrize("how", ["multiplier", "strikes"])
@pytest.mark.parametrize("much", [1e6, 1e9, 1e19, 1e300])
def test_a_finite_answer_beyond_measure_fails_its_history_alone(how, much):
    """No act is written beyond the room for acts, and a number too large to count is not none."""
    theatre, timeline = two_parties(full_ladder()), Timeline(2, horizons=())

    def counted(amount: Any, lanes: Any) -> Conflict:
        policies = {"L": Wild(**{how: amount}), "I": TitForTat()}
        return Conflict(theatre, docking_parameters(), policies, timeline, replicates=lanes, seed=1).run()

    usual = 1.0 if how == "multiplier" else 0.0
    found = counted(np.array([usual, much, usual]), np.arange(3))
    assert found.failed.tolist() == [False, True, False]
    for lane in (0, 2):
        alone = counted(usual, np.array([lane]))
        assert np.array_equal(daily(found)[..., lane], daily(alone)[..., 0])


def test_a_wrong_rule_against_one_opponent_is_named_with_it():
    setting = four_party_setting(np.arange(20), 3)
    policies = setting.policies | {"FAC-GRP": Wrong(way=float(NEGATIVE))}
    with pytest.raises(PolicyError, match=r"^policy Wrong of FAC against GRP: multiplier must be finite"):
        replace(setting, policies=policies).conflict(np.arange(20)).run()
