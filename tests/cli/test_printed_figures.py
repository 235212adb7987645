"""What commands print are the figures of the point, questions, days, seed and replicate that were asked for."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from command import Command
from tiny import BASE, FACTOR, write_scenario

from sim.cli.console import records
from sim.results.analysis.comparison import compare_points
from sim.results.analysis.drivers import compute_drivers
from sim.results.analysis.odds import compute_killed, compute_odds
from sim.results.analysis.odds_by_definition import compute_definitions, read_changes
from sim.results.reading.store import Results
from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks

ALONE = ("--jobs", "1", "--quiet", "--json")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("figures")
    for name, text, replicates in (("tiny", BASE + FACTOR, 48), ("plain", BASE, 40)):
        scenario = Scenario.load(write_scenario(folder / "scenarios", text, name))
        run_blocks(scenario, folder / "results" / name, replicates=replicates, seed=7, block_size=20)
    return folder


@pytest.fixture(autouse=True)
def _there(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)


@pytest.fixture
def tiny(place: Path) -> Results:
    return Results.open(place / "results" / "tiny")


def told(sim: Command, *arguments: object) -> Any:
    done = sim(*arguments)
    assert (done.status, done.err) == (0, "")
    return json.loads(done.out)


def rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table as JSON has it."""
    return json.loads(json.dumps(records(table), default=str))


def test_a_run_has_the_odds_and_the_killed_of_its_point_in_a_sweep(sim: Command, tiny: Results):
    odds, killed = compute_odds(tiny), compute_killed(tiny)
    found = {}
    for point in (0, 1):
        found[point] = told(sim, "run", "scenarios/tiny.toml", "--point", point, "--replicates", 48, *ALONE)
        own = odds[odds["point"] == point]
        assert [(row["question"], row["horizon_days"], row["events"], row["n"]) for row in found[point]["odds"]] == [
            (row.question, row.horizon_days, row.events, row.n) for row in own.itertuples()
        ]
        dead = [row for row in rows(killed) if row["point"] == point]
        assert [{**row, "point": point} for row in found[point]["killed"]] == dead
    assert [row["events"] for row in found[0]["odds"]] != [row["events"] for row in found[1]["odds"]]
    other = told(sim, "run", "scenarios/tiny.toml", "--replicates", 48, "--seed", 8, *ALONE)
    assert [row["events"] for row in other["odds"]] != [row["events"] for row in found[0]["odds"]]
    assert other["manifest"]["seed"] == 8


def test_a_run_shows_the_questions_and_days_that_were_asked_in_this_order(sim: Command):
    asked = ("--question", "Q5", "--question", "Q1", "--horizon", 7, "--horizon", 3)
    found = told(sim, "run", "scenarios/tiny.toml", "--replicates", 48, *asked, "--no-rare", *ALONE)
    assert [(row["question"], row["horizon_days"]) for row in found["odds"]] == [
        ("Q5", 7), ("Q5", 3), ("Q1", 7), ("Q1", 3)
    ]  # fmt: skip
    shorter = told(sim, "run", "scenarios/tiny.toml", "--replicates", 48, "--days", 5, "--question", "Q1", *ALONE)
    whole = {(row["question"], row["horizon_days"]): row["events"] for row in found["odds"]}
    by_day = {row["horizon_days"]: row["events"] for row in shorter["odds"]}
    assert list(by_day) == [2, 5]
    assert by_day[2] <= whole["Q1", 3] <= by_day[5] <= whole["Q1", 7]


@pytest.mark.parametrize(("point", "replicate"), [(0, 3), (1, 3), (1, 41)])
def test_a_replicate_that_is_told_is_that_of_the_sweep(point: int, replicate: int, sim: Command, tiny: Results):
    told_one = told(sim, "run", "scenarios/tiny.toml", "--at", f"{point}/{replicate}/7", "--json")
    (row,) = [
        row
        for block in sorted(tiny.path.glob("blocks/*"))
        for row in pq.read_table(block, partitioning=None).to_pylist()
        if (row["point"], row["replicate"]) == (point, replicate)
    ]
    assert (told_one["replicate"], told_one["seed"]) == (replicate, 7)
    assert told_one["outcome"].keys() <= row.keys()
    for key, value in told_one["outcome"].items():
        never = value is None and math.isinf(row[key])
        assert never or value == pytest.approx(row[key]), key


