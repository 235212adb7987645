"""``sim check``: ten wrong policies, whole files, and by which door a policy is asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import Command

WRONG = Path(__file__).parents[1] / "contract" / "wrong_policies.py"

TEN = {
    "ReducesLanes": ("batch equals its parts", "no reduction over the last axis", "unanswered_harm.max()"),
    "GlobalChance": ("no global state", "draw by draw.uniform", "np.random.random"),
    "WritesToView": ("valid answer", "a view is for reading", "view.unanswered_harm[:] = 0.0"),
    "WrongShape": ("valid answer", "it must broadcast to (6, 1)", "np.ones(view.n_replicates + 1)"),
    "LeavesLadder": ("valid answer", "rung must be between 0 and 6", "rung=view.provocation + 1"),
    "OneCoinByPlace": ("replicates permuted", "no one number drawn for all", 'draw.uniform("coin")[0]'),
    "NotANumber": ("valid answer", "multiplier must be finite numbers", "multiplier=share"),
    "PythonIf": ("valid answer", "np.where", "if view.unanswered_harm > 1.0:"),
    "UndeclaredField": ("declared parameters", "write weight: LaneValues = parameter(", "weight: float = 1.0"),
    "FractionalRung": ("valid answer", "rung must be integers, not float64", "rung=view.provocation * 0.5"),
}
"""Couples lanes, uses global randomness, mutates its view, wrong shape, leaves the ladder, depends on lane order, not
a number, Python's if on arrays, undeclared parameter, wrong type: point of the contract, words, code on the line."""


@pytest.mark.parametrize("name", TEN)
def test_ten_wrong_policies_are_caught_with_fault_and_line(name, sim: Command):
    point, words, code = TEN[name]
    done = sim("check", f"{WRONG}:{name}", "--json")
    assert done.status == 1
    assert done.err == ""
    (found,) = [row for row in json.loads(done.out) if row["name"].startswith(point)]
    assert not found["passed"]
    assert found["policy"] == f"{WRONG}:{name}"
    assert words in found["message"]
    place, line, who, _ = found["message"].split(":", 3)
    assert (Path(place).name, who.strip()) == (WRONG.name, name)
    assert code in WRONG.read_text().splitlines()[int(line) - 1]


FILE = '''
from dataclasses import dataclass

from sim.policies import Policy, Response, TitForTat
from sim.policies.scalar import Reaction, ScalarPolicy


class Shared(Policy):
    """A base that cannot be made."""


@dataclass(frozen=True)
class Half(Shared):
    """Answer half."""

    def respond(self, view, draw):
        return Response(0.5, view.provocation)


@dataclass(frozen=True)
class HalfInFloats(ScalarPolicy):
    """Answer half."""

    def react(self, now, rung):
        return Reaction(0.5, rung)


@dataclass(frozen=True)
class HalfInWords(ScalarPolicy):
    """Answer half."""

    def react(self, now, rung):
        return Reaction(0.5, int("{:d}".format(rung)))
'''


def test_a_whole_file(sim: Command, tmp_path: Path):
    (tmp_path / "rules.py").write_text(FILE)
    done = sim("check", str(tmp_path / "rules.py"))
    assert done.status == 0, done.out
    text = " ".join(done.out.split())
    assert "rules.py:Half: 20 of 20 points kept, ready for use" in text
    assert "rules.py:Half: 20 of 20 points kept, ready for use It is an array function" in text
    assert "rules.py:HalfInFloats: 20 of 20 points kept, ready for use It is a plain rule, compiled." in text
    assert "rules.py:HalfInWords: 20 of 20 points kept, ready for use It runs uncompiled: here, at 257" in text
    assert "times as long as those of tit_for_tat" in text
    assert 'rules.py, line 33: return Reaction(0.5, int("{:d}".format(rung)))' in text
    assert "Shared" not in text
    assert "TitForTat:" not in text


def test_one_wrong_policy_fails_the_file(sim: Command, tmp_path: Path):
    (tmp_path / "rules.py").write_text(FILE.replace("Response(0.5, view.provocation)", "Response(-0.5, 1)"))
    done = sim("check", str(tmp_path / "rules.py"), "--json")
    assert done.status == 1
    failed = [row for row in json.loads(done.out) if not row["passed"]]
    assert [row["policy"].rpartition(":")[2] for row in failed] == ["Half"]


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "defines no policy"), (None, "no such Python file"), ("1 / 0", "line 1: ZeroDivisionError")],
)
def test_a_file_without_a_policy(text, words, sim: Command, tmp_path: Path):
    if text is not None:
        (tmp_path / "rules.py").write_text(text)
    done = sim("check", str(tmp_path / "rules.py"))
    assert done.status == 2
    assert words in done.err
    assert len(done.err.splitlines()) == 1
