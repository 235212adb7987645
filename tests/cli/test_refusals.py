"""Wishes that cannot be met: one sentence before any work is done, and nothing is written."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from command import Command, Done
from tiny import BASE, write_scenario

from sim.cli.printing import print_json


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
    refused(done, "--replicates: 99999999999999 is out of bounds; it must be at most 1,000,000,000")


@pytest.mark.parametrize("digits", [23, 400, 5000])
def test_a_number_of_any_length_in_a_scenario_is_refused(digits: int, sim: Command, scenario: Path):
    scenario.write_text(scenario.read_text().replace("seed = 7", f"seed = {'9' * digits}"))
    refused(sim("scenario", "check", scenario), str(scenario), "out of bounds" if digits < 5000 else "not valid TOML")


def never(text: str) -> None:
    """What a strict reader of JSON does with NaN and Infinity."""
    raise AssertionError(f"{text} is no JSON")


def test_a_prior_check_prints_json_that_every_reader_knows(sim: Command, scenario: Path):
    checks = scenario.with_name("prior-check.toml")
    checks.write_text(CHECKS)
    done = sim("scenario", "prior-check", checks, "--replicates", "8", "--json")
    assert done.status == 0, done.err
    acts, war = json.loads(done.out, parse_constant=never)
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
