"""``sim results``: list, show, compare."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import Command
from tiny import BASE, write_scenario

from sim.scenario import Scenario
from sim.sweep import run


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    run(Scenario.load(write_scenario(folder)), folder / "results" / "tiny", replicates=60, seed=7)
    run(Scenario.load(write_scenario(folder, BASE, "plain")), folder / "results" / "plain", replicates=60, seed=7)
    return folder


@pytest.fixture(autouse=True)
def _there(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)


def test_list(sim: Command):
    done = sim("results", "list")
    assert done.status == 0
    assert "tiny" in done.out
    assert "plain" in done.out
    assert [row["name"] for row in json.loads(sim("results", "list", "results", "--json").out)] == ["plain", "tiny"]
    assert "no results" in sim("results", "list", ".").out
    assert sim("results", "list", "nowhere").status == 2


def test_show_by_name_and_by_path(sim: Command):
    done = sim("results", "show", "tiny")
    assert done.status == 0
    assert done.err == ""
    assert "point  policy.L.climb" in done.out
    assert "Reference class" in done.out
    assert max(map(len, done.out.splitlines())) <= 100
    assert sim("results", "show", "results/tiny").out == done.out


def test_show_one_question_at_one_day(sim: Command):
    done = sim("results", "show", "tiny", "--question", "Q1", "--horizon", "4", "--json")
    record = json.loads(done.out)
    assert [(row["question"], row["horizon_days"], row["point"]) for row in record["odds"]] == [
        ("Q1", 4, 0),
        ("Q1", 4, 1),
    ]
    assert record["killed"] == []
    assert sim("results", "show", "tiny", "--question", "Q1", "--horizon", "4").status == 0


def test_show_as_markdown(sim: Command):
    done = sim("results", "show", "plain", "--markdown")
    assert "| question | 2 days | 5 days | 8 days |" in done.out
    assert "- Reference class" in done.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "tinny"], 'did you mean "tiny"?'),
        (["show", "results"], "not a results folder"),
        (["show", "tiny", "--question", "Q2"], "is not asked here"),
        (["show", "tiny", "--horizon", "0"], "must be between 1 and 8 days"),
        (["compare", "tiny:5", "plain"], "there is no point 5"),
        (["compare", "tiny", "plain", "--question", "Q9"], "not asked in both"),
    ],
)
def test_what_is_not_there_is_refused(arguments: list[str], message: str, sim: Command):
    done = sim("results", *arguments)
    assert done.status == 2
    assert message in done.err
    assert done.out == ""
    assert "Traceback" not in done.err


def test_compare(sim: Command):
    done = sim("results", "compare", "tiny:0", "tiny:1", "--question", "Q5")
    assert done.status == 0
    assert "s.e. paired" in done.out
    record = json.loads(sim("results", "compare", "plain", "tiny:1", "--json").out)
    assert {"difference", "se_paired", "se_independent", "gain"} <= record["differences"][0].keys()
    assert "| question | days |" in sim("results", "compare", "plain", "tiny", "--markdown").out