def test_show_has_the_odds_and_the_killed_of_the_folder(sim: Command, tiny: Results):
    whole = told(sim, "results", "show", "tiny", "--json")
    assert whole["odds"] == rows(compute_odds(tiny))
    assert whole["killed"] == rows(compute_killed(tiny))
    part = told(sim, "results", "show", "tiny", "--question", "Q8", "--horizon", 5, "--horizon", 2, "--json")
    assert part["odds"] == rows(compute_odds(tiny, ["Q8"], [5, 2]))
    assert {row["horizon_days"] for row in part["killed"]} == {2, 5}


def test_a_comparison_is_that_of_the_second_point_less_the_first(sim: Command, tiny: Results, place: Path):
    plain = Results.open(place / "results" / "plain")
    for sides, (first, second) in (
        ((("tiny", 0), ("tiny", 1)), ((tiny, 0), (tiny, 1))),
        ((("tiny", 1), ("plain", 0)), ((tiny, 1), (plain, 0))),
    ):
        names = [f"{name}:{point}" for name, point in sides]
        found = told(sim, "results", "compare", *names, "--question", "Q1", "--question", "Q5", "--json")
        assert (found["first"], found["second"]) == tuple(names)
        assert found["differences"] == rows(compare_points(first, second, ["Q1", "Q5"]))
        assert all(row["difference"] == pytest.approx(row["second"] - row["first"]) for row in found["differences"])


def test_tables_of_their_own_commands_are_those_of_the_options(sim: Command, tiny: Results):
    changed = ["campaign_days=1", "war_killed=3"]
    settings = [word for change in changed for word in ("--set", change)]
    found = told(sim, "results", "definitions", "tiny", *settings, "--point", 1, "--question", "Q1", "--json")
    alternatives = {", ".join(changed): read_changes(changed)}
    assert found["definitions"] == rows(compute_definitions(tiny, alternatives, ["Q1"], None, [1]))
    found = told(sim, "results", "drivers", "tiny", "--json")
    assert found["drivers"] == rows(compute_drivers(tiny, None, [8]))
    found = told(sim, "results", "drivers", "tiny", "--question", "Q5", "--horizon", 5, "--json")
    assert found["drivers"] == rows(compute_drivers(tiny, ["Q5"], [5]))


def test_a_plan_counts_the_work_of_all_points(sim: Command):
    (plan,) = told(sim, "sweep", "scenarios/tiny.toml", "--plan", "--replicates", 9000, "--jobs", 1, "--json")
    assert (plan["points"], plan["replicates"], plan["runs"], plan["blocks"]) == (2, 9000, 18000, 6)
    assert (plan["horizon_days"], plan["jobs"]) == (8, 1)


def test_the_list_says_how_much_of_a_folder_is_there(sim: Command, place: Path):
    listed = {row["name"]: row for row in told(sim, "results", "list", "--json")}
    assert (listed["tiny"]["points"], listed["tiny"]["replicates"], listed["tiny"]["seed"]) == (2, 48, 7)
    assert (listed["tiny"]["replicates_done"], listed["tiny"]["replicates_wanted"]) == (96, 96)
    block = next((place / "results" / "plain" / "blocks").glob("p0000-r0000000020-*"))
    content = block.read_bytes()
    block.unlink()
    done = sim("results", "list")
    block.write_bytes(content)
    lines = {line.split()[0]: line for line in done.out.splitlines() if line.split()}
    assert lines["plain"].rstrip().endswith("20 of 40")
    assert lines["tiny"].rstrip().endswith("all")
