"""What-ifs on the command line: every verb takes them, a file of the same words has the same blocks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import Command
from tiny import BASE, write_scenario

WORDS = ("--set", "world.mediation_added=0.3", "--set", "policy.R=generous_tit_for_tat", "--truce", "2:3")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plain_pictures: None) -> Path:
    write_scenario(tmp_path, BASE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def blocks(folder: Path) -> dict[str, bytes]:
    found = {path.name: path.read_bytes() for path in sorted((folder / "blocks").glob("*.parquet"))}
    assert found
    return found


def test_words_and_the_file_written_from_them_have_the_same_blocks(sim: Command, place: Path):
    assert sim("sweep", "tiny.toml", *WORDS, "--name", "mine", "--out", "words", "--jobs", "1").status == 0
    done = sim("scenario", "new", "mine", "--base", "tiny.toml", *WORDS, "--out", "files.toml")
    assert done.status == 0, done.err
    assert done.out.splitlines()[-2:] == ["  sim sweep files.toml", "  sim compare tiny.toml files.toml"]
    assert sim("scenario", "check", "files.toml").status == 0
    assert sim("sweep", "files.toml", "--out", "files", "--jobs", "1").status == 0
    assert blocks(place / "words" / "mine") == blocks(place / "files" / "files")
    found = json.loads((place / "words" / "mine" / "manifest.json").read_text(encoding="utf-8"))
    assert found["name"] == "mine"
    assert found["title"].startswith(
        "Tiny (mine: added mediation = 0.3, policy of Right = generous_tit_for_tat, a truce"
    )
    assert found["sources"]["world.mediation_added"] == "assumption: set on the command line"


def test_the_same_words_go_on_and_others_under_one_name_are_refused(sim: Command, place: Path, quick_workers: None):
    command = ("sweep", "tiny.toml", *WORDS, "--name", "mine", "--out", "r")
    assert sim(*command, "--replicates", "20", "--jobs", "1").status == 0
    before = blocks(place / "r" / "mine")
    assert sim(*command, "--jobs", "2").status == 0
    assert sim("sweep", "tiny.toml", *WORDS, "--name", "mine", "--out", "whole", "--jobs", "1").status == 0
    assert blocks(place / "r" / "mine") == blocks(place / "whole" / "mine") != before
    done = sim("sweep", "tiny.toml", "--truce", "2:3", "--name", "mine", "--out", "r")
    assert done.status == 2
    assert "; policies.base.R was generous_tit_for_tat, is tit_for_tat;" in done.err


def test_a_sweep_without_a_name_is_found_again(sim: Command, place: Path):
    done = sim("sweep", "tiny.toml", "--set", "world.mediation_added=0.3", "--replicates", "20", "--out", "r")
    assert done.status == 0, done.err
    assert [path.name for path in (place / "r").iterdir()] == ["tiny-mediation_added-0.3"]


def test_run_show_check_and_solve_take_the_words(sim: Command, place: Path):
    run = json.loads(sim("run", "tiny.toml", *WORDS, "--replicates", "20", "--days", "5", "--json").out)
    assert run["manifest"]["title"].startswith("Tiny (added mediation = 0.3, policy of Right = generous_tit_for_tat")
    shown = json.loads(sim("scenario", "show", "tiny.toml", *WORDS, "--name", "x", "--json").out)
    setting = next(one for one in shown["settings"] if one["key"] == "world.mediation_added")
    assert (shown["name"], setting["value"], setting["file"]) == ("x", "0.3", "x.toml")
    assert sim("scenario", "check", "tiny.toml", *WORDS).status == 0
    asked = ("--factor", "party.L.baseline", "--question", "Q1", "--horizon", "5", "--odds", "0.5", "--high", "3")
    plain, changed = (
        json.loads(sim("solve", "tiny.toml", *words, *asked, "--replicates", "20", "--json", "--quiet").out)
        for words in ((), ("--set", "party.L.campaign_hazard=1"))
    )
    assert plain["readings"] != changed["readings"]


@pytest.mark.parametrize("verb", [("sweep",), ("run",), ("scenario", "show"), ("scenario", "check")])
def test_a_wrong_word_ends_every_verb_with_one_sentence(sim: Command, place: Path, verb: tuple[str, ...]):
    done = sim(*verb, "tiny.toml", "--set", "world.mediation_added=7")
    assert (done.status, done.out) == (2, "")
    sentence = "7.0 is out of bounds; mediation_added must be between -1 and 1 [1]"
    assert done.err == f"sim: options: --set world.mediation_added=7: {sentence}\n"
    assert sorted(path.name for path in place.iterdir()) == ["theatre.toml", "tiny.toml"]


def test_one_name_for_two_scenarios_is_refused(sim: Command, place: Path):
    write_scenario(place, BASE, "other")
    done = sim("sweep", "tiny.toml", "other.toml", "--name", "mine")
    assert done.status == 2
    assert done.err.endswith("sim: mine: two scenarios have this name, and so the same results folder\n")


def test_a_new_scenario_overwrites_nothing_and_writes_nothing_wrong(sim: Command, place: Path):
    made = ("scenario", "new", "mine", "--base", "tiny.toml")
    assert sim(*made).status == 0
    before = (place / "mine.toml").read_bytes()
    done = sim(*made, "--truce", "1:2")
    assert (done.status, (place / "mine.toml").read_bytes()) == (2, before)
    assert "mine.toml: is there already; --replace writes it anew" in done.err
    assert sim(*made, "--truce", "1:9999", "--replace").status == 2
    assert (place / "mine.toml").read_bytes() == before
    assert sim(*made, "--truce", "1:2", "--replace").status == 0
    assert (place / "mine.toml").read_bytes() != before
    (place / "folder").mkdir()
    assert sim(*made, "--out", "folder").status == 0
    assert (place / "folder" / "mine.toml").read_text(encoding="utf-8").count('base = "../tiny.toml"') == 1
    assert sim("scenario", "check", "folder/mine.toml").status == 0
    for name in ("../mine", "a/b", "\x1b[31m"):
        assert sim("scenario", "new", name, "--base", "tiny.toml").status == 2
    assert not (place.parent / "mine.toml").exists()


def test_a_base_that_is_not_there_is_told_with_the_nearest(sim: Command, place: Path):
    done = sim("scenario", "new", "mine", "--base", "lebanon-2023/basline")
    assert done.status == 2
    assert 'did you mean "lebanon-2023/baseline"?' in done.err
    assert not (place / "mine.toml").exists()
