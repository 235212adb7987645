"""``sim policies``: list and show; and the fingerprints it shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import Command

from sim.policies.fingerprint import fingerprint
from sim.policies.registry import SHIPPED


def test_list(sim: Command):
    done = sim("policies", "list")
    assert done.status == 0
    assert all(name in done.out for name in SHIPPED)
    assert max(map(len, done.out.splitlines())) <= 100
    rows = json.loads(sim("policies", "list", "--json").out)
    assert [row["name"] for row in rows] == list(SHIPPED)
    by_name = {row["name"]: row for row in rows}
    assert by_name["grim_trigger"]["parameters"] == ["grim_rung", "campaign_rise"]
    assert by_name["grim_trigger"]["properties"] == ["never first", "memory: without end"]
    assert by_name["tit_for_two_tats"]["names"] == ["tit-for-two-tats (Axelrod 1984)", "TF2T"]
    assert "memory: 3 days" in by_name["tit_for_two_tats"]["properties"]
    assert all(row["names"] for row in rows)


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_show(name: str, sim: Command):
    done = sim("policies", "show", name)
    assert done.status == 0
    assert SHIPPED[name].code in done.out
    assert "Standard situation" in done.out
    assert "With the defaults: " in done.out
    assert "A fortnight, day by day" in done.out
    shown = json.loads(sim("policies", "show", name, "--json").out)
    assert [answer["provocation"] for answer in shown["fingerprint"]] == [1, 2, 3, 4, 5, 6]
    assert [answer["day"] for answer in shown["story"]] == list(range(15))
    assert len(shown["names"]) >= 1


def test_show_a_policy_of_ones_own(sim: Command, tmp_path: Path):
    (tmp_path / "rules.py").write_text(
        "from dataclasses import dataclass\nfrom sim.policies import Policy, Response\n\n"
        '@dataclass(frozen=True)\nclass Double(Policy):\n    """React twice."""\n\n'
        "    def respond(self, view, draw):\n        return Response(2.0, view.provocation)\n"
    )
    done = sim("policies", "show", f"{tmp_path / 'rules.py'}:Double")
    assert "React twice." in done.out
    assert "2.00" in done.out


def test_show_an_unknown_policy(sim: Command):
    done = sim("policies", "show", "tit_for_tatt")
    assert done.status == 2
    assert 'did you mean "tit_for_tat"?' in done.err


def test_fingerprints_are_the_rules():
    in_kind = {rung: {rung: 1.0} for rung in range(1, 7)}
    assert {a.provocation: a.rungs for a in fingerprint(SHIPPED["tit_for_tat"]())} == in_kind
    assert [a.multiplier for a in fingerprint(SHIPPED["none"]())] == [0.0] * 6
    assert {a.multiplier for a in fingerprint(SHIPPED["generous_tit_for_tat"](forgiveness=0.25))} == {0.75}
    climbing = fingerprint(SHIPPED["disproportionate"](climb=1.0))
    assert {a.provocation: a.rungs for a in climbing} == {r: {min(r + 1, 6): 1.0} for r in range(1, 7)}
    (third,) = (a for a in fingerprint(SHIPPED["disproportionate"](climb=0.5)) if a.provocation == 3)
    assert third.rungs[3] + third.rungs[4] == pytest.approx(1.0)
    assert third.rungs[3] == pytest.approx(0.5, abs=4 * 0.5 / 1000**0.5)


def test_show_writes_a_picture(sim: Command, tmp_path: Path):
    done = sim("policies", "show", "grim_trigger", "--picture", str(tmp_path / "grim.png"))
    assert done.status == 0
    assert (tmp_path / "grim.png").read_bytes().startswith(b"\x89PNG")
    lost = sim("policies", "show", "grim_trigger", "--picture", str(tmp_path / "nowhere" / "grim.png"))
    assert lost.status == 2
    assert len(lost.err.splitlines()) == 1
