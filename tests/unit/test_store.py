"""Results folders: what is read, what is written, and what is no results folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tiny import write_scenario

from sim.core.errors import InputError
from sim.report.odds_sheets import odds_notes
from sim.results.analysis.odds import KILLED, ODDS, compute_killed, compute_odds
from sim.results.reading.store import Results, list_results
from sim.results.reading.unsaved_results import Unsaved
from sim.scenario.scenario import Scenario
from sim.sweeps.blocks import Block
from sim.sweeps.sweep import run_blocks, run_point

SIZE = 16


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return Scenario.load(write_scenario(tmp_path_factory.mktemp("store")))


@pytest.fixture(scope="module")
def made(scenario: Scenario) -> Path:
    return run_blocks(scenario, scenario.path.parent / "results" / "tiny", replicates=40, seed=3, block_size=SIZE)


@pytest.fixture
def results(made: Path, tmp_path: Path) -> Results:
    return Results.open(shutil.copytree(made, tmp_path / "tiny"))


def test_rows_come_in_the_order_of_points_and_replicates(results: Results):
    rows = results.read(["Q1_day"])
    assert rows["point"].tolist() == [0] * 40 + [1] * 40
    assert rows["replicate"].tolist() == [*range(40), *range(40)]
    assert list(rows.columns) == ["point", "replicate", "Q1_day"]
    assert results.replicates_done == results.replicates_wanted == 80
    assert results.points["label"].tolist() == ["policy.L.climb = 0", "policy.L.climb = 0.9"]


def test_replicates_beyond_those_asked_for_are_not_read(results: Results, scenario: Scenario):
    run_blocks(scenario, results.path, replicates=20, seed=3, block_size=SIZE)
    fewer = Results.open(results.path)
    assert len(fewer.read([])) == 40
    assert fewer.replicates_done == 40


def test_a_short_block_beside_its_full_one_is_not_read_twice(results: Results, made: Path):
    short = results.path / "blocks" / Block(0, 0, 8).name
    shutil.copy(results.path / "blocks" / Block(0, 0, SIZE).name, short)
    assert len(Results.open(results.path).read([])) == 80


def test_an_unfinished_sweep_is_read_and_says_so(results: Results):
    (results.path / "blocks" / Block(32, 1, 8).name).unlink()
    part = Results.open(results.path)
    table = compute_odds(part)
    assert table.groupby("point")["n"].max().tolist() == [40, 32]
    assert any("72 of 80 replicates are done" in note for note in odds_notes(part, table))
    assert any("n = 32 to 40" in note for note in odds_notes(part, table))


def test_tables_without_blocks_are_shown_as_they_are(results: Results):
    table, dead = compute_odds(results), compute_killed(results)
    results.write_table(ODDS, table)
    results.write_table(KILLED, dead)
    shutil.rmtree(results.path / "blocks")
    bare = Results.open(results.path)
    assert (
        compute_odds(bare, ["Q1"], [5])["events"].tolist()
        == table.query("question == 'Q1' and horizon_days == 5")["events"].tolist()
    )
    assert compute_killed(bare)["median"].tolist() == dead["median"].tolist()
    assert len(compute_odds(bare)) == len(table)
    with pytest.raises(InputError, match="there are no blocks here"):
        bare.read(["Q1_day"])
    (results.path / f"{ODDS}.csv").unlink()
    with pytest.raises(InputError, match=r"odds\.csv: is not here, and no blocks to make it from; run the sweep again"):
        compute_odds(bare)
    (results.path / f"{ODDS}.csv").write_text("")
    with pytest.raises(InputError, match=r"odds\.csv: cannot be read"):
        compute_odds(bare)


def test_written_tables_have_fixed_floats(results: Results):
    results.write_table(ODDS, compute_odds(results))
    lines = (results.path / f"{ODDS}.csv").read_text().splitlines()
    head = (
        "scenario,point,label,question,horizon_days,n,events,failed,estimate,low,high,kind,n_effective,se_monte_carlo"
    )
    parts = ["informed", "literature", "judgement", "interaction"]
    split = ",".join(f"sd_{part},sd_{part}_se" for part in [*parts, "policies"])
    shares = ",".join(f"share_{part}" for part in [*parts, "luck"])
    assert lines[0] == f"{head},{split},{shares},share_error,unresolved,judgement_parameters"
    assert all(len(cell.partition(".")[2]) == 6 for cell in lines[1].split(",")[8:11])


def test_a_table_of_an_older_version_is_shown_with_blanks(results: Results):
    old = compute_odds(results).drop(columns=["sd_judgement", "share_luck"])
    results.write_table(ODDS, old)
    shutil.rmtree(results.path / "blocks")
    table = compute_odds(Results.open(results.path))
    assert table["sd_judgement"].isna().all()
    assert table["events"].tolist() == old["events"].tolist()


def test_results_that_lie_in_no_folder_are_read_alike(scenario: Scenario, results: Results):
    files = run_point(scenario, 1, replicates=40, seed=3)
    alone = Unsaved(scenario.path, results.manifest | {"points": 1}, scenario.points()[1], tuple(files))
    assert compute_odds(alone)["events"].tolist() == compute_odds(results).query("point == 1")["events"].tolist()
    assert compute_killed(alone)["median"].tolist() == compute_killed(results).query("point == 1")["median"].tolist()


def test_unknown_columns_and_points_are_refused(results: Results):
    with pytest.raises(InputError, match=r'Q1_days: there is no such column; did you mean "Q1_day"\?'):
        results.read(["Q1_days"])
    with pytest.raises(InputError, match="no replicate of this point"):
        results.read(["Q1_day"], point=7)


def test_a_block_that_cannot_be_read_is_named_as_such(results: Results):
    block = results.path / "blocks" / Block(16, 0, SIZE).name
    block.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(InputError, match="run the sweep again to mend it"):
        results.read(["Q1_day"])
    (results.path / "blocks" / Block(0, 0, SIZE).name).write_bytes(b"")
    with pytest.raises(InputError, match="run the sweep again to mend it"):
        _ = Results.open(results.path).columns


def test_what_is_no_results_folder_is_refused(results: Results, tmp_path: Path):
    with pytest.raises(InputError, match=r'no such results folder; did you mean "tiny"\?'):
        Results.open(tmp_path / "tinny")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"not a results folder: it has no manifest\.json"):
        Results.open(tmp_path / "empty")
    (tmp_path / "empty" / "manifest.json").write_text("{")
    with pytest.raises(InputError, match="cannot be read"):
        Results.open(tmp_path / "empty")
    (tmp_path / "empty" / "manifest.json").write_text("{}")
    with pytest.raises(InputError, match="not the manifest of a sweep"):
        Results.open(tmp_path / "empty")
    (results.path / "points.csv").unlink()
    with pytest.raises(InputError, match=r"points\.csv: cannot be read"):
        _ = results.points


def test_folders_are_found_by_their_manifest(results: Results, tmp_path: Path):
    (tmp_path / "other").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "manifest.json").write_text("{")
    assert [one.name for one in list_results(tmp_path)] == ["tiny"]
    assert list_results(tmp_path / "nowhere") == []
