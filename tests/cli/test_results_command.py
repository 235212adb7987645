"""``sim results``: list, show, compare, and what stands beside the odds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ally import LEVERS, PAIRS, write_with_allies
from command import Command
from tiny import BASE, write_scenario

from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    run_blocks(Scenario.load(write_scenario(folder)), folder / "results" / "tiny", replicates=60, seed=7)
    run_blocks(
        Scenario.load(write_scenario(folder, BASE, "plain")), folder / "results" / "plain", replicates=60, seed=7
    )
    for name, more in (("pulled", LEVERS), ("policy-pairs", PAIRS)):
        scenario = Scenario.load(write_with_allies(folder / "ally", more, name))
        run_blocks(scenario, folder / "ally" / "results" / name, replicates=48, seed=7)
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


def test_that_the_odds_were_set_is_said_only_where_a_source_says_so(sim: Command):
    assert "set so that" not in " ".join(sim("results", "show", "tiny").out.split())
    shipped = Path(__file__).parents[2] / "results" / "baseline"
    assert "The prior of h0 was set so that" in " ".join(sim("results", "show", str(shipped)).out.split())


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
        (["compare", "tiny:2", "plain"], "2 does not exist; the points of tiny are 0 to 1"),
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


def test_show_carries_the_split_and_the_drivers(sim: Command):
    done = sim("results", "show", "plain")
    assert "What the odds in % at 8 days rest on: s.d. in points" in done.out
    assert "Q1: what moves it most by 8 days" in done.out
    record = json.loads(sim("results", "show", "plain", "--json").out)
    assert {"se_monte_carlo", "sd_informed", "sd_judgement_se", "sd_interaction", "sd_policies"} <= record["odds"][
        0
    ].keys()
    assert record["drivers"][0]["rank"] == 1


@pytest.mark.parametrize(
    ("arguments", "shown", "key"),
    [
        (["drivers", "plain", "--question", "Q5"], "Q5: what moves it most by 8 days", "drivers"),
        (["entries", "ally/results/pulled"], "Who joined by day 8", "entries"),
        (["definitions", "plain"], "2 busy days in a week", "definitions"),
        (["definitions", "tiny", "--set", "campaign_days=1", "--point", "1"], "campaign_days=1", "definitions"),
        (["levers", "ally/results/pulled"], "fewer acts", "levers"),
        (["levers", "ally/results/pulled", "--against", "more acts"], "more acts:", "levers"),
        (["pairs", "ally/results/policy-pairs"], "regret of each policy", "pairs"),
    ],
)
def test_what_stands_beside_the_odds(arguments: list[str], shown: str, key: str, sim: Command):
    done = sim("results", *arguments)
    assert done.status == 0, done.err
    assert shown in done.out
    assert max(map(len, done.out.splitlines())) <= 100
    assert json.loads(sim("results", *arguments, "--json").out)[key]
    assert "| :--- |" in sim("results", *arguments, "--markdown").out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["drivers", "plain", "--question", "Q7"], "is not asked here"),
        (["entries", "plain"], "no party may join the war"),
        (["definitions", "plain", "--set", "campain_days=1"], 'did you mean "definition.campaign_days"'),
        (["definitions", "tiny", "--point", "2"], "the points of tiny are 0 to 1"),
        (["levers", "ally/results/pulled", "--against", "fewer"], 'did you mean "fewer acts"'),
        (["levers", "plain"], "needs two points"),
        (["pairs", "tiny"], "varies more or less than the policies of two parties"),
    ],
)
def test_what_does_not_stand_there_is_refused(arguments: list[str], message: str, sim: Command):
    done = sim("results", *arguments)
    assert done.status == 2
    assert message in done.err
    assert done.out == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["drivers", "baseline", "--question", "Q1", "--horizon", "60"], "horizon_days 60 was not kept"),
        (["discover", "uncertainty", "--question", "Q2"], 'outcome "Q2", horizon_days 180, method "prim" was not kept'),
        (["discover", "uncertainty", "--method", "cart"], 'method "cart" was not kept'),
        (["sensitivity", "uncertainty", "--question", "Q2"], 'outcome "Q2", horizon_days 180 was not kept'),
        (["definitions", "levers", "--point", "5"], "(kept of point: 0)"),
        (["definitions", "baseline", "--set", "definition.campaign_days=4"], '"campaign_days = 4" was not kept'),
        (["levers", "levers", "--against", "mediation"], "(kept of against: as it is)"),
        (["pairs", "policy-pairs", "--question", "O1"], "was not kept"),
    ],
)
def test_what_a_folder_without_blocks_did_not_keep_is_refused(arguments: list[str], message: str, sim: Command):
    verb, name, *more = arguments
    done = sim("results", verb, Path(__file__).parents[2] / "results" / name, *more)
    assert done.status == 2
    assert message in done.err
    assert "sim sweep" in done.err
    assert done.out == ""
    assert "Traceback" not in done.err
