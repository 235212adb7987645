"""What policies answer, by loops over rungs, dyads and replicates of a world in which nothing is alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp
from statistics import NormalDist

import numpy as np
import pytest
from tiny import BASE, FACTOR, write_scenario
from worlds import daily, far_world

from sim.core.random_streams import Draw
from sim.inference import response_rates
from sim.inference.response_rates import answers, mean_responses, response_shares, warm_up
from sim.policies import Policy, Response
from sim.scenario.scenario import Scenario

SIZE = 4


@dataclass(frozen=True)
class Probe(Policy):
    """Answers by a table of rungs and replicates, some of it on no rung, and keeps what it was shown."""

    factor: float = 1.0
    shown: list = field(default_factory=list)

    def respond(self, view, draw):
        self.shown.append((view, draw.uniform("chance")))
        top, size = view.reactions_due.shape
        table = self.factor * np.arange(1, top * size + 1).reshape(top, size) / 10
        rungs = np.ones((top, size), dtype=int)
        rungs[2, 1] = rungs[4, 0] = 0
        return Response(table, rungs)

    def memory(self, top):
        return {"seen": np.full(top, 3.0)}


def at(value, lane):
    return float(np.broadcast_to(value, (SIZE,))[lane])


@pytest.fixture(scope="module")
def run():
    world = far_world(SIZE, days=3)
    for _ in range(world.timeline.steps_per_day):
        world.step()
    for number, party in enumerate(world.parties.values()):
        party.policies = [Probe(factor=0.5 + 0.3 * number + 0.07 * i) for i in range(len(party.policies))]
    return world


def answered(run, probe, sender, level, lane):
    """Return what a probe answers on a rung that it sees: each act with a chance that rises with the rung."""
    if (level, lane) in ((3, 1), (5, 0)):
        return 0.0
    given = probe.factor * ((level - 1) * SIZE + lane + 1) / 10
    seen = 1.0
    for _ in range(1 + level):
        seen *= 1.0 - at(run.parties[sender].parameters.detection, lane)
    return given * (1.0 - seen)


def weight(run, dyad, level, lane):
    """Return the routine acts of the target on a rung, times the reactions of the sender to one."""
    target, sender = (run.parameters.parties[party] for party in (dyad.target, dyad.sender))
    law = NormalDist(at(target.posture_baseline, lane), at(target.posture_spread, lane))
    top = run.theatre.ladder.top
    low, high = (0.0 if level == 1 else law.cdf(level)), (1.0 if level == top else law.cdf(level + 1))
    share = np.mean(run.parameters.dyads[dyad.id].share)
    return (high - low) * exp(at(sender.productivity, lane) * (level - 2)) * share


def test_a_policy_is_asked_as_if_nothing_had_happened_to_it_yet(run):
    row = run.theatre.dyad_index["HOS-STA"]
    probe, now = Probe(), run.build_view(row)
    found = answers(run, probe, row)
    ((view, chance),) = probe.shown
    top = run.theatre.ladder.top
    assert view.reactions_due.shape == found.shape == (top, SIZE)
    assert not view.reactions_due.any()
    assert view.entered.all()
    assert view.received.shape == view.sent.shape == (top, SIZE)
    assert not view.received.any()
    assert np.array_equal(chance, Draw(run.streams, "HOS-STA asked Probe", 0).uniform("chance"))
    assert np.array_equal(view.memory["seen"], np.full((top, SIZE), 3.0))
    for name in ("unanswered_harm", "own_harm", "opponent_harm", "observed", "posture", "resolve", "weariness", "day"):
        assert np.array_equal(getattr(view, name), getattr(now, name)), name
    expected = [[answered(run, probe, "HOS", level, lane) for lane in range(SIZE)] for level in range(1, top + 1)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    again, other = Probe(), Probe()
    answers(run, again, row)
    answers(run, other, run.theatre.dyad_index["STA-HOS"])
    assert np.array_equal(again.shown[0][1], chance)
    assert not np.array_equal(other.shown[0][1], chance)


def test_the_share_of_a_party_is_over_rungs_dyads_of_the_front_and_replicates(run):
    found = response_shares(run)
    front = run.theatre.front
    assert set(found) == {*front.sides[0], *front.sides[1]}
    for party, share in found.items():
        given = whole = 0.0
        rows = [row for row, dyad in enumerate(run.theatre.dyads) if dyad.sender == party]
        for place, row in enumerate(rows):
            dyad = run.theatre.dyads[row]
            if front.side_of(dyad.target) != 1 - front.side_of(party):
                continue
            for level in range(1, run.theatre.ladder.top + 1):
                for lane in range(SIZE):
                    of_rung = weight(run, dyad, level, lane)
                    given += answered(run, run.parties[party].policies[place], party, level, lane) * of_rung
                    whole += of_rung
        assert share == pytest.approx(given / whole, rel=1e-9), party
    assert len(set(found.values())) == len(found)


def test_a_party_without_a_dyad_at_the_front_answers_all(run, monkeypatch):
    monkeypatch.setattr(response_rates, "_weights", lambda run, row: np.zeros((run.theatre.ladder.top, SIZE)))
    assert set(response_shares(run).values()) == {1.0}


def test_candidates_are_asked_about_the_opponent_of_the_largest_share(run):
    """FAC acts on STA with most of its fire, and on GRP; means are by rung, from none."""
    first, second = Probe(factor=0.3), Probe(factor=0.9)
    found = mean_responses(run, {"first": first, "second": second}, "FAC")
    assert list(found) == ["first", "second"]
    shares = {
        dyad.id: float(np.mean(run.parameters.dyads[dyad.id].share))
        for dyad in run.theatre.dyads
        if dyad.sender == "FAC"
    }
    assert max(shares, key=shares.get) == "FAC-STA"
    for probe, means in ((first, found["first"]), (second, found["second"])):
        by_rung = [
            sum(answered(run, probe, "FAC", level, lane) for lane in range(SIZE)) / SIZE
            for level in range(1, run.theatre.ladder.top + 1)
        ]
        np.testing.assert_allclose(means, [0.0, *by_rung], rtol=1e-12)
    (view, _) = first.shown[0]
    main, other = (run.build_view(run.theatre.dyad_index[dyad]) for dyad in ("FAC-STA", "FAC-GRP"))
    assert np.array_equal(view.opponent_harm, main.opponent_harm)
    assert not np.array_equal(view.opponent_harm, other.opponent_harm)


def test_the_engine_runs_five_days_of_the_first_point_before_policies_are_asked(tmp_path, monkeypatch):
    assert (response_rates.WARM_UP_DAYS, response_rates.REPLICATES) == (5, 300)
    monkeypatch.setattr(response_rates, "REPLICATES", 30)
    text = (BASE + FACTOR).replace("step_days = 1.0", "step_days = 0.5")
    scenario = Scenario.load(write_scenario(tmp_path, text))
    run = warm_up(scenario, 11)
    first, second = (scenario.ensemble(point, 30, 11, horizon_days=8).conflict for point in scenario.points())
    for _ in range(10):
        first.step()
        second.step()
    assert (run.steps, run.n_replicates, run.timeline.horizon_days) == (10, 30, 6)
    assert np.array_equal(daily(run, "killed"), daily(first, "killed"))
    assert not np.array_equal(daily(run, "killed"), daily(second, "killed"))
