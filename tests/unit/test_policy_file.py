"""Policies over those that they inherit, key by key; another rule keeps what it knows, and the rest is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny import BASE, THEATRE, write_scenario

from sim.core.errors import InputError
from sim.scenario.priors import Fixed, Uniform
from sim.scenario.scenario import Scenario
from sim.scenario.settings import PolicySetting

OVER = BASE.replace(
    '[policy.L]\nrule = "disproportionate"\n',
    """[policy.L]
rule = "threshold"
line_rung = { value = 2, source = "S1" }
line_depth = { law = "uniform", low = 3, high = 9, source = "S2" }
line_civilians = 4
fast_delay_days = 0.2

[policy.L.base]
rule = "disproportionate"
climb = { value = 0.3, source = "S3" }
""",
)
STATED = {"line_rung": "2", "line_depth": "uniform(low 3.0, high 9.0)", "line_civilians": "4", "fast_delay_days": "0.2"}


def child(folder: Path, text: str, name: str = "child") -> Scenario:
    write_scenario(folder, OVER, "base")
    file = folder / f"{name}.toml"
    file.write_text(f'base = "base.toml"\n{text}')
    return Scenario.load(file)


def told(policy: PolicySetting) -> dict[str, str]:
    return {name: str(one.law) for name, one in policy.settings.items() if one.origin != "default"}


def policy_of(scenario: Scenario, point: int = 0) -> PolicySetting:
    return scenario.policies(scenario.points()[point])["L"]


def sentences(scenario: Scenario) -> list[str]:
    return [f"{note.key}: {note.message}" for note in scenario.notes]


def test_a_table_changes_what_it_says_and_nothing_else(tmp_path: Path):
    read = policy_of(changed := child(tmp_path, "[policy.L]\nline_rung = 1\n"))
    assert (read.rule, told(read)) == ("threshold", STATED | {"line_rung": "1"})
    assert {name: one.origin for name, one in read.settings.items()} == {
        **dict.fromkeys(STATED, "base.toml"),
        **{"line_rung": "child.toml", "line_leader": "default", "weight_below": "default", "step_above": "default"},
    }
    assert told(read.inner["base"]) == {"climb": "0.3"}
    assert read.settings["line_depth"].law == Uniform(3, 9)
    assert changed.notes == ()
    again = policy_of(child(tmp_path, '[policy.L]\nrule = "threshold"\nline_rung = 1\n', "again"))
    assert (told(again), told(again.inner["base"])) == (told(read), {"climb": "0.3"})


def test_a_policy_inside_changes_key_by_key_too(tmp_path: Path):
    for text in (
        "[policy.L.base]\nclimb = 0.7\n",
        '[policy.L]\n"base.climb" = 0.7\n',
        '["policy.L.base"]\nclimb = 0.7\n',
    ):
        read = policy_of(child(tmp_path, text))
        assert (told(read), told(read.inner["base"])) == (STATED, {"climb": "0.7"})


def test_a_value_goes_back_to_its_declared_default(tmp_path: Path):
    read = policy_of(child(tmp_path, '[policy.L]\nline_rung = "default"\n'))
    assert told(read) == {name: law for name, law in STATED.items() if name != "line_rung"}
    # The declared default is rung 5, and this ladder ends at rung 2.
    assert read.settings["line_rung"].law == Fixed(2.0)


def test_another_rule_keeps_what_it_knows_and_says_what_it_drops(tmp_path: Path):
    changed = child(tmp_path, '[policy.L]\nrule = "grim_trigger"\n')
    read = policy_of(changed)
    assert (read.label, told(read)) == ("grim_trigger over disproportionate", {})
    assert told(read.inner["base"]) == {"climb": "0.3"}
    (sentence,) = sentences(changed)
    assert sentence == (
        'policy.L: grim_trigger: dropped, of "threshold over disproportionate", what the rule does not know: '
        "line_rung, line_civilians, line_depth, fast_delay_days"
    )
    changed = child(tmp_path, '[policy.L.base]\nrule = "proportional"\n')
    assert told(policy_of(changed)) == STATED
    assert sentences(changed)[0].endswith("does not know: base.climb")
    changed = child(tmp_path, '[policy.L]\nrule = "tit_for_tat"\n')
    assert policy_of(changed).inner == {}
    assert sentences(changed)[0].endswith("line_rung, line_civilians, line_depth, fast_delay_days, base")


def test_levels_of_a_factor_and_levers_stand_over_the_policy_too(tmp_path: Path):
    levels = """
