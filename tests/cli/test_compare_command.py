"""``sim compare``: what lacks is swept, what is there is kept, and the difference is told in a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import Command
from tiny import BASE, FACTOR, write_scenario

from sim import open_results, state_answer

LESS = ("--set", "party.L.campaign_hazard=0", "--name", "less")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plain_pictures: None) -> Path:
    write_scenario(tmp_path, BASE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_scenario_is_compared_with_itself_changed_in_one_command(sim: Command, place: Path):
    done = sim("compare", "tiny.toml", *LESS, "--jobs", "1", "--quiet")
    assert (done.status, done.err) == (0, "")
    lines = done.out.splitlines()
    assert len(lines) <= 24
    changed = '"Tiny (less: Left: rate of a campaign = 0)"'
    assert f'Against "Tiny", {changed} lowers the simulated odds of a Left-Right war within 8 days' in " ".join(lines)
    assert "Q1 Left-Right war" in done.out
    assert (place / "results" / "report-tiny-less.html").is_file()
    assert "results/report-tiny-less.html" in done.out
    record = json.loads(sim("compare", "tiny.toml", *LESS, "--jobs", "1", "--quiet", "--json").out)
    change = {"setting": "party.L.campaign_hazard", "first": "lognormal(median 0.03, log_sd 0.3)", "second": "0"}
    assert record["settings"] == [change]
    assert record["difference"] in " ".join(done.out.split())
    stored = json.loads(sim("results", "compare", "tiny", "less", "--json").out)
    assert stored == {key: value for key, value in record.items() if key not in ("answer", "difference")}
    assert record["answer"] == state_answer(open_results("less")).record()


def test_what_is_there_is_kept_and_what_lacks_is_swept(sim: Command, place: Path):
    assert sim("sweep", "tiny.toml", "--jobs", "1", "--quiet").status == 0
    files = sorted((place / "results" / "tiny").rglob("*.*"))
    before = {path: path.stat().st_mtime_ns for path in files if path.name != "manifest.json"}
    done = sim("compare", "tiny.toml", *LESS, "--replicates", "20", "--jobs", "1")
    assert done.status == 0, done.err
    assert "tiny: 1/1 blocks, all there already" in done.err
    after = {path: path.stat().st_mtime_ns for path in before if path.name not in ("points.csv",)}
    assert after == {path: time for path, time in before.items() if path.name != "points.csv"}
    record = json.loads(sim("compare", "tiny", "less", "--json").out)
    assert {row["n"] for row in record["differences"]} == {20}


def test_results_scenarios_and_points_are_told_apart(sim: Command, place: Path):
    write_scenario(place, BASE + FACTOR, "climbing")
    done = sim("compare", "tiny.toml", "climbing.toml:1", "--out", "r", "--seed", "3", "--jobs", "1", "--json")
    record = json.loads(done.out)
    assert (record["first"], record["second"]) == ("tiny:0", "climbing:1")
    assert json.loads((place / "r" / "tiny" / "manifest.json").read_text(encoding="utf-8"))["seed"] == 3
    # A stored side says with which seed the other one is swept.
    write_scenario(place, BASE, "other")
    assert sim("compare", "r/climbing:0", "other.toml", "--out", "r", "--jobs", "1").status == 0
    assert json.loads((place / "r" / "other" / "manifest.json").read_text(encoding="utf-8"))["seed"] == 3
    both = sim("compare", "climbing.toml:0", "climbing.toml:1", "--out", "r", "--seed", "3", "--jobs", "1")
    assert both.status == 0
    assert "r/climbing/report.html" in both.out


def test_tables_without_blocks_are_refused_before_any_sweep(sim: Command, place: Path):
    assert sim("sweep", "tiny.toml", "--replicates", "20", "--jobs", "1").status == 0
    for block in (place / "results" / "tiny" / "blocks").iterdir():
        block.unlink()
    write_scenario(place, BASE, "other")
    for verb in (("compare", "other.toml"), ("results", "compare", "tiny")):
        done = sim(*verb, "tiny")
        assert done.status == 2
        assert "results/tiny: holds tables without the blocks whose histories are compared; `sim compare`" in done.err
    assert not (place / "results" / "other").exists()


def test_what_is_not_told_from_chance_says_so(sim: Command, place: Path):
    write_scenario(place, BASE, "same")
    done = sim("compare", "tiny.toml", "same.toml", "--jobs", "1", "--quiet")
    words = " ".join(done.out.split())
    assert "within 8 days of 7 November 2023; no history comes out otherwise: " in words
    assert "none differs" in done.out
    done = sim("compare", "tiny.toml", "--set", "party.L.campaign_hazard=0.02", "--jobs", "1", "--quiet")
    words = " ".join(done.out.split())
    assert "within 8 days of 7 November 2023 by more than chance does (-9.2 to +4.2 points)" in words


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("tiny.toml",), "compare: needs one thing to compare with: a second scenario or results folder, or --set and"),
        (("tiny.toml", "tiny.toml", *LESS), "compare: needs one thing to compare with"),
        (("tiny.toml", "tinny.toml"), "tinny.toml: is neither a scenario nor results; "),
        (("lebanon-2023/basline", "tiny.toml"), 'did you mean "lebanon-2023/baseline"?'),
        (("tiny.toml:1", "tiny.toml"), "tiny.toml:1: 1 does not exist; the points of tiny are 0 to 0"),
        (("tiny.toml", "folder/tiny.toml"), "tiny: two scenarios have this name, and so the same results folder"),
        (("tiny.toml", "--set", "world.mediation_added=7"), "options: --set world.mediation_added=7: 7.0 is out of"),
        (("tiny.toml", "--truce", "1:2", "--replicates", "0"), "--replicates: 0 is out of bounds"),
    ],
)
def test_what_cannot_be_compared_is_refused_before_any_sweep(
    sim: Command, place: Path, arguments: tuple[str, ...], sentence: str
):
    write_scenario(place / "folder", BASE.replace("seed = 7", "seed = 7\n") + "\n[[truce]]\nstart_day = 1\ndays = 1\n")
    done = sim("compare", *arguments)
    assert (done.status, done.out) == (2, "")
    assert sentence in done.err
    assert not (place / "results").exists()
