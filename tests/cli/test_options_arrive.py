"""What is asked on the command line is what is computed: the same rows as from Python, no two options alike."""

from __future__ import annotations

import json
from math import inf
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from ally import LEVERS, PAIRS, write_with_allies
from command import Command
from tiny import BASE, FACTOR, write_scenario

from sim.cli.console import records
from sim.results.analysis.comparison import compare_points
from sim.results.analysis.drivers import compute_drivers
from sim.results.analysis.entries import compute_entries, compute_incidence
from sim.results.analysis.levers import compute_levers
from sim.results.analysis.odds import compute_killed, compute_odds
from sim.results.analysis.odds_by_definition import compute_definitions, read_changes
from sim.results.analysis.pairs import compute_pairs
from sim.results.analysis.regional_sensitivity import compute_regional
from sim.results.reading.store import Results
from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks

REPLICATES, SEED = 40, 9


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("asked")


@pytest.fixture(scope="module")
def swept(place: Path) -> Results:
    loaded = Scenario.load(write_scenario(place, (BASE + FACTOR).replace("step_days = 1.0", "step_days = 0.5")))
    return Results.open(run_blocks(loaded, place / "out" / "tiny", replicates=REPLICATES, seed=SEED))


@pytest.fixture(scope="module")
def pulled(place: Path) -> Results:
    loaded = Scenario.load(write_with_allies(place / "ally", LEVERS, "pulled"))
    return Results.open(run_blocks(loaded, place / "out" / "pulled", replicates=16, seed=SEED))


@pytest.fixture(scope="module")
def paired(place: Path) -> Results:
    loaded = Scenario.load(write_with_allies(place / "ally", PAIRS, "pairs"))
    return Results.open(run_blocks(loaded, place / "out" / "pairs", replicates=16, seed=SEED))


def asked(sim: Command, *arguments: object) -> dict[str, Any]:
    done = sim(*arguments, "--json")
    assert done.status == 0, done.err
    record: dict[str, Any] = json.loads(done.out)
    return record


def told(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as the command prints them."""
    rows: list[dict[str, Any]] = json.loads(json.dumps(records(table)))
    return rows


def without(rows: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    return [{key: value for key, value in row.items() if key not in names} for row in rows]


def test_an_ensemble_has_the_odds_of_its_point_in_a_sweep(sim: Command, place: Path, swept: Results):
    words = ("--point", 1, "--seed", SEED, "--replicates", REPLICATES, "--jobs", 1, "--quiet")
    found = asked(sim, "run", place / "tiny.toml", *words)
    odds, killed = compute_odds(swept), compute_killed(swept)
    for rows, table in ((found["odds"], odds), (found["killed"], killed)):
        assert without(rows, "scenario", "point") == without(told(table[table["point"] == 1]), "scenario", "point")
    days = asked(sim, "run", place / "tiny.toml", *words, "--days", 5, "--question", "Q5", "--horizon", 4, "--no-rare")
    (row,) = days["odds"]
    only = compute_odds(swept, ["Q5"], [4])
    assert (row["question"], row["horizon_days"]) == ("Q5", 4)
    assert row["events"] == only.loc[only["point"] == 1, "events"].item()
    assert days["manifest"]["horizon_days"] == 5
    assert days["manifest"]["horizons"] == [2, 5]
    assert "rare" not in days


def test_a_story_ends_as_its_replicate_in_a_sweep(sim: Command, place: Path, swept: Results):
    rows = swept.table("runs")
    for point, replicate in ((0, 13), (1, 21)):
        found = asked(sim, "run", place / "tiny.toml", "--at", f"{point}/{replicate}/{SEED}")
        (row,) = told(rows[(rows["point"] == point) & (rows["replicate"] == replicate)])
        labels = dict(zip(swept.points["point"], swept.points["label"], strict=True))
        assert (found["point"], found["replicate"], found["seed"]) == (labels[point], replicate, SEED)
        shared = found["outcome"].keys() & row.keys()
        assert {"Q1_day", "Q5_day"} <= shared
        ended = {key: None if row[key] == inf else row[key] for key in shared}
        assert {key: found["outcome"][key] for key in shared} == ended


@pytest.mark.parametrize(("first", "second"), [(0, 1), (1, 0)])
def test_two_points_are_compared_in_the_order_named(sim: Command, swept: Results, first: int, second: int):
    names = (f"{swept.path}:{first}", f"{swept.path}:{second}")
    found = asked(sim, "results", "compare", *names, "--question", "Q5", "--horizon", 8, "--horizon", 2)
    assert found["differences"] == told(compare_points((swept, first), (swept, second), ["Q5"], [8, 2]))
    labels = {"setting": "policy.L.climb", "first": ("0", "0.9")[first], "second": ("0", "0.9")[second]}
    assert labels in found["settings"]
    shown = sim("results", "compare", *names).out
    assert f"tiny ({swept.point_names[second]}) less tiny ({swept.point_names[first]})" in shown


def test_questions_and_days_reach_every_table(sim: Command, swept: Results, pulled: Results, paired: Results):
    some = ("--question", "Q5", "--horizon", 5)
    folder = swept.path
    assert asked(sim, "results", "show", folder, *some)["odds"] == told(compute_odds(swept, ["Q5"], [5]))
    assert asked(sim, "results", "show", folder, *some)["killed"] == told(compute_killed(swept, [5]))
    together = compute_drivers(swept, ["Q5"], [5], [None])
    assert asked(sim, "results", "drivers", folder, *some)["drivers"] == told(together)
    alone = compute_drivers(swept, ["Q5"], [5], [1])
    assert asked(sim, "results", "drivers", folder, "--point", 1, *some)["drivers"] == told(alone)
    last = compute_drivers(swept, ["Q5"], [8], [None])
    assert asked(sim, "results", "drivers", folder, "--question", "Q5")["drivers"] == told(last)
    regional = asked(sim, "results", "sensitivity", folder, *some)["regional"]
    assert regional == told(compute_regional(swept, ["Q5"], [5]))
    changed = "campaign_days=1"
    found = asked(sim, "results", "definitions", folder, "--set", changed, "--point", 1, "--question", "Q1")
    alone = compute_definitions(swept, {changed: read_changes([changed])}, ["Q1"], None, [1])
    assert found["definitions"] == told(alone)
    found = asked(sim, "results", "levers", pulled.path, "--against", "more acts", *some)
    assert found["levers"] == told(compute_levers(pulled, "more acts", ["Q5"], [5]))
    found = asked(sim, "results", "entries", pulled.path)
    assert found["entries"] == told(compute_entries(pulled))
    assert found["incidence"] == told(compute_incidence(pulled))
    found = asked(sim, "results", "pairs", paired.path, "--question", "Q5", "--horizon", 5)
    for name, table in zip(("pairs", "spread", "regret"), compute_pairs(paired, ["Q5"], [5]), strict=True):
        assert found[name] == told(table), name


def test_a_list_of_results_tells_how_far_each_is(sim: Command, swept: Results, pulled: Results, paired: Results):
    rows = {row["name"]: row for row in json.loads(sim("results", "list", swept.path.parent, "--json").out)}
    assert rows["tiny"] == {
        **{"name": "tiny", "title": "Tiny", "points": 2, "replicates": REPLICATES, "seed": SEED},
        **{"replicates_done": 2 * REPLICATES, "replicates_wanted": 2 * REPLICATES},
    }
    shown = sim("results", "list", swept.path.parent).out
    (line,) = [line.split() for line in shown.splitlines() if line.startswith("tiny")]
    assert line == ["tiny", "Tiny", "2", str(REPLICATES), str(SEED), "all"]
