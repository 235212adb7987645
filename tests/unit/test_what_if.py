"""What-ifs in words: the text that they make, what it means, and what is refused."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from tiny import BASE, FACTOR, write_scenario

from sim.core.errors import InputError
from sim.core.shipped_data import find_scenario
from sim.engine.configuration import Truce
from sim.scenario.scenario import Scenario
from sim.scenario.scenario_file import read_scenario
from sim.scenario.settings import PolicySetting
from sim.scenario.what_if import SOURCE, WhatIf
from sim.sweeps.parcel import Parcel

TRUCE = "\n[[truce]]\nstart_day = 1\ndays = 2\n"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return write_scenario(tmp_path, BASE)


def law(scenario: Scenario, key: str) -> tuple[str, str]:
    setting = next(one for one in scenario.settings() if one.key == key)
    return str(setting.law), setting.source


@pytest.mark.parametrize(
    ("value", "law_of_it", "source"),
    [
        ("0.3", "0.3", SOURCE),
        ("-.3", "-0.3", SOURCE),
        ("1", "1", SOURCE),
        ("beta(4, 8)", "beta(a 4.0, b 8.0)", SOURCE),
        ("choice([0, 1], [3, 1])", "choice(values (0.0, 1.0), weights (3.0, 1.0))", SOURCE),
        ("{ law = 'uniform', low = 0, high = 1, source = 'Smith 2020' }", "uniform(low 0.0, high 1.0)", "Smith 2020"),
        ("default", "0", "assumption"),
    ],
)
def test_a_value_is_a_number_a_law_or_a_table(base: Path, value: str, law_of_it: str, source: str):
    scenario = Scenario.load(base, WhatIf([f"world.mediation_added={value}"]))
    found = law(scenario, "world.mediation_added")
    assert found == (law_of_it, source)


def test_all_else_is_that_of_the_base(base: Path):
    plain, changed = Scenario.load(base), Scenario.load(base, WhatIf(["world.mediation_added=0.3"], name="more talks"))
    assert (changed.name, changed.title) == ("more talks", "Tiny (more talks: added mediation = 0.3)")
    assert changed.description == "Tiny. Changed: added mediation = 0.3."
    before, after = plain.resolved(), changed.resolved()
    assert {key for key in after if before[key] != after[key]} == {"title", "parameters"}
    laws = before["parameters"], after["parameters"]
    assert [key for key in laws[1] if laws[0][key] != laws[1][key]] == ["world.mediation_added"]
    assert changed.replicates == plain.replicates
    assert changed.seed == plain.seed


def test_policies_are_set_by_rule_parameter_and_table(base: Path):
    def policy(*words: str) -> PolicySetting:
        return Scenario.load(base, WhatIf(words)).file.policies["R"]

    assert policy("policy.R=grim_trigger").label == "grim_trigger"
    assert str(policy("policy.R=generous_tit_for_tat", "policy.R.forgiveness=0.2").settings["forgiveness"].law) == "0.2"
    table = "policy.R={ rule = 'threshold', base = { rule = 'grim_trigger' } }"
    assert policy(table).label == "threshold over grim_trigger"
    assert policy("policy.R=threshold", "policy.R.base=grim_trigger").label == "threshold over grim_trigger"


def test_truces_stand_beside_those_of_the_scenario(base: Path):
    base.write_text(BASE + TRUCE, encoding="utf-8")
    scenario = Scenario.load(base, WhatIf(truces=["4:2", "7:.5"]))
    assert scenario.file.truces == (Truce(1, 2), Truce(4, 2), Truce(7, 0.5))


def test_a_what_if_may_stand_over_a_scenario_that_inherits(base: Path):
    child = base.with_name("child.toml")
    child.write_text('base = "tiny.toml"\n' + TRUCE)
    scenario = Scenario.load(child, WhatIf(["world.mediation_added=0.3"]))
    assert scenario.file.truces == (Truce(1, 2),)
    assert law(scenario, "world.mediation_added")[0] == "0.3"


def test_a_name_is_made_of_the_words_and_short(base: Path):
    assert WhatIf(["world.mediation_added=0.3"]).name_over("baseline") == "baseline-mediation_added-0.3"
    words = WhatIf(["policy.R=tit_for_tat", "world.mediation_added=beta(4, 8)"], ["30:14"])
    assert words.name_over("b") == "b-R-tit_for_tat-mediation_added-beta-4-8-truce-30-14"
    many = [WhatIf([f"party.L.baseline={i}" for i in range(start, start + 30)]).name_over("b") for start in (0, 1)]
    assert [len(name) for name in many] == [80, 80]
    assert many[0] != many[1]
    assert len({WhatIf([f"world.mediation_added={value}"]).name_over("b") for value in ("0.3", "-0.3", "0.30")}) == 3


def test_the_text_is_plain_toml_that_tells_what_a_value_was(base: Path):
    what_if = WhatIf(["world.mediation_added=0.3", 'policy.R={ rule = "grim_trigger" }'], ["30:14"], "my-truce")
    text = what_if.write(read_scenario(base), str(base), base.parent)
    assert tomllib.loads(text) == {
        "title": 'Tiny (my-truce: added mediation = 0.3, policy of Right = { rule = "grim_trigger" }, '
        "a truce from day 30 for 14 days)",
        "description": 'Tiny. Changed: added mediation = 0.3, policy of Right = { rule = "grim_trigger" }, '
        "a truce from day 30 for 14 days.",
        "base": "tiny.toml",
        "parameters": {"world.mediation_added": {"source": SOURCE, "value": 0.3}},
        "policy": {"R": {"rule": "grim_trigger"}},
        "truce": [{"start_day": 30, "days": 14}],
    }
    assert "[1], between -1 and 1; it was 0 (" in text


REFUSED = [
    ("mediation_added=3", "must be KEY=VALUE, where KEY is a key path; did you mean \"world.mediation_added\"?"),
    ("world.mediation_added", "must be KEY=VALUE, where KEY is a key path"),
    ("world.mediation_added=", "must be KEY=VALUE, where KEY is a key path"),
    ("world.mediation_add=3", 'is not a parameter; did you mean "world.mediation_added"?'),
    ("party.LL.baseline=3", 'is not a parameter; did you mean "party.L.baseline"?'),
    ("world.mediation_added=7", "7.0 is out of bounds; mediation_added must be between -1 and 1 [1]"),
    ("world.mediation_added=x", "must be a number, a law such as beta(4, 8), or for a policy the name of a rule"),
    ("world.mediation_added=beta(4, 8", "must be a number, a law such as beta(4, 8), or for a policy"),
    ("world.mediation_added=betta(1, 2)", 'betta is not a law; did you mean "beta"?'),
    ("world.mediation_added=beta(1)", 'law "beta" needs a, b'),
    ("world.mediation_added=beta(1, 2, 3)", "beta is written beta(a, b)"),
    ("world.mediation_added=beta(1]\n[x)", "holds a character that cannot be seen, or more than one line"),
    ("world.mediation_added=normal(0.5, 2)", "reaches from"),
    ("world.mediation_added=nan", "must be a number, a law such as"),
    ("world.mediation_added={ value = 0.3, unit = 'x' }", "needs"),
    ("world.mediation_added=0.3\n[run]", "holds a character that cannot be seen, or more than one line"),
    ("world.mediation_added=\x1b[31m0.3", "holds a character that cannot be seen, or more than one line"),
    ("policy.RR=tit_for_tat", "unknown party or dyad"),
    ("policy.R=tit_for_tatt", 'did you mean "tit_for_tat"?'),
    ("world.mediation_added=[1, 2]", "must be a number, a law such as beta(4, 8)"),
    ("world.mediation_added=2023-11-07", "must be a number, a law such as beta(4, 8)"),
    ("world.mediation_added=0.3 # no", "must be a number, a law such as beta(4, 8)"),
    ("world.mediation_added=normal(0, 1, -inf)", "normal is written normal(mean, sd, low, high)"),
    ("policy.R.forgivenes=0.1", "unknown key"),
    ("every_party.basline=1", 'unknown parameter; did you mean "baseline"?'),
]  # fmt: skip


@pytest.mark.parametrize(("word", "message"), REFUSED)
def test_each_wrong_word_is_told_as_the_option_that_it_is(base: Path, word: str, message: str):
    with pytest.raises(InputError) as refusal:
        Scenario.load(base, WhatIf([word]))
    (problem,) = refusal.value.problems
    shown = word.replace("\n", "\\u000a").replace("\x1b", "\\u001b")
    assert (problem.file, problem.key) == ("options", f"--set {shown}")
    assert message in problem.message
    assert "\n" not in str(problem)


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("30", "must be START:DAYS in days from the start, such as 30:14"),
        ("30:14:2", "must be START:DAYS in days from the start, such as 30:14"),
        ("-3:1", "-3 is out of bounds; it must be between 0 and 3650"),
        ("30:0", "0 is out of bounds; it must be between 0.25 and 3650"),
        ("2:4", "truce[1] overlaps truce[0] from day 2 to 3; let one end first"),
    ],
)
def test_each_wrong_truce_is_told_as_the_option_that_it_is(base: Path, word: str, message: str):
    base.write_text(BASE + TRUCE, encoding="utf-8")
    with pytest.raises(InputError) as refusal:
        Scenario.load(base, WhatIf(truces=[word]))
    assert [str(problem) for problem in refusal.value.problems] == [f"options: --truce {word}: {message}"]


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "a\\b", "a:1", "x" * 81, "a ", "-", "--out", "a\nb", "<b>"]
)
def test_a_name_is_a_plain_word_and_no_path(base: Path, name: str):
    with pytest.raises(InputError, match=r"options: --name .*: (is no name|holds a character)"):
        Scenario.load(base, WhatIf(name=name))


def test_all_that_is_wrong_is_told_at_once(base: Path):
    words = WhatIf(["world.mediation_added=x", "nothing=1", "world.mediation=1", "world.mediation=0"], ["1"], "a/b")
    with pytest.raises(InputError) as refusal:
        Scenario.load(base, words)
    keys = [problem.key for problem in refusal.value.problems]
    assert keys == [
        "--name a/b", "--set world.mediation_added=x", "--set nothing=1", "--set world.mediation=0", "--truce 1"
    ]  # fmt: skip


def test_the_name_of_the_base_and_what_its_points_set_are_refused(base: Path):
    with pytest.raises(InputError, match="--name tiny: is the name of the scenario that is changed; choose another"):
        Scenario.load(base, WhatIf(name="tiny"))
    base.write_text(BASE + FACTOR, encoding="utf-8")
    with pytest.raises(InputError, match="is varied by tiny, each point of which sets it"):
        Scenario.load(base, WhatIf(["policy.L.climb=0.5"]))


def test_a_shipped_base_is_named_and_a_file_by_the_way_to_it(base: Path, tmp_path: Path):
    text = WhatIf(name="x").write(read_scenario(base), str(base), tmp_path / "in" / "side")
    assert tomllib.loads(text)["base"] == "../../tiny.toml"
    shipped = read_scenario(find_scenario("symmetric/tit-for-tat"))
    for named in ("symmetric/tit-for-tat", "symmetric/tit-for-tat.toml"):
        assert tomllib.loads(WhatIf(name="x").write(shipped, named, tmp_path))["base"] == "symmetric/tit-for-tat"


def test_a_what_if_travels_to_a_worker_without_a_file(base: Path):
    scenario = Scenario.load(base, WhatIf(["world.mediation_added=0.3"], ["4:2"]))
    assert Parcel.of(scenario).open().digest() == scenario.digest() != Scenario.load(base).digest()
