"""``sim doctor``: one screen, the same as JSON, an exit status; and the line that says that the engine is compiled."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from command import Command

import sim as package
from sim.cli.console import announce_compilation
from sim.core import installation
from sim.core.compile_notice import LISTENERS, give_notice
from sim.sweeps import self_test


def test_one_screen_says_what_there_is(sim: Command):
    done = sim("doctor")
    assert (done.status, done.err) == (0, "")
    assert len(done.out.splitlines()) < 24
    heads = [line.partition(":")[0] for line in done.out.splitlines() if not line.startswith(" ")]
    assert heads == ["versions", "compiled code", "cores", "memory", "extras", "writable", "self-test"]


def test_programs_get_the_same_as_json(sim: Command):
    done = sim("doctor", "--json")
    found = {row["name"]: row["facts"] for row in json.loads(done.out)}
    assert done.status == 0
    assert {"python", "numpy", "numba"} <= found["versions"].keys()
    assert found["versions"]["escalation-sim"] == package.__version__
    assert Path(found["compiled code"]["folder"]).is_absolute()
    assert found["cores"]["cores"] >= 1
    assert found["memory"]["all_gb"] >= found["memory"]["free_gb"] > 0
    assert found["extras"].keys() >= {"cluster", "docs", "explore", "test", "view"}
    assert found["writable"] == {"results": True, "temporary": True}
    assert found["self-test"]["same"]
    assert found["self-test"]["found"] == self_test.KNOWN
    assert found["self-test"]["seconds"] > 0


def test_the_self_test_says_how_fast_and_that_the_odds_are_those_shipped(sim: Command):
    words = " ".join(sim("doctor").out.split())
    assert re.search(
        r"self-test: 200 histories of 30 days of symmetric/tit-for-tat in [\d.]+ s, [\d,]+ a second; the same odds as "
        r"shipped: yes",
        words,
    )


def test_other_odds_than_those_shipped_are_wrong(sim: Command, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(self_test, "KNOWN", self_test.KNOWN | {"Q5": 12})
    done = sim("doctor")
    assert done.status == 1
    assert "self-test: wrong: 200 histories" in done.out
    assert "the same odds as shipped: no, {'Q1': 5, 'Q5': 11" in " ".join(done.out.split())


def test_places_that_cannot_be_written_are_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "results").write_text("a file")
    aspect = self_test.examine_places(tmp_path / "results")
    assert aspect.verdict == installation.WRONG
    assert f"results nowhere ({tmp_path / 'results'}: it needs a folder, and" in aspect.words
    monkeypatch.setattr(self_test.tempfile, "gettempdir", lambda: str(tmp_path / "results"))
    assert self_test.examine_places(tmp_path).facts == {"results": True, "temporary": False}


def test_an_uncompiled_engine_is_not_tested(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(self_test, "IS_COMPILED", False)
    assert self_test.run_self_test().verdict == installation.WARNING


def test_a_folder_that_cannot_be_written_is_a_warning(sim: Command, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sim.core.compilation.can_keep", lambda: False)
    done = sim("doctor")
    assert done.status == 0
    assert "compiled code: warning: " in done.out
    assert "cannot be written, so each process compiles anew" in " ".join(done.out.split())


def test_a_package_that_is_missing_is_wrong(sim: Command, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(installation, "_requirements", lambda: {"": ["no-such-package"], "cluster": ["neither-this"]})
    done = sim("doctor")
    assert done.status == 1
    assert "no-such-package is missing" in " ".join(done.out.split())
    assert "cluster not there" in done.out


@pytest.mark.parametrize(("options", "lines"), [((), 1), (("--quiet",), 0)])
def test_the_engine_is_said_to_be_compiled_in_one_line_or_none(
    options: tuple[str, ...], lines: int, sim: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr("sim.cli.announce_compilation", announce_compilation)
    monkeypatch.setattr("sim.scenario.scenario.find_scenario", lambda path: give_notice() or give_notice() or path)
    done = sim("run", tmp_path / "a.toml", *options)
    assert done.err.count("\n") == 1 + lines, "the file is not there"
    assert LISTENERS == []


def test_that_line(capsys: pytest.CaptureFixture[str]):
    announce_compilation()
    give_notice()
    give_notice()
    assert capsys.readouterr().err == (
        "sim: compiling the engine for theatres of this size, once on this machine: 20 s or so\n"
    )
