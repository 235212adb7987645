"""Every parameter has one plain name, is found by words and key paths, and is where the catalogue says it is used."""

from __future__ import annotations

import dataclasses
from collections import Counter

import pytest

from sim.core.errors import InputError
from sim.core.parameters import Interval, parameter, parameters_of
from sim.engine.configuration import GROUPS, SINGLE
from sim.scenario.parameter_catalogue import by_pattern, catalogue, find_entries, plain_name, to_pattern
from sim.scenario.scenario import Scenario

PARTIES = {"ISR": "Israel", "HZB": "Hezbollah", "IRN": "Iran"}


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("party.ISR.trend", "Israel: growth of the background fire"),
        ("dyad.HZB-ISR.excitation", "Hezbollah against Israel: reactions to an act"),
        ("entry.IRN.hazard", "entry of Iran: rate of joining"),
        ("alliance.IRN-HZB.weight", "Iran for Hezbollah: weight of the ally"),
        ("world.mediation_added", "added mediation"),
        ("front.mass_killed", "front: mass killing"),
        ("definition.war_killed", "definition: killed in a war"),
        ("policy.ISR", "policy of Israel"),
        ("policy.ISR.forgiveness", "policy of Israel: forgiveness"),
        ("policy.ISR-HZB.base.tolerance", "policy of Israel against Hezbollah, base: tolerated harm"),
        ("policy.HZB.own_idea", "policy of Hezbollah: own idea"),
        ("party.XYZ.trend", "XYZ: growth of the background fire"),
        ("party.ISR.nothing", "party.ISR.nothing"),
        ("start", "start"),
    ],
)
def test_a_key_path_has_a_plain_name(key: str, name: str):
    assert plain_name(key, PARTIES) == name


def test_plain_names_are_short_and_unlike_within_their_owner():
    owners = [*GROUPS.values(), *SINGLE.values(), *(entry.owner for entry in catalogue() if entry.rules)]
    for owner in owners:
        names = [one.plain for one in parameters_of(owner).values()]
        assert max(Counter(names).values(), default=1) == 1, owner
        assert all(len(name.split()) <= 5 for name in names), owner
    by_key: dict[str, set[str]] = {}
    for entry in catalogue():
        by_key.setdefault(entry.key, set()).add(entry.declared.plain)
    assert [key for key, names in by_key.items() if len(names) > 1] == []


def test_every_parameter_of_a_theatre_is_in_the_catalogue():
    settings = Scenario.load("lebanon-2023/baseline").settings(Scenario.load("lebanon-2023/baseline").points()[0])
    found = by_pattern(settings)
    keys = {entry.key for entry in catalogue()}
    assert found.keys() <= keys
    assert {key for key in keys if not key.startswith("policy.")} <= found.keys()
    assert len({plain_name(setting.key, {}) for setting in settings}) == len(settings)


def test_every_parameter_is_used_somewhere():
    assert [entry.key for entry in catalogue() if not entry.modules] == ["definition.front_rung"]
    used = {entry.key: entry for entry in catalogue()}
    assert "sim.engine.kernel.fire" in used["party.<id>.trend"].modules
    assert "sim.engine.kernel.phases" in used["entry.<id>.hazard"].modules
    assert used["policy.<id>.forgiveness"].modules == ["sim.policies.reciprocal"]
    assert used["party.<id>.trend"].sections == "S2.8"
    assert used["party.<id>.strength"].sections == "S2.5-S2.10"


def test_parameters_are_found_by_word_and_key_path():
    assert [entry.key for entry in find_entries("party.ISR.trend")] == ["party.<id>.trend"]
    assert [entry.key for entry in find_entries("party.<id>.trend")] == ["party.<id>.trend"]
    assert [entry.key for entry in find_entries("Forgiveness")] == ["policy.<id>.forgiveness"]
    found = {entry.key for entry in find_entries("mediation")}
    assert {"world.mediation_added", "party.<id>.campaign_mediation", "policy.<id>.mediation_price"} <= found
    assert to_pattern("policy.ISR-HZB.base.tolerance") == "policy.<id>.tolerance"
    with pytest.raises(InputError, match='no parameter has this word; did you mean "mediation"'):
        find_entries("mediaton")
    with pytest.raises(InputError, match="no parameter has this word; `sim parameters` lists all"):
        find_entries("zzzz")


def test_a_policy_of_a_user_needs_no_plain_name():
    @dataclasses.dataclass(frozen=True)
    class Own:
        my_patience: float = parameter(1.0, Interval(0, 2), unit="1", source="x", text="how long it is that one waits")
        calm: float = parameter(1.0, Interval(0, 2), unit="1", source="x", text="calm of mind: how long one waits")

    first, second = parameters_of(Own).values()
    assert (first.plain, first.meaning) == ("my patience", "how long it is that one waits")
    assert (second.plain, second.meaning) == ("calm of mind", "how long one waits")
