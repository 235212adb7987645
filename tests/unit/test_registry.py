"""A policy is found by name, in a file, or as an entry point; what is wrong is said in one sentence."""

from __future__ import annotations

import hashlib
import inspect
import math
import pickle
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import sim.policies
from sim.core.errors import InputError
from sim.policies import TitForTat, registry
from sim.policies.registry import SHIPPED, describe_rule, load_policy, source_digest

GOOD = """
from __future__ import annotations
from dataclasses import dataclass
from sim.fields import Interval, parameter
from sim.policies import Policy, Response

@dataclass(frozen=True)
class Vengeful(Policy):
    \"\"\"React twice.\"\"\"
    factor: float = parameter(2.0, Interval(0, 9), unit="1", source="assumption", text="factor")
    def respond(self, view, draw):
        return Response(self.factor, view.provocation)

class Unfrozen(Policy):
    def respond(self, view, draw):
        return Response(1.0, view.provocation)

@dataclass(frozen=True)
class Idle(Policy):
    pass

number = 3
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    (tmp_path / "my_rules.py").write_text(GOOD)
    return tmp_path


def test_every_shipped_policy_is_had_from_the_room_by_the_name_of_its_class():
    """So users' files have known them since 0.1."""
    for rule, policy in SHIPPED.items():
        assert getattr(sim.policies, policy.__name__) is policy
        assert policy.__name__ in dir(sim.policies)
        assert policy.rule == rule
    assert not any(inspect.isabstract(policy) for policy in SHIPPED.values())
    assert set(sim.policies.__all__) <= set(dir(sim.policies))


def test_the_room_has_no_other_names():
    with pytest.raises(ImportError, match="TitForTatt"):
        from sim.policies import TitForTatt  # noqa: F401
    with pytest.raises(AttributeError, match="no attribute 'tits'"):
        sim.policies.tits  # noqa: B018


def test_places_in_the_lists_are_given_once():
    places = [policy.order for policy in SHIPPED.values() if policy.order < math.inf]
    assert places == sorted(set(places))


def test_a_shipped_policy_that_is_built_upon_ships_nothing():
    class Mine(TitForTat):
        """React in kind."""

    assert Mine.rule == "tit_for_tat"
    assert load_policy("tit_for_tat", Path()) is TitForTat


@pytest.mark.parametrize("rule", sorted(SHIPPED))
def test_shipped_names_load_and_build(rule: str, tmp_path: Path):
    policy = load_policy(rule, tmp_path)()
    assert type(policy) is SHIPPED[rule]
    assert policy.rule == rule


def test_file_is_found_relative_to_the_folder_and_shared(rules: Path):
    vengeful = load_policy("my_rules.py:Vengeful", rules)
    assert vengeful(factor=3.0).factor == 3.0
    assert load_policy("my_rules.py:Vengeful", rules) is vengeful
    assert pickle.loads(pickle.dumps(vengeful(factor=4.0))) == vengeful(factor=4.0)


def test_only_the_files_of_others_have_a_digest(rules: Path):
    assert source_digest(TitForTat) == ""
    vengeful = load_policy("my_rules.py:Vengeful", rules)
    assert source_digest(vengeful) == hashlib.sha256(GOOD.encode()).hexdigest()
    (rules / "my_rules.py").write_text("# edited")
    assert source_digest(vengeful) == hashlib.sha256(GOOD.encode()).hexdigest()


def test_edited_file_is_read_again(rules: Path):
    first = load_policy("my_rules.py:Vengeful", rules)
    (rules / "my_rules.py").write_text(GOOD.replace("React twice.", "React often."))
    edited = load_policy("my_rules.py:Vengeful", rules)
    assert [describe_rule(kind) for kind in (first, edited)] == ["React twice.", "React often."]


def test_entry_point_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    point = EntryPoint("mirror", "sim.policies.reciprocal:TitForTat", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point])
    assert load_policy("mirror", tmp_path) is TitForTat


@pytest.mark.parametrize("value", ["no_such_package:Rule", "sim.policies.reciprocal:NoSuchRule", "math:pi"])
def test_broken_entry_point_is_refused(value: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    point = EntryPoint("broken", value, registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point])
    with pytest.raises(InputError, match="broken"):
        load_policy("broken", tmp_path)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("tit_for_tats", r'unknown; did you mean "tit_for_tat"\?'),
        ("my_rules.py", "written"),
        (":Vengeful", "written"),
        ("my_rules.py:", "written"),
        ("other.py:Vengeful", r"other\.py: there is no such Python file"),
        ("my_rules.txt:Vengeful", "no such Python file"),
        ("my_rules.py:Vengful", r'my_rules\.py: Vengful: there is no such class; did you mean "Vengeful"\?'),
        ("my_rules.py:number", "not a subclass"),
        ("my_rules.py:Interval", "not a subclass"),
        ("my_rules.py:Idle", "lacks the method `respond`"),
        ("my_rules.py:Unfrozen", "frozen dataclass"),
    ],
)
def test_wrong_rule_is_one_clear_problem(rule: str, message: str, rules: Path):
    with pytest.raises(InputError, match=message) as caught:
        load_policy(rule, rules)
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\ny = unknown\n", r"rules\.py: line 2: NameError: name 'unknown' is not defined"),
        ("def f(:\n", r"rules\.py: line 1: SyntaxError"),
        ("import sys\n\nsys.exit(4)\n", r"rules\.py: line 3: SystemExit: 4"),
        ("import no_such_module\n", r"rules\.py: line 1: ModuleNotFoundError"),
        ("from dataclasses import dataclass\nimport json\njson.loads('{')\n", r"rules\.py: line 3: JSONDecodeError"),
        ("x = 'a\0b'\n", r"rules\.py"),
    ],
)
def test_file_that_fails_on_import_names_file_and_line(text: str, message: str, tmp_path: Path):
    (tmp_path / "rules.py").write_text(text)
    with pytest.raises(InputError, match=message):
        load_policy("rules.py:Rule", tmp_path)