[[factor]]
key = "policy.L"

[[factor.levels]]
label = "low"
line_rung = 1

[[factor.levels]]
label = "none"
rule = "tit_for_tat"

[[factor]]
name = "lever"

[[factor.levels]]
label = "as it is"

[[factor.levels]]
label = "climb"
policy.L.base.climb = 0.9
"""
    changed = child(tmp_path, levels)
    low, lever, none, both = (policy_of(changed, point) for point in range(4))
    assert (told(low), told(low.inner["base"])) == (STATED | {"line_rung": "1"}, {"climb": "0.3"})
    assert (told(lever), told(lever.inner["base"])) == (STATED, {"climb": "0.9"})
    assert (none.label, told(none)) == ("tit_for_tat", {})
    assert told(both.inner["base"]) == {"climb": "0.9"}
    assert [sentence.partition(": dropped")[0] for sentence in sentences(changed)] == ["factor[0], policy.L: none"]


def test_a_level_may_name_what_a_rule_has_inside_anyway(tmp_path: Path):
    """Two names of one policy would look like two policies."""
    read = policy_of(child(tmp_path, '[policy.L]\nrule = "grim_trigger"\nbase = { rule = "tit_for_tat" }\n'))
    assert (read.label, read.inner) == ("grim_trigger", {})


def test_a_rule_in_a_file_stays_that_of_the_base(tmp_path: Path):
    source = (
        "from dataclasses import dataclass\nfrom sim import Interval, Policy, Response, parameter\n\n"
        "@dataclass(frozen=True)\nclass Own(Policy):\n"
        '    size: float = parameter(1.0, Interval(0, 9), unit="1", source="assumption", text="size")\n\n'
        "    def respond(self, view, draw):\n        return Response.in_kind(view)\n"
    )
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "own.py").write_text(source)
    write_scenario(tmp_path / "a", BASE.replace('rule = "disproportionate"', 'rule = "own.py:Own"\nsize = 3'), "base")
    (tmp_path / "child.toml").write_text('base = "a/base.toml"\n[policy.L]\nsize = 4\n')
    read = policy_of(Scenario.load(tmp_path / "child.toml"))
    assert (read.policy.__name__, read.settings["size"].law) == ("Own", Fixed(4.0))


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ("[policy.L-R]\nclimb = 1\n", "policy.L-R.rule", "is missing, and there is no policy to inherit one from"),
        ("[policy.R.base]\nclimb = 1\n", "policy.R.base", "unknown key"),
        ("[policy.L]\nreplicates = 3\n", "policy.L.replicates", "unknown key; it stands in [run]"),
    ],
)
def test_what_cannot_be_inherited_is_one_sentence(text: str, key: str, words: str, tmp_path: Path):
    with pytest.raises(InputError) as caught:
        child(tmp_path, text)
    (problem,) = caught.value.problems
    assert (problem.key, problem.message[: len(words)]) == (key, words)


def test_a_party_that_acts_on_nobody_follows_no_policy(tmp_path: Path):
    quiet = '\n[[party]]\nid = "Q"\nname = "Quiet"\nlocation = "Leftland"\n'
    path = write_scenario(tmp_path, BASE + '\n[policy.Q]\nrule = "tit_for_tat"\n', theatre=THEATRE + quiet)
    with pytest.raises(InputError, match=r"policy\.Q: can act on nobody, so it follows no policy"):
        Scenario.load(path)
