"""Parameters are found by words, told whole one by one, and stand on a page that is made of their declarations."""

from __future__ import annotations

import json
from pathlib import Path

from command import Command

from sim.scenario.parameter_catalogue import catalogue
from sim.scenario.priors import LAWS

ROOT = Path(__file__).parents[2]
OWN = """
from dataclasses import dataclass
from sim.core.parameters import Interval, LaneValues, parameter
from sim.policies import Policy, Response

@dataclass(frozen=True)
class Waiting(Policy):
    long_wait: LaneValues = parameter(2.0, Interval(0, 9), unit="days", source="", text="how long that it waits in all")

    def respond(self, view, draw):
        return Response.in_kind(view)
"""


def test_a_word_finds_parameters_with_key_meaning_unit_and_law(sim: Command):
    done = sim("parameters", "mediation")
    assert (done.status, done.err) == (0, "")
    for words in ("added mediation", "world.mediation_added", "beyond the usual", "beta(a 3.0, b 7.0)", "in baseline"):
        assert words in done.out, words
    assert "growth of the background fire" not in done.out
    found = json.loads(sim("parameters", "mediation", "--json").out)
    assert all(row["key"] in done.out for row in found)


def test_one_parameter_is_told_whole(sim: Command):
    out = " ".join(sim("parameters", "party.ISR.trend").out.split())
    for words in (
        "growth of the background fire key path party.<id>.trend meaning rise of its log unit 1/day",
        "allowed between -0.1 and 0.1 default 0 source of the default S2.8 equations docs/science.md, S2.8",
        "sim.engine.kernel.fire",
        "Israel folded_normal(mean 0.0012, sd",
        "judgement",
        "theatre.toml",
    ):
        assert words in out, words
    assert "Hezbollah" not in out, "the key path names one party"
    assert "as party.ISR.trend" in sim("parameters", "party.<id>.trend").out


def test_programs_get_everything(sim: Command):
    rows = json.loads(sim("parameters", "--json").out)
    assert [row["key"] for row in rows] == [entry.key for entry in catalogue()]
    trend = next(row for row in rows if row["key"] == "party.<id>.trend")
    assert trend["settings"][0]["law"] == "folded_normal(mean 0.0012, sd 0.0008)"
    assert all(row["name"] and row["meaning"] and row["unit"] and row["allowed"] and row["source"] for row in rows)


def test_the_parameters_of_an_own_policy_are_found_in_its_scenario(sim: Command, tmp_path: Path):
    (tmp_path / "waiting.py").write_text(OWN, encoding="utf-8")
    base = ROOT / "scenarios" / "lebanon-2023" / "baseline.toml"
    text = f'base = "{base}"\n[policy]\nHZB = {{ rule = "waiting.py:Waiting", long_wait = 3 }}\n'
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    done = sim("parameters", "wait", "--scenario", tmp_path / "own.toml")
    assert (done.status, done.err) == (0, "")
    out = " ".join(done.out.split())
    assert "long wait" in out
    assert "policy of Hezbollah 3 judgement own.toml policy.HZB.long_wait assumption: set by the scenario" in out


def test_a_word_that_nothing_has_is_refused_with_the_nearest(sim: Command):
    done = sim("parameters", "mediaton")
    assert (done.status, done.out) == (2, "")
    assert 'no parameter has this word; did you mean "mediation"' in done.err


def test_the_page_of_parameters_is_current(sim: Command):
    text = (ROOT / "docs" / "parameters.md").read_text(encoding="utf-8")
    assert text == sim("parameters", "--markdown").out, "make it again: sim parameters --markdown > docs/parameters.md"
    for entry in catalogue():
        assert f"| {entry.declared.plain} | `{entry.key}` | {entry.declared.meaning} |" in text
    assert all(f"| `{law}` |" in text for law in LAWS)
    some = sim("parameters", "forgiveness", "--markdown").out
    assert "`policy.<id>.forgiveness`" in some and "`party.<id>.trend`" not in some
