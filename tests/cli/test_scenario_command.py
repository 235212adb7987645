"""``sim scenario``: list, check, show."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import Command
from tiny import BASE, FACTOR, write_scenario

SHIPPED = Path(__file__).parents[2] / "scenarios"


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return write_scenario(tmp_path)


def test_list_finds_scenarios_and_leaves_theatres_out(sim: Command, scenario: Path):
    rows = json.loads(sim("scenario", "list", scenario.parent, "--json").out)
    assert [(Path(row["file"]).name, row["points"]) for row in rows] == [("tiny.toml", 2)]
    assert "Tiny" in sim("scenario", "list", scenario.parent).out
    assert sim("scenario", "list", scenario.parent / "nowhere").status == 2


def test_at_least_six_scenarios_are_shipped_and_right(sim: Command):
    rows = json.loads(sim("scenario", "list", SHIPPED, "--json").out)
    assert len(rows) >= 6
    done = sim("scenario", "check", *(row["file"] for row in rows))
    assert done.status == 0
    assert done.out.count(": ok") == len(rows)


def test_check_tells_every_problem(sim: Command, scenario: Path):
    bad = write_scenario(
        scenario.parent, (BASE + FACTOR).replace("disproportionate", "disproportional") + "\n[extra]\nx = 1\n", "bad"
    )
    done = sim("scenario", "check", scenario, bad)
    assert done.status == 2
    assert 'did you mean "disproportionate"?' in done.err
    assert "extra" in done.err
    assert "Traceback" not in done.err
    assert done.out == ""


def test_show_gives_every_value_with_its_source(sim: Command, scenario: Path):
    done = sim("scenario", "show", scenario, "--point", "1")
    assert done.status == 0
    assert "point 1: policy.L.climb = 0.9" in done.out
    assert "Stated in theatre.toml" in done.out
    assert "[acts/day]" in done.out
    assert "none informed by a fit, none from literature, " in done.out
    assert max(map(len, done.out.splitlines())) <= 100
    shown = json.loads(sim("scenario", "show", scenario, "--json").out)
    assert shown["name"] == "tiny"
    assert {"key", "value", "unit", "source", "spread_source", "label", "file", "meaning"} == shown["settings"][
        0
    ].keys()
    assert shown["resolved"]["factors"] == {"policy.L.climb": ["0", "0.9"]}


def test_show_refuses_a_point_that_is_not_there(sim: Command, scenario: Path):
    done = sim("scenario", "show", scenario, "--point", "2")
    assert done.status == 2
    assert "--point: 2 does not exist" in done.err


def test_schema_is_printed_for_both_kinds_of_files(sim: Command):
    titles = [json.loads(sim("scenario", "schema", *more).out)["title"] for more in ((), ("--theatre",))]
    assert titles == ["Scenario of sim", "Theatre of sim"]


def test_a_shipped_scenario_is_named_in_every_place_of_a_file(sim: Command):
    assert sim("scenario", "check", "symmetric/tit-for-tat").out == "symmetric/tit-for-tat: ok\n"
    done = sim("scenario", "show", "symmetric/tit-for-tatt")
    assert done.status == 2
    assert 'did you mean "symmetric/tit-for-tat"?' in done.err
