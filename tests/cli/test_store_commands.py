"""``sim results query``, ``export``, ``verify``, ``prune`` and what ``compare`` says of settings, as they are typed."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from command import Command
from tiny import BASE, FACTOR, write_scenario

from sim.results.analysis.odds import compute_odds
from sim.results.reading.store import Results
from sim.results.tables import collect_tables, load_declarations, write_tables
from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks

ROOT = Path(__file__).parents[2]
HEAVY = ("mesa", "numba", "scipy.stats", "scipy.special", "duckdb", "matplotlib", "sim.core.random_streams")
LATER = BASE.replace("horizon_days = 8", "horizon_days = 9")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store-commands")
    for name, text in (("tiny", BASE + FACTOR), ("plain", BASE), ("later", LATER)):
        scenario = Scenario.load(write_scenario(folder / "scenarios", text, name))
        results = Results.open(run_blocks(scenario, folder / "results" / name, replicates=40, seed=7, block_size=16))
        write_tables(results, collect_tables(results))
    return folder


@pytest.fixture
def place(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    here = Path(shutil.copytree(made, tmp_path / "here"))
    monkeypatch.chdir(here)
    return here


def test_query_prints_a_table_json_csv_and_markdown(sim: Command, place: Path):
    sql = "select question, horizon_days, events from odds where point = 0 and horizon_days = 8 order by question"
    expected = (
        compute_odds(Results.open(place / "results" / "tiny"), None, [8]).query("point == 0").sort_values("question")
    )
    rows = json.loads(sim("results", "query", "tiny", sql, "--json").out)
    assert [row["events"] for row in rows] == expected["events"].tolist()
    read = list(csv.DictReader(io.StringIO(sim("results", "query", "tiny", sql, "--csv").out)))
    assert [int(row["events"]) for row in read] == expected["events"].tolist()
    done = sim("results", "query", "tiny", sql)
    assert (done.status, done.err) == (0, "")
    assert done.out.splitlines()[0] == f"{len(expected)} rows"
    assert "| question | horizon_days | events |" in sim("results", "query", "tiny", sql, "--markdown").out


def test_query_of_several_folders_and_of_all(sim: Command, place: Path):
    sql = "select distinct scenario from runs order by all"
    assert [row["scenario"] for row in json.loads(sim("results", "query", "tiny", "plain", sql, "--json").out)] == [
        "plain",
        "tiny",
    ]
    assert len(json.loads(sim("results", "query", sql, "--json").out)) == 3


def test_query_prints_what_is_infinite_as_nothing(sim: Command, place: Path):
    done = sim("results", "query", "plain", "select max(war_day) as last, sum(replicate) as many from runs", "--json")
    assert json.loads(done.out) == [{"last": None, "many": 780}]


def test_query_shows_a_thousand_rows_at_most(sim: Command, place: Path):
    done = sim("results", "query", "plain", "select * from range(1001)")
    assert "the first 1,000 of 1,001 rows" in done.err
    assert len(done.out.splitlines()) == 1003
    assert sim("results", "query", "plain", "select * from range(1000)").err == ""


def test_views_name_every_column_with_unit_and_meaning(sim: Command, place: Path):
    done = sim("results", "query", "--views")
    assert done.status == 0
    assert all(f"{name}: {table.row}" in done.out.replace("\n", " ") for name, table in load_declarations().items())
    found = json.loads(sim("results", "query", "--views", "--json").out)
    assert found.keys() == load_declarations().keys()
    assert all(column["meaning"] for view in found.values() for column in view["columns"])


def test_export_to_a_file_and_to_the_output(sim: Command, place: Path):
    out = sim("results", "export", "tiny", "--table", "killed").out
    done = sim("results", "export", "tiny", "--table", "killed", "--out", "killed.csv")
    assert (done.status, done.out, done.err) == (0, "", "")
    assert Path("killed.csv").read_text(encoding="utf-8") == out
    assert (
        sim("results", "export", "tiny", "--table", "runs", "--format", "parquet", "--out", "runs.parquet").status == 0
    )
    assert pq.read_metadata("runs.parquet").num_rows == 80
    assert r"\toprule" in sim("results", "export", "plain", "--table", "odds", "--format", "latex").out
    done = sim("results", "export", "tiny", "--table", "killed", "--out", "killed.csv")
    assert done.status == 2
    assert "--force" in done.err
    assert sim("results", "export", "plain", "--table", "killed", "--out", "killed.csv", "--force").status == 0
    assert Path("killed.csv").read_text(encoding="utf-8") != out


def test_verify_says_what_was_checked(sim: Command, place: Path):
    done = sim("results", "verify", "tiny", "plain", "--sample", "1")
    assert (done.status, done.err) == (0, "")
    assert "tiny: blocks: right: 6: rows, the sum of every page" in done.out
    assert "plain: run again: right: point 0, replicates" in done.out
    found = json.loads(sim("results", "verify", "--all", "--sample", "0", "--json").out)
    assert list(found) == ["results/later", "results/plain", "results/tiny"]
    assert not any(check["faults"] for checks in found.values() for check in checks)


def test_verify_ends_with_1_and_names_the_file(sim: Command, place: Path):
    block = sorted(Path("results/tiny/blocks").iterdir())[2]
    content = bytearray(block.read_bytes())
    content[300] ^= 255
    block.write_bytes(content)
    done = sim("results", "verify", "tiny", "plain", "--sample", "0")
    assert done.status == 1
    assert "tiny: blocks: wrong" in done.out
    assert block.name in done.out.replace("\n", "").replace(" ", "")
    assert "plain: blocks: right" in done.out
    found = sim("results", "verify", "tiny", "--json")
    assert found.status == 1
    assert any(check["faults"] for check in json.loads(found.out)["results/tiny"])


def test_verify_all_names_a_folder_that_cannot_be_opened_and_goes_on(sim: Command, place: Path):
    manifest = Path("results/later/manifest.json")
    whole = manifest.read_text(encoding="utf-8")
    shutil.copytree("results/plain", "results/aged")
    Path("results/aged/manifest.json").unlink()
    (Path("results/fit") / "posterior").mkdir(parents=True)
    Path("results/fit/manifest.json").write_text('{"kind": "fit"}', encoding="utf-8")
    for damaged in (whole[: len(whole) // 2], "", "[]", "{}", whole.replace('"seed": 7', '"seed": "7"')):
        manifest.write_text(damaged, encoding="utf-8")
        done = sim("results", "verify", "--all", "--sample", "0")
        assert done.status == 1
        assert done.out.startswith("aged: manifest: wrong")
        assert "later: manifest: wrong" in done.out
        assert "tiny: tables: right" in done.out
        assert "fit" not in done.out
        listed = sim("results", "list")
        assert listed.status == 0
        assert "results/later/manifest.json: " in listed.err
        assert "results/aged: " in listed.err
        assert "tiny" in listed.out
    found = sim("results", "verify", "--all", "results", "--sample", "0", "--json")
    assert found.status == 1
    assert list(json.loads(found.out)) == ["results/aged", "results/later", "results/plain", "results/tiny"]


def test_verify_all_goes_on_after_a_table_that_is_no_text(sim: Command, place: Path):
    Path("results/later/odds.csv").write_bytes(b"\xff\xff")
    done = sim("results", "verify", "--all", "--sample", "0")
    assert done.status == 1
    assert "later: tables: wrong" in done.out
    assert "tiny: tables: right" in done.out
    assert done.err == ""


def test_merge_names_five_blocks_that_lack_and_counts_the_others(sim: Command, place: Path):
    blocks = sorted(Path("results/tiny/blocks").iterdir())
    for block in blocks[1:]:
        block.unlink()
    done = sim("results", "merge", "tiny", "--into", "merged")
    assert done.status == 1
    assert "merged: 5 of 6 blocks still lack: point 1, replicates 0 to 15; point 0, replicates 16 to 31;" in done.out
    assert done.out.endswith("point 1, replicates 32 to 39.\n")
    run_blocks(Scenario.load(Path("scenarios/tiny.toml")), Path("results/part"), replicates=40, seed=7, block_size=8)
    for block in sorted(Path("results/part/blocks").iterdir())[3:]:
        block.unlink()
    said = sim("results", "merge", "results/part", "--into", "other").out.replace("\n", " ")
    assert "other: 7 of 10 blocks still lack: " in said
    assert "; and 2 more." in said


def test_prune_says_and_removes_only_when_told(sim: Command, place: Path):
    stale = Path("results/tiny/blocks/.tmp-half")
    stale.write_bytes(b"1234")
    for arguments in ((), ("--dry-run",), ("--json",)):
        done = sim("results", "prune", "tiny", *arguments)
        assert done.status == 0
        assert "never finished" in done.out
        assert stale.is_file()
    assert "1 files, 4 bytes" in sim("results", "prune", "tiny").out
    assert "1 files are removed" in sim("results", "prune", "tiny", "--yes").out
    assert not stale.exists()
    assert "nothing to remove" in sim("results", "prune", "tiny", "--yes").out
    shown = sim("results", "show", "tiny").out
    assert json.loads(sim("results", "prune", "tiny", "--blocks", "--yes", "--json").out)["removed"] > 6
    assert list(Path("results/tiny/blocks").iterdir()) == []
    assert sim("results", "show", "tiny").out == shown
    assert sim("results", "verify", "tiny").status == 0


def test_prune_names_twenty_files_and_counts_the_others(sim: Command, place: Path):
    for number in range(20):
        Path(f"results/tiny/blocks/.tmp-{number}").write_bytes(b"12")
    said = sim("results", "prune", "tiny").out
    assert said.count("never finished") == 20
    assert "more" not in said
    Path("results/tiny/blocks/.tmp-20").write_bytes(b"12")
    said = sim("results", "prune", "tiny").out
    assert said.count("never finished") == 20
    assert "… and 1 more\n" in said
    assert "21 files, 42 bytes" in said


def test_compare_names_the_settings_that_differ(sim: Command, place: Path):
    done = sim("results", "compare", "tiny:0", "tiny:1", "--question", "Q1")
    assert done.status == 0
    assert done.out.startswith("What differs between")
    record = json.loads(sim("results", "compare", "tiny:0", "tiny:1", "--json").out)
    assert record["settings"] == [{"setting": "policy.L.climb", "first": "0", "second": "0.9"}]
    assert (record["first"], record["second"]) == ("tiny:0", "tiny:1")
    record = json.loads(sim("results", "compare", "plain", "later", "--json").out)
    assert record["settings"] == [{"setting": "horizon_days", "first": "8", "second": "9"}]
    assert "No factor, policy" in sim("results", "compare", "plain", "plain").out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["query"], "the question is missing"),
        (["query", "tiny"], "the question is missing"),
        (["query", "tinny", "from odds"], 'did you mean "tiny"?'),
        (["query", "tiny", "from ods"], 'did you mean "odds"?'),
        (["query", "tiny", "drop table odds"], "the statement must select"),
        (["query", "tiny", "from odds", "--json", "--csv"], "one of --json, --csv and --markdown"),
        (["query", "tiny", "tiny", "from odds"], "named twice"),
        (["export", "tiny", "--table", "ods"], 'did you mean "odds"?'),
        (["export", "tiny", "--table", "odds", "--format", "latx"], 'did you mean "latex"?'),
        (["export", "tiny", "--table", "odds", "--format", "parquet"], "name a file"),
        (["export", "tiny", "--table", "odds", "--out", "nowhere/odds.csv"], "cannot be written"),
        (["export", "tiny", "--table", "odds", "--out", "results"], "is a folder"),
        (["verify"], "there is nothing to verify"),
        (["verify", "--all", "nowhere"], "nowhere: there is no such folder"),
        (["verify", "--all", "results", "scenarios"], "scenarios: there are no results folders in it"),
        (["verify", "--all", "results/tiny"], "without --all, name one itself"),
        (["verify", "tinny"], 'did you mean "tiny"?'),
        (["verify", "tiny", "--sample", "-1"], "must be at least 0"),
        (["verify", "tiny", "--scenario", "nowhere.toml"], "nowhere.toml"),
        (["verify", "tiny", "plain", "--scenario", "scenarios/tiny.toml"], "cannot be that of several"),
        (["prune", "tinny"], 'did you mean "tiny"?'),
        (["prune", "tiny", "--dry-run", "--yes"], "exclude each other"),
    ],
)
def test_wrong_input_is_one_sentence(sim: Command, place: Path, arguments: list[str], message: str):
    done = sim("results", *arguments)
    assert done.status == 2
    assert message in done.err
    assert done.out == ""
    assert len(done.err.splitlines()) == 1


def test_query_without_any_results_says_so(sim: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert "there are no results here" in sim("results", "query", "from odds").err
    assert "results: there is no such folder" in sim("results", "verify", "--all").err


def test_show_of_kept_tables_loads_nothing_heavy(place: Path):
    # Points of factors and drivers are named as the laws and policies declare them, which are loaded for that alone.
    code = f"""
import sys
from sim.cli import main
sys.argv = ["sim", "results", "show", "plain", "--json"]
try:
    main()
except SystemExit:
    pass
sys.stderr.write(repr([name for name in {HEAVY!r} if name in sys.modules]))
"""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=environment, check=True
    )
    assert done.stderr == "[]"
