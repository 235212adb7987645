"""Bundles: a level of a sweep that changes parameters, policies, truces and shocks at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny import BASE, THEATRE, WIDER, WIDER_BASE, write_scenario
from worlds import assert_same, record_of

from sim.core.errors import InputError
from sim.scenario.scenario import Scenario

LEVERS = """
[[factor]]
name = "lever"

[[factor.levels]]
label = "none"

[[factor.levels]]
label = "everything"

[factor.levels.set]
"world.mediation_added" = 0.4
"party.L.restraint" = 1.2

[factor.levels.policy.L]
rule = "generous_tit_for_tat"
forgiveness = 0.6

[factor.levels.policy.L-F]
rule = "tit_for_two_tats"

[[factor.levels.truce]]
start_day = 2
days = 3

[[factor.levels.diplomatic_shock]]
day = 1
size = 0.5
"""
BY_HAND = """
[parameters.world]
mediation_added = 0.4

[parameters.party.L]
restraint = 1.2

[policy.L-F]
rule = "tit_for_two_tats"

[[truce]]
start_day = 2
days = 3

[[diplomatic_shock]]
day = 1
size = 0.5
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    return Scenario.load(write_scenario(tmp_path, WIDER_BASE + LEVERS, theatre=THEATRE + WIDER))


def record(scenario: Scenario, point: int) -> dict[str, np.ndarray]:
    made = scenario.ensemble(scenario.points()[point], 40, 3)
    return record_of(made.conflict.run()) | {f"input {key}": value for key, value in made.inputs.items()}


def test_points_bear_the_labels_of_the_bundles(scenario: Scenario):
    assert [point.label for point in scenario.points()] == ["lever = none", "lever = everything"]


def test_a_bundle_that_changes_nothing_is_the_scenario(scenario: Scenario, tmp_path: Path):
    plain = Scenario.load(write_scenario(tmp_path / "plain", WIDER_BASE, theatre=THEATRE + WIDER))
    assert_same(record(scenario, 0), record(plain, 0))


def test_a_bundle_is_what_a_file_would_say(scenario: Scenario, tmp_path: Path):
    """All of it at once, bit for bit; an empty bundle beside it is touched by nothing."""
    text = WIDER_BASE.replace('rule = "disproportionate"', 'rule = "generous_tit_for_tat"\nforgiveness = 0.6') + BY_HAND
    by_hand = Scenario.load(write_scenario(tmp_path / "hand", text, theatre=THEATRE + WIDER))
    found = record(scenario, 1)
    assert_same(found, record(by_hand, 0))
    assert not np.array_equal(found["mediation"], record(scenario, 0)["mediation"])


def test_a_bundle_says_its_parameters_policies_and_sources(scenario: Scenario):
    point = scenario.points()[1]
    assert scenario.policies(point)["L"].label == "generous_tit_for_tat"
    assert scenario.policies(point)["L-F"].label == "tit_for_two_tats"
    assert scenario.policies(scenario.points()[0])["L"].label == "disproportionate"
    settings = {setting.key: setting for setting in scenario.settings(point)}
    assert settings["world.mediation_added"].source == "assumption: set by the scenario"
    assert settings["world.mediation_added"].label == "judgement"
    assert str(settings["world.mediation_added"].law) == "0.4"
    assert "policy.L.forgiveness" in settings
    assert "policy.L.climb" not in settings


def test_what_determines_the_numbers_holds_the_bundles(scenario: Scenario, tmp_path: Path):
    resolved = scenario.resolved()
    assert resolved["bundles"]["everything"]["truces"] == [{"start_day": 2.0, "days": 3.0}]
    assert resolved["bundles"]["none"]["policy"] == {}
    assert resolved["factors"] == {"lever": ["none", "everything"]}
    changed = LEVERS.replace("size = 0.5", "size = 0.6")
    other = Scenario.load(write_scenario(tmp_path / "other", WIDER_BASE + changed, theatre=THEATRE + WIDER))
    assert other.digest() != scenario.digest()


