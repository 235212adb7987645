"""``sim sweep``: from scenario files to odds, whatever happens in between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command import Command
from forms import forms
from slow_policy import BLOCK, REPLICATES, begin, make_slow, write_slow_scenario
from tiny import BASE, FACTOR, write_scenario

from sim import open_results, state_answer

ROOT = Path(__file__).parents[2]
ALL = ("--replicates", str(REPLICATES))


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return write_scenario(tmp_path / "scenarios")


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_sweep_writes_a_folder_and_prints_its_odds(sim: Command, scenario: Path, tmp_path: Path):
    done = sim("sweep", scenario, "--out", tmp_path / "out", "--jobs", "1")
    assert done.status == 0
    assert "Q1 Left-Right war: odds in %, with 95 % intervals, of 40 histories each\n" in done.out
    assert "A statement about the model, not a forecast." in done.out
    out = tmp_path / "out" / "tiny"
    assert done.out.endswith(f"report  {out}/report.html\nmore    sim results show {out}\n")
    assert "2/2 blocks" in done.err
    names = {path.name for path in (tmp_path / "out" / "tiny").iterdir()}
    tables = {"odds.csv", "variance.csv", "killed.csv", "drivers.csv", "incidence.csv", "definitions.csv", "fan.csv"}
    tables |= {"ladder.csv", "curve.csv", "given.csv", "histories.csv", "dyads.csv"}
    assert names == {"manifest.json", "points.csv", "blocks", "kept", "report.html"} | tables
    before = files(tmp_path / "out")
    assert before["tiny/report.html"].count(b"<svg") >= 4
    again = sim("sweep", scenario, "--out", tmp_path / "out", "--jobs", "1")
    assert again.out == done.out
    assert "all there already" in again.err
    assert files(tmp_path / "out") == before, "pictures, too, are the same bytes"


@pytest.mark.usefixtures("plain_pictures")
def test_several_scenarios_get_a_folder_each(sim: Command, scenario: Path, tmp_path: Path):
    other = write_scenario(scenario.parent, BASE, "plain")
    done = sim(
        "sweep", scenario, other, "--replicates", "6", "--out", tmp_path / "out", "--jobs", "1", "--json", "--quiet"
    )
    assert done.err == ""
    assert [record["manifest"]["name"] for record in json.loads(done.out)] == ["tiny", "plain"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"tiny", "plain"}


def test_two_scenarios_of_one_name_are_refused(sim: Command, scenario: Path, tmp_path: Path):
    other = write_scenario(tmp_path / "elsewhere")
    done = sim("sweep", scenario, other, "--out", tmp_path / "out")
    assert done.status == 2
    assert "two scenarios have this name" in done.err
    assert not (tmp_path / "out").exists()


def test_plan_writes_nothing(sim: Command, scenario: Path, tmp_path: Path):
    done = sim("sweep", scenario, "--plan", "--replicates", "5000", "--jobs", "2", "--out", tmp_path / "out")
    assert done.status == 0
    assert "2 points × 5,000 replicates × 8 days = 10,000 runs in 4 blocks" in " ".join(done.out.split())
    assert not (tmp_path / "out").exists()
    (record,) = json.loads(sim("sweep", scenario, "--plan", "--json").out)
    assert record["runs"] == 80


@pytest.mark.parametrize("option", [("--replicates", "0"), ("--jobs", "-1"), ("--seed", "-4")])
def test_impossible_numbers_are_one_sentence(option: tuple[str, str], sim: Command, scenario: Path, tmp_path: Path):
    done = sim("sweep", scenario, *option, "--out", tmp_path / "out")
    assert done.status == 2
    assert f"{option[0]}: {option[1]} is out of bounds" in done.err
    assert done.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_every_problem_of_every_file_is_told_at_once(sim: Command, scenario: Path, tmp_path: Path):
    first = write_scenario(scenario.parent, BASE.replace("climb", "x") + "\nnonsense = 1\n", "first")
    second = tmp_path / "second.toml"
    second.write_text("title = [")
    done = sim("sweep", first, second, tmp_path / "third.toml", "--out", tmp_path / "out")
    assert done.status == 2
    assert all(name in done.err for name in ("first.toml", "second.toml", "third.toml"))
    assert "Traceback" not in done.err
    assert not (tmp_path / "out").exists()


def test_the_fault_of_the_last_scenario_is_met_before_the_first_runs(sim: Command, scenario: Path, tmp_path: Path):
    (scenario.parent / "rules.py").write_text(
        "from dataclasses import dataclass\nfrom sim.policies import Policy\n\n"
        "@dataclass(frozen=True)\nclass Bad(Policy):\n    def respond(self, view, draw):\n        return 1 / 0\n"
    )
    bad = write_scenario(scenario.parent, (BASE + FACTOR).replace('"tit_for_tat"', '"rules.py:Bad"'), "bad")
    done = sim("sweep", scenario, bad, "--out", tmp_path / "out")
    assert done.status == 2
    assert "ZeroDivisionError" in done.err
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written_is_refused_before_any_work(sim: Command, scenario: Path, tmp_path: Path):
    (tmp_path / "file").write_text("")
    done = sim("sweep", scenario, "--out", tmp_path / "file")
    assert done.status == 2
    assert "is a file" in done.err
    assert done.err.count("\n") == 1


COMMAND = """
import multiprocessing, sys
from sim.cli import main
if __name__ == "__main__":
    begin = multiprocessing.get_context
    multiprocessing.get_context = lambda kind: begin("{}")
    main()
