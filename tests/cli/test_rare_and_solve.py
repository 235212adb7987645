"""``sim run --rare`` and ``sim solve`` as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import Command, Done, run
from tiny import write_scenario

QUICK = ("--replicates", "64", "--histories", "16", "--repetitions", "4", "--quiet")
ALONE = ("--jobs", "1")
ASKED = ("--question", "Q1", "--horizon", "2")
SOLVE = ("--question", "Q1", "--horizon", "5", "--replicates", "400", "--odds", "0.5", "--quiet")
FOUND = ("--factor", "party.L.campaign_hazard", "--low", "0.01", "--high", "0.3")


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scenario(tmp_path_factory.mktemp("scenarios"))


@pytest.fixture(scope="module")
def named(scenario: Path) -> Done:
    """Return the odds of a question that was named, as JSON."""
    return run("run", scenario, *QUICK, *ASKED, *ALONE, "--json")


@pytest.fixture(scope="module")
def found(scenario: Path) -> Done:
    """Return a tipping point as JSON."""
    return run("solve", scenario, *SOLVE, *FOUND, *ALONE, "--json")


def rare_of(done: Done) -> dict[str, float]:
    assert done.status == 0, done.err
    (rare,) = json.loads(done.out)["rare"]
    return rare


def test_a_named_rare_question_switches_splitting_on(named: Done):
    rare = rare_of(named)
    (plain,) = json.loads(named.out)["odds"]
    assert plain["events"] < 30
    assert (rare["question"], rare["horizon_days"], rare["plain_events"]) == ("Q1", 2, plain["events"])
    assert 0 < rare["low"] <= rare["estimate"] <= rare["high"] < 1
    assert rare["histories"] > 64
    assert named.err == ""


def test_splitting_agrees_with_plain_replicates(sim: Command, scenario: Path):
    more = ("--replicates", "4000", "--histories", "64", "--repetitions", "24", "--rare", "--json", "--quiet")
    rare = rare_of(sim("run", scenario, *more, *ASKED, *ALONE))
    plain = rare["plain_estimate"]
    error = (plain * (1 - plain) / rare["plain_n"]) ** 0.5
    assert rare["plain_events"] > 100
    assert abs(rare["estimate"] - plain) < 4 * (error**2 + rare["se"] ** 2) ** 0.5
    assert rare["se"] < 2 * error, "an error so wide would agree with anything"


@pytest.mark.usefixtures("quick_workers")
def test_neither_splitting_nor_a_search_moves_with_the_number_of_workers(
    sim: Command, scenario: Path, named: Done, found: Done
):
    assert sim("run", scenario, *QUICK, *ASKED, "--json", "--jobs", "2") == named
    assert sim("solve", scenario, *SOLVE, *FOUND, "--json", "--jobs", "2") == found


def test_splitting_can_be_refused_and_is_not_on_where_nothing_was_named(sim: Command, scenario: Path):
    assert "rare" not in json.loads(sim("run", scenario, *QUICK, *ASKED, *ALONE, "--no-rare", "--json").out)
    assert "rare" not in json.loads(sim("run", scenario, *QUICK, *ALONE, "--json").out)


def test_the_table_says_what_it_is(sim: Command, scenario: Path, named: Done):
    done = sim("run", scenario, *QUICK, *ASKED, *ALONE)
    assert "Rare outcomes: odds by splitting, in % with 95 % intervals" in done.out
    assert len(done.out.splitlines()) <= 24
    assert "4 independent repetitions of 16 other histories" in " ".join(done.out.split())
    assert f"{100 * rare_of(named)['estimate']:.2f}"[:3] in done.out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--question", "Q8", "--rare"), '"Q8" has no first day'),
        ((*ASKED, "--histories", "12"), "multiple of 8"),
        ((*ASKED, "--repetitions", "1"), "at least 2"),
        ((*ASKED, "--repetitions", "1", "--no-rare"), "at least 2"),
    ],
)
def test_what_splitting_cannot_do_is_one_sentence(sim: Command, scenario: Path, options: tuple[str, ...], words: str):
    done = sim("run", scenario, "--replicates", "16", "--quiet", *ALONE, *options)
    assert done.status == 2
    assert words in done.err


def test_a_tipping_point_is_found_under_the_same_luck(found: Done):
    assert found.status == 0, found.err
    told = json.loads(found.out)
    (one,) = told["crossings"]
    assert one["rises"]
    assert one["low"] <= one["value"] <= one["high"]
    at = {row["value"]: row["estimate"] for row in told["readings"]}
    assert at[min(at)] < 0.5 < at[max(at)]
    assert [at[value] for value in sorted(at)] == sorted(at.values())


def test_no_tipping_point_is_said_in_words_and_every_value_as_it_is_tried(sim: Command, scenario: Path):
    bounds = ("--jobs", "1", "--factor", "party.L.campaign_hazard", "--low", "0.01", "--high", "0.02", "--odds", "0.9")
    done = sim("solve", scenario, *SOLVE, *bounds)
    assert (done.status, done.err) == (0, "")
    words = '"Tiny" (Left: chance of climbing 0), there is no tipping point between 0.01 and 0.02: at '
    assert f"Under the assumptions of {words}" in " ".join(done.out.split())
    assert len(done.out.splitlines()) <= 24
    aloud = sim("solve", scenario, *SOLVE[:-1], *bounds)
    assert aloud.out == done.out
    tried = [line.split(": ")[0] for line in aloud.err.splitlines()]
    assert sorted(tried) == [f"party.L.campaign_hazard = {value}" for value in (0.01, 0.0125, 0.015, 0.0175, 0.02)]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--factor", "party.L.campaign_hazards"), "did you mean"),
        (("--factor", "party.L.baseline", "--low", "-1", "--high", "2"), "-1"),
        (("--factor", "party.L.baseline", "--low", "2", "--high", "1"), "must be below --high"),
        (("--factor", "party.L.baseline", "--low", "nan", "--high", "2"), "--low: nan is no number; baseline must be"),
        (("--factor", "party.L.baseline", "--low", "1", "--high", "inf"), "--high: inf is no number; baseline must be"),
        (("--factor", "party.L.baseline", "--low", "1", "--high", "2", "--odds", "nan"), "nan is out of bounds"),
        (("--factor", "party.L.baseline", "--low", "1", "--high", "2", "--odds", "1.5"), "between 0 and 1"),
        (("--factor", "party.L.baseline", "--low", "1", "--high", "2", "--point", "9"), "--point"),
        (("--factor", "party.L.baseline", "--low", "1", "--high", "2", "--question", "Q8"), "no first day"),
    ],
)
def test_bad_searches_are_one_sentence(sim: Command, scenario: Path, options: tuple[str, ...], words: str):
    done = sim("solve", scenario, *SOLVE, *ALONE, *options)
    assert done.status == 2
    assert words in done.err