def test_a_policy_of_a_dyad_holds_against_that_opponent_alone(tmp_path: Path):
    """L answers F by a rule of its own; where that is the rule of all, nothing changes."""
    same = WIDER_BASE + '\n[policy.L-F]\nrule = "disproportionate"\n'
    other = WIDER_BASE + '\n[policy.L-F]\nrule = "grim_trigger"\n'
    plain, alike, apart = (
        Scenario.load(write_scenario(tmp_path / name, text, theatre=THEATRE + WIDER))
        for name, text in (("plain", WIDER_BASE), ("same", same), ("other", other))
    )
    assert_same(record(plain, 0), record(alike, 0))
    world = apart.ensemble(apart.points()[0], 4, 3).conflict
    rules = dict(zip(world.parties["L"].opponents, world.parties["L"].policies, strict=True))
    assert [type(rules[opponent]).__name__ for opponent in ("R", "F")] == ["Disproportionate", "GrimTrigger"]


TOGETHER = """
[[factor]]
name = "lever"

[[factor.levels]]
label = "talks"
set = { "world.mediation_added" = 0.4 }
truce = [{ start_day = 2, days = 3 }]

[[factor.levels]]
label = "calm"
set = { "party.L.restraint" = 1.2 }
truce = [{ start_day = 2, days = 3 }, { start_day = 6, days = 1 }]
policy = { R = { rule = "generous_tit_for_tat", forgiveness = 0.6 } }

[[factor.levels]]
label = "both"
together = ["talks", "calm"]
set = { "party.R.restraint" = 1.1 }

[[factor.levels]]
label = "by hand"
set = { "world.mediation_added" = 0.4, "party.L.restraint" = 1.2, "party.R.restraint" = 1.1 }
truce = [{ start_day = 2, days = 3 }, { start_day = 6, days = 1 }]
policy = { R = { rule = "generous_tit_for_tat", forgiveness = 0.6 } }
"""


def test_levels_together_are_all_that_they_change_and_what_is_added(tmp_path: Path):
    scenario = Scenario.load(write_scenario(tmp_path, BASE + TOGETHER))
    bundles = scenario.resolved()["bundles"]
    assert bundles["both"] == bundles["by hand"]
    assert bundles["both"]["policy"] == {"R": "generous_tit_for_tat"}
    both, by_hand = ({one.key: one.law for one in scenario.settings(scenario.points()[i])} for i in (2, 3))
    assert both == by_hand


def test_all_levers_of_the_shipped_scenario_together_are_the_union_of_them():
    bundles = Scenario.load("lebanon-2023/levers").resolved()["bundles"]
    whole = bundles.pop("all together")
    assert whole["set"] == {key: law for one in bundles.values() for key, law in one["set"].items()}
    assert len(whole["set"]) == 19
    assert whole["truces"] == [{"start_day": 0.0, "days": 365.0}]


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ('["talks", "calm"]', '["talks", "clam"]', 'together: "clam" is not known; did you mean "calm"?'),
        ('["talks", "calm"]', '["talks", "by hand"]', 'together: "by hand" is not known'),
        ('["talks", "calm"]', '["talks", "talks"]', 'together: "talks" stands twice'),
        ('["talks", "calm"]', '"calm"', "together: must be a list of texts, not 'calm'"),
        (
            '"party.R.restraint" = 1.1 }\n\n',
            '"world.mediation_added" = 0.5 }\n\n',
            'together: world.mediation_added is 0.4 in "talks" and 0.5 in "its own"; leave one of the two away',
        ),
        (
            'set = { "party.R.restraint" = 1.1 }\n\n',
            'policy = { R = { rule = "grim_trigger" } }\n\n',
            'together: policy.R is generous_tit_for_tat in "calm" and grim_trigger in "its own"; leave one of the two',
        ),
    ],
)
def test_levels_together_that_do_not_fit_are_refused_by_name(tmp_path: Path, before: str, after: str, sentence: str):
    assert before in TOGETHER
    with pytest.raises(InputError) as refusal:
        Scenario.load(write_scenario(tmp_path, BASE + TOGETHER.replace(before, after)))
    assert f"factor[0].levels[2].{sentence}" in str(refusal.value)


def test_a_parameter_of_a_rule_that_another_level_changes_is_refused(tmp_path: Path):
    text = TOGETHER.replace('"world.mediation_added" = 0.4 }\ntruce', '"policy.R.harm_ratio" = 2 }\ntruce')
    assert text != TOGETHER
    with pytest.raises(InputError, match=r"policy.R.harm_ratio is unknown to generous_tit_for_tat in \"calm\""):
        Scenario.load(write_scenario(tmp_path, BASE.replace('"tit_for_tat"', '"proportional"') + text))