"""


def begun(scenario: Path, out: Path, how: str) -> subprocess.Popen[str]:
    """Start a sweep of slow blocks in a process group of its own, and wait until it has written one more.

    Workers are started as multiprocessing calls it: by ``spawn``, which loads all anew, or in no time by ``fork``.
    """
    before = len(list(out.glob("tiny/blocks/p*")))
    (scenario.parent / "command.py").write_text(COMMAND.format(how))
    process = subprocess.Popen(
        # A shell lets what it runs in the background ignore Ctrl-C, and that is inherited.
        [
            *(
                "env",
                "--default-signal=INT",
                sys.executable,
                str(scenario.parent / "command.py"),
                "sweep",
                str(scenario),
            ),
            *(*ALL, "--jobs", "2", "--out", str(out)),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    deadline = time.monotonic() + 90
    while len(list(out.glob("tiny/blocks/p*"))) <= before and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert process.poll() is None, process.communicate()
    return process


def alive(group: int) -> list[str]:
    """Return the commands of the processes of a group that still run."""
    listing = subprocess.run(["ps", "-eo", "pgid=,stat=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(maxsplit=2) for line in listing.splitlines()]
    return [row[2] for row in rows if int(row[0]) == group and not row[1].startswith("Z")]


@pytest.mark.parametrize(("first", "second"), forms([("spawn", "fork")], [("fork", "spawn")]))
@pytest.mark.usefixtures("plain_pictures")
def test_a_sweep_that_is_killed_and_then_interrupted_goes_on_to_the_same_bytes(
    first: str, second: str, sim: Command, tmp_path: Path
):
    scenario = write_slow_scenario(tmp_path / "scenarios")
    begin(scenario, tmp_path / "out")
    make_slow(scenario)
    killed = begun(scenario, tmp_path / "out", first)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    deadline = time.monotonic() + 20
    while alive(killed.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert alive(killed.pid) == [], "workers outlive their parent"

    interrupted = begun(scenario, tmp_path / "out", second)
    began = time.monotonic()
    os.killpg(interrupted.pid, signal.SIGINT)
    out, err = interrupted.communicate(timeout=20)
    assert time.monotonic() - began < 10
    assert interrupted.returncode == 130
    assert out == ""
    assert "interrupted; the blocks that were done are kept" in err
    assert "Traceback" not in err
    assert not list((tmp_path / "out").rglob(".tmp-*"))
    assert len(list((tmp_path / "out").glob("tiny/blocks/p*"))) < 2 * REPLICATES / BLOCK, "it was not in the midst"

    make_slow(scenario, False)
    begin(scenario, tmp_path / "fresh")
    for name in ("out", "fresh"):
        assert sim("sweep", scenario, *ALL, "--jobs", "1", "--out", tmp_path / name).status == 0
    assert files(tmp_path / "out") == files(tmp_path / "fresh")


def test_the_answer_is_one_and_the_same_on_the_screen_in_json_and_from_python(
    sim: Command, scenario: Path, tmp_path: Path
):
    chosen = ("--question", "Q5", "--horizon", "5")
    options = (*chosen, "--days", "6", "--jobs", "1", "--out", tmp_path / "out")
    screen = sim("sweep", scenario, *options).out
    (record,) = json.loads(sim("sweep", scenario, *options, "--json", "--quiet").out)
    results = open_results(tmp_path / "out" / "tiny")
    answer = state_answer(results, "Q5", 5)
    assert record["answer"] == answer.record()
    assert json.loads(sim("results", "show", results.path, *chosen, "--json").out)["answer"] == answer.record()
    assert answer.sentence[:-1] in " ".join(screen.split())
    assert "within 5 days" in answer.sentence
    assert len(screen.splitlines()) <= 24
    assert results.manifest["horizons"] == [2, 5, 6], "the run is shorter"
