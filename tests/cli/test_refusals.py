"""Wishes that cannot be met: one sentence before any work is done, and nothing is written."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from command import Command, Done
from tiny import BASE, write_scenario

from sim.cli.console import print_json


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return write_scenario(tmp_path / "scenarios")


CHECKS = """
scenario = "tiny.toml"

[[check]]
text = "acts of the left"
statistic = "acts_per_day"
side = "side_a"
days = 8
reported = 1
source = "invented"

[[check]]
text = "war within eight days"
statistic = "odds"
question = "Q1"
days = 8
reported = 0.1
low = 0
high = 1
source = "invented"
"""


def refused(done: Done, *words: str) -> None:
    """One sentence with all words, nothing on the output, exit status 2."""
    assert (done.status, done.out) == (2, "")
    assert done.err.count("\n") == 1, done.err
    missing = [word for word in words if word not in done.err]
    assert not missing, f"{missing} not in: {done.err}"


def test_more_replicates_than_there_are_numbers_for_are_refused_before_they_are_planned(sim: Command, scenario: Path):
    done = sim("sweep", scenario, "--replicates", "99999999999999", "--plan")
    refused(done, "--replicates: 99999999999999 is out of bounds; it must be between 1 and 1,000,000,000")


@pytest.mark.parametrize("digits", [23, 400, 5000])
def test_a_number_of_any_length_in_a_scenario_is_refused(digits: int, sim: Command, scenario: Path):
    scenario.write_text(
        scenario.read_text(encoding="utf-8").replace("seed = 7", f"seed = {'9' * digits}"), encoding="utf-8"
    )
    refused(sim("scenario", "check", scenario), str(scenario), "out of bounds" if digits < 5000 else "not valid TOML")


def never(text: str) -> None:
    """What a strict reader of JSON does with NaN and Infinity."""
    raise AssertionError(f"{text} is no JSON")


def test_a_prior_check_prints_json_that_every_reader_knows(sim: Command, scenario: Path):
    checks = scenario.with_name("prior-check.toml")
    checks.write_text(CHECKS)
    done = sim("scenario", "prior-check", checks, "--replicates", "8", "--json")
    assert done.status == 0, done.err
    acts, war, *_ = json.loads(done.out, parse_constant=never)
    assert acts["q05"] <= acts["q95"]
    assert war["q50"] is None
    assert 0 <= war["mean"] <= 1


def test_two_prior_checks_of_one_text_are_refused(sim: Command, scenario: Path):
    checks = scenario.with_name("prior-check.toml")
    checks.write_text(CHECKS.replace("war within eight days", "acts of the left"))
    done = sim("scenario", "prior-check", checks, "--replicates", "8")
    refused(done, 'prior-check.toml: check[1].text: "acts of the left" stands twice')


def test_json_has_null_for_every_number_that_it_does_not_know(capsys: pytest.CaptureFixture[str]):
    print_json({"a": [math.nan, (math.inf, 1.5)], "b": {"c": -math.inf}, "d": True})
    assert json.loads(capsys.readouterr().out, parse_constant=never) == {
        "a": [None, [None, 1.5]],
        "b": {"c": None},
        "d": True,
    }


def test_a_factorial_of_more_points_than_memory_holds_is_refused_before_they_are_made(sim: Command, tmp_path: Path):
    keys = ("policy.L.climb", "party.L.resolve_baseline", "party.L.baseline", "party.R.baseline")
    levels = ", ".join(f"{i / 1000}" for i in range(200))
    factors = "".join(f'\n[[factor]]\nkey = "{key}"\nlevels = [{levels}]\n' for key in keys)
    done = sim("scenario", "check", write_scenario(tmp_path, BASE + factors))
    refused(done, "tiny.toml: factor: 1,600,000,000 points; at most 1,000,000")


@pytest.mark.parametrize("options", [("--replicates", "2000"), ("--replicate", "3"), ("--replicates", "1")])
def test_a_question_that_nobody_asks_is_refused_before_the_run(
    options: tuple[str, ...], sim: Command, scenario: Path, monkeypatch: pytest.MonkeyPatch
):
    def never_run(*arguments: object, **options: object) -> None:
        raise AssertionError("an ensemble was run first")

    monkeypatch.setattr("sim.sweeps.sweep.run_point", never_run)
    monkeypatch.setattr("sim.scenario.scenario.Scenario.ensemble", never_run)
    done = sim("run", scenario, *options, "--question", "Q99", "--horizon", "9")
    assert (done.status, done.out) == (2, "")
    assert '--question: "Q99" is not asked in tiny; ' in done.err
    assert "--horizon: 9 is out of bounds; it must be between 1 and 8 days" in done.err


def test_outcome_states_may_be_asked_of_a_run(sim: Command, scenario: Path):
    done = sim("run", scenario, "--replicates", "8", "--question", "O0", "--json", "--quiet", "--jobs", "1")
    assert done.status == 0, done.err
    assert {row["question"] for row in json.loads(done.out)["odds"]} == {"O0"}


def test_a_mark_of_byte_order_before_a_scenario_is_no_fault(sim: Command, scenario: Path):
    shown = sim("scenario", "show", scenario, "--json").out
    for path in scenario.parent.glob("*.toml"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert sim("scenario", "show", scenario, "--json").out == shown


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 'theatre: is missing: a scenario needs "theatre" or "base", and this one has neither'),
        ('theatre = ""', 'needs "theatre" or "base", and this one has neither'),
        (
            'theatre = "theatre.toml"\nbase = "other.toml"',
            'base: cannot stand beside "theatre"; a scenario needs one of them',
        ),
    ],
)
def test_what_a_scenario_starts_from_is_asked_for(text: str, words: str, sim: Command, scenario: Path):
    scenario.write_text(text, encoding="utf-8")
    refused(sim("scenario", "check", scenario), str(scenario), words)


def test_the_first_file_of_a_folder_needs_no_hint_at_others(sim: Command, tmp_path: Path):
    done = sim("scenario", "check", tmp_path / "none.toml")
    assert (done.status, done.err) == (2, f"sim: {tmp_path / 'none.toml'}: no such file\n")


def test_a_check_of_scenarios_prints_json_for_right_and_wrong_files(sim: Command, scenario: Path):
    wrong = scenario.with_name("wrong.toml")
    wrong.write_text(scenario.read_text(encoding="utf-8").replace("seed = 7", "seed = -7"))
    done = sim("scenario", "check", scenario, "--json")
    assert (done.status, done.err) == (0, "")
    assert json.loads(done.out) == [{"file": str(scenario), "ok": True, "problems": [], "notes": [], "record": ""}]
    done = sim("scenario", "check", wrong, scenario, "--json")
    bad, good = json.loads(done.out)
    assert (done.status, bad["ok"], good["ok"]) == (2, False, True)
    (problem,) = bad["problems"]
    assert done.err == f"sim: {problem}\n"
    assert "run.seed: -7 is out of bounds" in problem


def test_where_there_are_no_results_that_is_said(sim: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    words = "there is no such results folder; there are no results folders below"
    refused(sim("results", "show", "nowhere"), f"results/nowhere: {words} results")
    refused(sim("results", "show", tmp_path / "nowhere"), f"{tmp_path / 'nowhere'}: {words} {tmp_path}")
