"""``sim run``: odds of one ensemble, or the story of one replicate."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import Command
from tiny import BASE, FACTOR, write_scenario


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return write_scenario(tmp_path)


def test_one_ensemble_prints_odds_and_writes_nothing(sim: Command, scenario: Path):
    before = sorted(scenario.parent.rglob("*"))
    done = sim("run", scenario, "--point", "1", "--replicates", "30")
    assert done.status == 0
    assert done.out.startswith(
        'Tiny\n\nUnder the assumptions of "Tiny" (Left: chance of climbing 0.9), 7 of 30 simulated histories'
    )
    assert "Odds in %, with 95 % intervals, of 30 histories\n" in done.out
    assert "\nQ1 Left-Right war " in done.out
    assert done.out.endswith(f"report   none: nothing was written\nkeep it  sim sweep {scenario} --replicates 30\n")
    assert "blocks" in done.err
    assert max(map(len, done.out.splitlines()[:-1])) <= 100
    assert sorted(scenario.parent.rglob("*")) == before


def test_quiet_says_nothing_on_stderr_and_json_is_json(sim: Command, scenario: Path):
    done = sim("run", scenario, "--replicates", "10", "--json", "--quiet")
    assert done.err == ""
    record = json.loads(done.out)
    assert {row["question"] for row in record["odds"]} == {"Q1", "Q5", "Q8", "O0", "O1", "O2", "O3", "O4"}
    assert record["manifest"]["seed"] == 7
    assert record["notes"]
    assert {row["location"] for row in record["killed"]} == {"Leftland", "Rightland"}


def test_fewer_days_show_the_days_that_were_run(sim: Command, scenario: Path):
    record = json.loads(sim("run", scenario, "--replicates", "10", "--days", "6", "--json").out)
    assert {row["horizon_days"] for row in record["odds"] if row["question"] == "Q1"} == {2, 5, 6}
    assert {row["horizon_days"] for row in record["odds"] if row["question"] == "O1"} == {2, 5, 6}
    assert sim("run", scenario, "--replicates", "10", "--days", "1").status == 0


def test_questions_and_days_come_in_the_order_asked_and_a_shorter_run_is_the_beginning_of_a_longer(
    sim: Command, scenario: Path
):
    few = ("--replicates", "48", "--no-rare", "--jobs", "1", "--json")
    asked = ("--question", "Q5", "--question", "Q1", "--horizon", "7", "--horizon", "3")
    rows = json.loads(sim("run", scenario, *few, *asked).out)["odds"]
    events = {(row["question"], row["horizon_days"]): row["events"] for row in rows}
    assert list(events) == [("Q5", 7), ("Q5", 3), ("Q1", 7), ("Q1", 3)]
    shorter = json.loads(sim("run", scenario, *few, "--days", "5", "--question", "Q1").out)["odds"]
    by_day = {row["horizon_days"]: row["events"] for row in shorter}
    assert list(by_day) == [2, 5]
    assert by_day[2] <= events["Q1", 3] <= by_day[5] <= events["Q1", 7]


def test_one_replicate_is_told_day_by_day(sim: Command, scenario: Path):
    done = sim("run", scenario, "--replicates", "1")
    assert done.status == 0
    assert "One history of many, no forecast." in done.out
    assert "day   1  2023-11-07  " in done.out
    assert "day   8  2023-11-14  " in done.out
    assert "Q1  Left-Right war" in done.out
    assert done.err == ""


def test_any_replicate_of_the_ensemble_can_be_told(sim: Command, scenario: Path):
    first = json.loads(sim("run", scenario, "--replicates", "1", "--json").out)
    same = json.loads(sim("run", scenario, "--replicate", "0", "--json").out)
    other = json.loads(sim("run", scenario, "--replicate", "11", "--json").out)
    assert first == same
    assert other["replicate"] == 11
    assert other["lines"] != first["lines"]
    assert {"day", "date", "text"} == first["lines"][0].keys()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--replicates", "0"], "--replicates: 0 is out of bounds; it must be between 1 and 1,000,000,000"),
        (["--replicates", "-3"], "--replicates: -3 is out of bounds"),
        (["--seed", "-1"], "--seed: -1 is out of bounds"),
        (["--jobs", "0"], "--jobs: 0 is out of bounds"),
        (["--point", "2"], "--point: 2 does not exist; the points of tiny are 0 to 1"),
        (["--point", "-1"], "--point: -1 does not exist"),
        (["--days", "9"], "--days: 9 is out of bounds; it must be between 1 and 8"),
        (["--replicate", "-1"], "--replicate: -1 is out of bounds"),
        (["--replicate", "9" * 23], "is out of bounds; replicates are counted from 0 to 999,999,999"),
        (["--replicates", "9" * 400], "is out of bounds; it must be between 1 and 1,000,000,000"),
        (["--seed", str(2**63)], "is out of bounds; it must be between 0 and 9,223,372,036,854,775,807"),
        (["--at", f"0/1/{2**63}"], "is out of bounds; it must be between 0 and 9,223,372,036,854,775,807"),
    ],
)
def test_impossible_numbers_are_one_sentence(options: list[str], message: str, sim: Command, scenario: Path):
    done = sim("run", scenario, *options)
    assert done.status == 2
    assert message in done.err
    assert done.err.count("\n") == 1
    assert done.out == ""


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ("raise RuntimeError('no idea')", "RuntimeError: no idea"),
        ("return Response([1.0, 2.0, 3.0], 1)", "policy"),
        ("return None", "policy"),
    ],
)
def test_a_policy_that_fails_is_one_sentence(policy: str, message: str, sim: Command, tmp_path: Path):
    (tmp_path / "rules.py").write_text(
        "from dataclasses import dataclass\nfrom sim.policies import Policy, Response\n\n"
        f"@dataclass(frozen=True)\nclass Bad(Policy):\n    def respond(self, view, draw):\n        {policy}\n"
    )
    path = write_scenario(tmp_path, (BASE + FACTOR).replace('"tit_for_tat"', '"rules.py:Bad"'))
    done = sim("run", path, "--replicates", "4")
    assert done.status == 2
    assert message in done.err
    assert "Traceback" not in done.err
