"""Tournaments on a theatre: many pairs in one ensemble are what each would be alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from tiny import BASE, THEATRE, write_scenario
from worlds import far_world

from sim.core.errors import InputError
from sim.core.parameters import Interval, LaneValues, parameter
from sim.core.shipped_data import shipped_scenarios
from sim.engine.model import Conflict
from sim.policies import Policy, Response
from sim.policies.reciprocal import TitForTat
from sim.policies.registry import SHIPPED
from sim.report.tournament_sheets import tournament_notes
from sim.scenario.scenario import Scenario
from sim.tournament import theatre_game
from sim.tournament.entrants import Entrant, load_entrants
from sim.tournament.policy_by_replicate import PolicyByReplicate
from sim.tournament.theatre_game import GROUNDS, REPLICATES, Ground, build_match_ensemble, load_ground, play_theatre

ROOT = Path(__file__).resolve().parents[2]


def ground(days: int = 8, replicates: int = 12, theatre: str = "symmetric") -> Ground:
    return Ground(load_ground(theatre), replicates, 3, days)


@pytest.fixture(scope="module")
def together() -> dict[str, np.ndarray]:
    """Return the daily acts of every shipped policy against tit-for-tat and of tit-for-tat against it, in one run."""
    names, place = list(SHIPPED), ground()
    policies = tuple(SHIPPED[name]() for name in names)
    one = np.repeat(np.arange(len(names)), place.replicates)
    other = np.full(one.size, names.index("tit_for_tat"))
    rosters = {"LEFT": PolicyByReplicate.of(policies, one), "RIGHT": PolicyByReplicate.of(policies, other)}
    world = build_match_ensemble(place, rosters, 0.2, np.tile(np.arange(place.replicates), len(names))).run()
    acts = world.totals.by_day("acts", theatre_game._cells(world.theatre), 14)
    return {name: acts[..., i * 12 : (i + 1) * 12] for i, name in enumerate(names)}


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_a_pair_among_others_has_the_bits_of_a_run_of_its_own(name, together):
    alone = build_match_ensemble(ground(), {"LEFT": SHIPPED[name](), "RIGHT": TitForTat()}, 0.2, np.arange(12)).run()
    acts = alone.totals.by_day("acts", theatre_game._cells(alone.theatre), 14)
    assert acts.sum() > 0
    assert np.array_equal(acts, together[name])


def test_the_size_of_the_ensembles_moves_nothing(monkeypatch):
    field = load_entrants(["tit_for_tat", "none", "threshold"], ROOT)
    whole = play_theatre(ground(), field, (0.0, 0.1))
    monkeypatch.setattr(theatre_game, "LANES", 13)
    steps: list[tuple[int, int]] = []
    parts = play_theatre(ground(), field, (0.0, 0.1), lambda done, total: steps.append((done, total)))
    assert steps[-1] == (18, 18)
    for measure, values in whole.values.items():
        assert np.array_equal(values, parts.values[measure]), measure
    assert np.array_equal(whole.days, parts.days)


def test_a_further_policy_moves_no_match():
    few = play_theatre(ground(), load_entrants(["tit_for_tat", "none"], ROOT), (0.1,))
    more = play_theatre(ground(), load_entrants(["tit_for_tat", "none", "random"], ROOT), (0.1,))
    assert np.array_equal(few.values["harm_done"], more.values["harm_done"][:, :2, :2])


def scored(world: Conflict, lane: int) -> tuple[list[float], bool, list[int]]:
    """Return the harm that either side did, whether a war came, and the days by gravest rung, by loops over acts."""
    ladder, side = world.theatre.ladder, {dyad.id: None for dyad in world.theatre.dyads}
    for place, parties in enumerate(world.theatre.front.sides):
        others = world.theatre.front.sides[1 - place]
        side |= {f"{a}-{b}": place for a in parties for b in others if f"{a}-{b}" in side}
    harm, gravest = [0.0, 0.0], [0] * world.totals.n_days
    columns = world.totals.columns()
    rows = slice(*columns["start"][lane : lane + 2])
    names = ("dyad", "rung", "day", "acts", "killed")
    for dyad, rung, day, acts, killed in zip(*(columns[name][rows].tolist() for name in names), strict=True):
        own = side[world.theatre.dyads[dyad].id]
        if own is not None:
            harm[own] += acts * float(ladder.harm[rung]) + killed
            gravest[day - 1] = max(gravest[day - 1], rung if acts > 0 else 0)
    came = float(world.columns()["war_day"][lane]) <= world.timeline.horizon_days
    return harm, came, [gravest.count(rung) for rung in range(ladder.top + 1)]


def test_scores_are_those_of_loops_over_the_acts_of_sides_of_several_parties():
    world = far_world(12, 16, step_days=0.5).run()
    found = theatre_game._score(world)
    assert not np.asarray(world.columns()["failed"]).any()
    for lane in range(12):
        harm, war, days = scored(world, lane)
        assert found["harm"][:, lane].tolist() == pytest.approx(harm)
        assert found["war"][:, lane].tolist() == [war, war]
        assert found["days"][:, lane].tolist() == days
    assert 0 < found["war"][0].sum() < 12
    assert (found["days"] > 0).any(axis=1)[[0, 2, 4]].all()


def test_matches_are_those_of_runs_alone_with_the_policies_in_either_place(tmp_path: Path):
    """The two parties are unlike, so that a policy in the place of the one does not fare as in that of the other."""
    theatre = THEATRE + '\n[parameters.party.L]\nbaseline = { value = 3, source = "invented" }\n'
    place = Ground(Scenario.load(write_scenario(tmp_path, BASE, theatre=theatre)), 96, 3, 4)
    assert place.parties == ("L", "R")
    field, noises = load_entrants(["tit_for_tat", "none", "disproportionate"], ROOT), (0.0, 0.3)
    found = play_theatre(place, field, noises)
    alone = {}
    for level, noise in enumerate(noises):
        for i, one in enumerate(field):
            for j, other in enumerate(field):
                rules = {"L": one.policy, "R": other.policy}
                alone[level, i, j] = theatre_game._score(build_match_ensemble(place, rules, noise, np.arange(96)).run())
    for (level, i, j), first in alone.items():
        second = alone[level, j, i]
        at = {name: found.values[name][level, i, j] for name in found.values}
        assert at["harm_done"].tolist() == ((first["harm"][0] + second["harm"][1]) / 2).tolist()
        assert at["harm_suffered"].tolist() == ((first["harm"][1] + second["harm"][0]) / 2).tolist()
        assert at["war"].tolist() == ((first["war"][0] + second["war"][0]) / 2).tolist()
        days = (first["days"].mean(axis=1) + second["days"].mean(axis=1)) / 2
        assert found.days[level, i, j].tolist() == pytest.approx(days.tolist())
    assert (found.payoff, found.payoff_sign, found.unit, found.failed) == ("harm_suffered", -1.0, 8, 0)
    assert (found.names, found.noises) == (("tit_for_tat", "none", "disproportionate"), noises)
    assert (found.means("harm_done")[0, 0, 1] != found.means("harm_done")[0, 1, 0]).all()


def test_restraint_does_less_harm_and_escalation_more():
    found = play_theatre(ground(), load_entrants(["tit_for_tat", "none", "disproportionate"], ROOT), (0.0,))
    assert found.unit == 1
    harm = found.means("harm_done")[0]
    assert harm[1, 0] < harm[0, 0] < harm[2, 0]


def test_noise_is_misperception():
    field = load_entrants(["tit_for_tat", "none"], ROOT)
    found = play_theatre(ground(), field, (0.0, 1.0))
    assert not np.array_equal(found.values["harm_done"][0], found.values["harm_done"][1])
    world = build_match_ensemble(ground(), {"LEFT": TitForTat(), "RIGHT": TitForTat()}, 0.25, np.arange(2))
    assert {party.parameters.misperception for party in world.parties.values()} == {0.25}


def test_on_the_first_theatre_others_keep_their_rules():
    place = ground(days=2, replicates=96, theatre="lebanon-2023")
    assert place.parties == ("ISR", "HZB")
    world = build_match_ensemble(place, {"ISR": TitForTat(), "HZB": SHIPPED["none"]()}, 0.1, np.arange(2))
    kinds = {
        f"{i}-{o}": type(p).__name__
        for i, party in world.parties.items()
        for o, p in zip(party.opponents, party.policies, strict=True)
    }
    assert kinds["ISR-HZB"] == kinds["ISR-HAM"] == "TitForTat"
    assert kinds["HZB-ISR"] == "NoRetaliation"
    assert kinds["HAM-ISR"] == "TitForTat"
    assert kinds["IRN-ISR"] == "ExpectedCost", "a further party keeps the rule of the scenario"
    found = play_theatre(place, load_entrants(["tit_for_tat", "none"], ROOT), (0.1,))
    assert found.unit == 8, "histories in groups of eight share draws of uncertain parameters"


def test_a_history_that_fails_is_counted_once_and_left_out_of_all(monkeypatch):
    scores = theatre_game._score

    def failing(world):
        found = scores(world)
        for values in found.values():
            values[:, 13 + 2] = np.nan
        return found

    field = load_entrants(["tit_for_tat", "none"], ROOT)
    whole = play_theatre(ground(replicates=13), field, (0.0,))
    monkeypatch.setattr(theatre_game, "_score", failing)
    found = play_theatre(ground(replicates=13), field, (0.0,))
    assert found.failed == 1, "the third history of the second match, though it stands in two cells"
    assert found.finished.tolist() == [0, 1, *range(3, 13)]
    assert found.means("harm_done") == pytest.approx(whole.values["harm_done"][..., found.finished].mean(axis=-1))
    assert np.allclose(found.days.sum(axis=-1), 8.0)
    said = " ".join(tournament_notes(found))
    assert "Failed over all matches: 1." in said
    assert "left out of all: 1 of 13." in said
    assert "over 12 independent histories of each match" in said
    assert "All matches share their luck" in said
    with pytest.raises(InputError, match=r"11 independent histories finished in every match and an interval needs 12"):
        play_theatre(ground(), field, (0.0,))


@dataclass(frozen=True)
class RunsAway(Policy):
    def respond(self, view, draw):
        return Response(np.full((view.top, view.n_replicates), 6.0), view.provocation)


def test_a_policy_that_runs_away_is_refused_by_name():
    field = (Entrant("none", SHIPPED["none"]()), Entrant("mad", RunsAway()))
    with pytest.raises(InputError, match=r"^--policies: mad against mad at noise 0: \d+ of 12 histories failed"):
        play_theatre(ground(days=2), field, (0.0,))


def test_days_of_a_history_that_failed_are_left_out():
    world = build_match_ensemble(ground(days=2), {"LEFT": RunsAway(), "RIGHT": RunsAway()}, 0.0, np.arange(12)).run()
    failed = np.asarray(world.columns()["failed"], dtype=bool)
    scores = theatre_game._score(world)
    assert failed.any()
    assert all(np.array_equal(np.isnan(values).any(axis=0), failed) for values in scores.values())


@dataclass(frozen=True)
class Twice(Policy):
    never_first: ClassVar[bool] = True

    times: LaneValues = parameter(2.0, Interval(0, 3), unit="1", source="assumption", text="factor")

    def respond(self, view, draw):
        return Response(self.times * (draw.uniform("coin") + draw.uniform("coin")), view.provocation)


def test_a_policy_is_held_to_its_contract_in_a_roster():
    roster = PolicyByReplicate.of((Twice(), TitForTat()), np.array([0, 1, 1]))
    assert roster.size == 3
    with pytest.raises(Exception, match="drawn twice"):
        build_match_ensemble(ground(), {"LEFT": roster, "RIGHT": TitForTat()}, 0.0, np.arange(3)).run()


def test_a_roster_without_red_lines_has_none():
    assert PolicyByReplicate.of((TitForTat(),), np.zeros(2, dtype=int)).red_line() is None


def test_policies_by_replicate_claim_what_all_of_them_can():
    places = np.array([0, 1, 2, 3])
    for odd in ("disproportionate", "decapitation", "win_stay_lose_shift"):
        plain, other = TitForTat(), SHIPPED[odd]()
        both = PolicyByReplicate.of((plain, other, plain, plain), places).claims()
        assert both == other.claims() != plain.claims()
        assert PolicyByReplicate.of((plain, plain), places[:2]).claims() == plain.claims()


def test_entrants_are_checked(tmp_path: Path):
    assert len(load_entrants(None, tmp_path)) == len(SHIPPED)
    for rules, words in ((["none"], "at least two"), (["none", "none"], "stands twice"), (["none", "nine"], "unknown")):
        with pytest.raises(InputError, match=words):
            load_entrants(rules, tmp_path)
    (tmp_path / "mine.py").write_text(
        "from dataclasses import dataclass\nfrom sim.policies import Policy, Response\n\n@dataclass(frozen=True)\n"
        "class Needy(Policy):\n    weight: float\n    def respond(self, view, draw):\n        return Response(1.0, 1)\n"
    )
    with pytest.raises(InputError, match="has no default"):
        load_entrants(["none", "mine.py:Needy"], tmp_path)


def test_histories_must_be_enough_for_an_interval():
    pair = (Entrant("a", TitForTat()), Entrant("b", TitForTat()))
    with pytest.raises(InputError, match="must be at least 96, not 95: histories of baseline share parameters"):
        play_theatre(ground(days=2, replicates=95, theatre="lebanon-2023"), pair, (0.0,))
    with pytest.raises(InputError, match="at least 12, not 11: an interval needs 12 independent histories"):
        play_theatre(ground(days=2, replicates=11), pair, (0.0,))
    assert REPLICATES == 96, "enough on every theatre where nothing is said"


def test_grounds_are_named():
    assert {name: load_ground(name).theatre.name for name in GROUNDS}
    assert load_ground(str(shipped_scenarios()["symmetric/tit-for-tat"])).name == "tit-for-tat"
    with pytest.raises(InputError, match='did you mean "symmetric"'):
        load_ground("symetric")
    with pytest.raises(InputError, match="without factors"):
        play_theatre(
            Ground(load_ground(str(ROOT / "scenarios/lebanon-2023/forgiveness.toml")), 2, 1, 2),
            (Entrant("a", TitForTat()),) * 2,
            (0.0,),
        )
