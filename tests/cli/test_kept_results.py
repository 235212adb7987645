"""A smaller or quicker request never takes away what a larger one made, and more replicates cost only what is new."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from command import Command, Done
from tiny import BASE, FACTOR, write_scenario

from sim.core.errors import OutputError
from sim.report.sweep_report import write_report
from sim.results.reading.store import Results
from sim.scenario.scenario import Scenario
from sim.sweeps import provenance
from sim.sweeps.blocks import Block
from sim.sweeps.results_folder import write_whole
from sim.sweeps.sweep import run_blocks

pytestmark = pytest.mark.usefixtures("plain_pictures")
SIZE = 16
Files = dict[str, bytes]


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return write_scenario(tmp_path / "scenarios")


@pytest.fixture
def sweep(sim: Command, scenario: Path, tmp_path: Path) -> Callable[..., Done]:
    """Sweep the tiny scenario with some replicates into a folder of some name."""

    def run(replicates: int, *options: object, out: str = "out") -> Done:
        return sim("sweep", scenario, "--replicates", replicates, "--jobs", 1, "--out", tmp_path / out, *options)

    return run


def files(folder: Path) -> Files:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def blocks(folder: Path) -> Files:
    return files(folder / "tiny" / "blocks")


def whole(scenario: Path, out: Path, replicates: int) -> Files:
    """Run a sweep in blocks of sixteen with its tables, and return its files."""
    run_blocks(Scenario.load(scenario), out, replicates=replicates, seed=3, block_size=SIZE, replace=True)
    write_report(Results.open(out))
    return files(out)


@pytest.mark.parametrize("numbers", [(16, 24), (24, 8, 24), (80, 40, 80), (5, 6, 7, 39), (40, 3, 33, 40)])
def test_whatever_was_asked_for_on_the_way_every_file_is_that_of_one_run(
    numbers: tuple[int, ...], scenario: Path, tmp_path: Path
):
    alone = whole(scenario, tmp_path / "alone", numbers[-1])
    for number in numbers:
        made = whole(scenario, tmp_path / "grown", number)
    assert made == alone


def test_fewer_replicates_are_refused_the_place_of_more(sweep: Callable[..., Done], tmp_path: Path):
    sweep(24)
    before = files(tmp_path / "out")
    fewer = sweep(8)
    assert (fewer.status, fewer.out, fewer.err.count("\n")) == (2, "", 1)
    assert "holds tables of 24 replicates, and this sweep is of 8; --replace puts these in their place" in fewer.err
    assert "(no block is lost), --out writes elsewhere" in fewer.err
    assert files(tmp_path / "out") == before
    replaced = sweep(8, "--replace", "--json")
    assert {row["n"] for row in json.loads(replaced.out)[0]["odds"]} == {8}
    assert "all there already" in replaced.err
    assert blocks(tmp_path / "out") == {name[12:]: old for name, old in before.items() if "/blocks/" in name}
    assert "all there already" in sweep(24).err
    assert files(tmp_path / "out") == before


def test_fewer_replicates_where_no_table_is_need_no_work(sweep: Callable[..., Done], scenario: Path, tmp_path: Path):
    run_blocks(Scenario.load(scenario), tmp_path / "out" / "tiny", replicates=24, seed=7)
    before = blocks(tmp_path / "out")
    fewer = sweep(8)
    assert fewer.status == 0
    assert "all there already" in fewer.err
    assert blocks(tmp_path / "out") == before
    sweep(8, out="alone")
    same = {name for name, content in files(tmp_path / "alone").items() if files(tmp_path / "out").get(name) == content}
    assert {"tiny/odds.csv", "tiny/variance.csv", "tiny/report.html", "tiny/manifest.json"} <= same


def test_more_replicates_compute_what_is_new(sweep: Callable[..., Done], scenario: Path, tmp_path: Path):
    sweep(16)
    asked: list[Block] = []

    def count(self: object, given: list[Block]) -> object:
        asked.extend(given)
        return real(self, given)

    from sim.sweeps.workers import Workers

    real = Workers.compute
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Workers, "compute", count)
        grown = sweep(24)
    assert asked == [Block(16, 0, 8), Block(16, 1, 8)]
    assert "0/2 blocks, 32 replicates kept, starting" in grown.err
    assert not list((tmp_path / "out").rglob(".tmp-*"))
    sweep(24, out="alone")
    assert files(tmp_path / "out") == files(tmp_path / "alone")


def test_tables_without_their_blocks_are_not_replaced_unasked(sweep: Callable[..., Done], tmp_path: Path):
    sweep(8)
    shutil.rmtree(tmp_path / "out" / "tiny" / "blocks")
    before = files(tmp_path / "out")
    for number in (4, 8, 24):
        refused = sweep(number)
        assert refused.status == 2
        assert "holds tables of 8 replicates without their blocks, as the project ships them" in refused.err
        assert "--replace makes them anew, --out writes elsewhere" in refused.err
        assert files(tmp_path / "out") == before
    assert sweep(8, "--replace").status == 0
    assert files(tmp_path / "out").items() >= before.items() - {
        item for item in before.items() if item[0].startswith("tiny/kept")
    }


def test_what_the_project_ships_is_refused_whatever_is_asked(sim: Command):
    root = Path(__file__).parents[2]
    before = {path: path.stat().st_mtime_ns for path in (root / "results" / "baseline").iterdir()}
    for options in (("--replicates", 8), (), ("--until-halfwidth", "0.2")):
        refused = sim("sweep", root / "scenarios/lebanon-2023/baseline.toml", "--out", root / "results", *options)
        assert refused.status == 2
        assert "without their blocks, as the project ships them" in refused.err
    assert {path: path.stat().st_mtime_ns for path in (root / "results" / "baseline").iterdir()} == before


def test_a_precision_that_may_stop_earlier_is_refused_the_place_of_more(
    sweep: Callable[..., Done], sim: Command, scenario: Path, tmp_path: Path
):
    def until(error: float, *options: object) -> Done:
        words = ("--until-se", error, "--max-replicates", 4 * SIZE, "--jobs", 1, "--out", tmp_path / "out")
        return sim("sweep", scenario, *words, *options)

    run_blocks(Scenario.load(scenario), tmp_path / "out" / "tiny", replicates=SIZE, seed=7, block_size=SIZE)
    assert until(0.02).status == 0
    before = files(tmp_path / "out")
    assert "tables of 64 replicates, and its first round is of 16" in until(0.4).err
    assert files(tmp_path / "out") == before
    assert until(0.02).status == until(0.01).status == 0, "the same, and what is at least as strict, goes on"
    assert files(tmp_path / "out").keys() == before.keys()
    assert until(0.4, "--replace").status == 0


def test_a_plan_tells_what_lies_there(sweep: Callable[..., Done], scenario: Path, tmp_path: Path):
    def plan(number: int, *options: object) -> str:
        before = files(tmp_path / "out")
        told = sweep(number, "--plan", *options)
        assert (told.status, files(tmp_path / "out")) == (0, before)
        return " ".join(told.out.split())

    assert "there" not in plan(24)
    sweep(24)
    assert "2 of 2 blocks are there already; nothing is left to do, and nothing was written." in plan(24)
    assert "would be refused" not in plan(24) + plan(40)
    assert "0 of 2 blocks are there already, and 48 of 80 runs; only the others are computed." in plan(40)
    assert "; the sweep would be refused: " in plan(8)
    assert "holds tables of 24 replicates, and this sweep is of 8" in plan(8)
    assert "refused" not in plan(8, "--replace")
    assert "2 of 2 blocks are there already" in plan(8, "--replace")
    refused = plan(24, "--seed", "8")
    assert "belongs to another run: seed was 7, is 8" in refused
    assert "dropped" not in refused, "nothing would be: a sweep that is refused does nothing"
    block = next((tmp_path / "out" / "tiny" / "blocks").iterdir())
    block.write_bytes(block.read_bytes()[:-9])
    assert "1 file there would be dropped: broken, replaced, or made by other code." in plan(24)
    (record,) = json.loads(sweep(24, "--plan", "--json").out)
    assert {name: record[name] for name in ("blocks", "blocks_there", "replicates_there", "blocks_renewed")} == {
        **{"blocks": 2, "blocks_there": 1, "replicates_there": 24, "blocks_renewed": 1}
    }
    assert record["refusal"] == ""


def test_what_older_code_made_of_more_is_not_lost_to_fewer(sweep: Callable[..., Done], tmp_path: Path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provenance, "digest_code", lambda: "older")
        sweep(24)
    for file in ("odds.csv", "killed.csv"):
        (tmp_path / "out" / "tiny" / file).unlink()
    before = files(tmp_path / "out")
    fewer = sweep(8)
    assert (fewer.status, fewer.err.count("\n")) == (2, 1)
    assert "other code of sim made it, of more replicates than are asked for" in fewer.err
    assert files(tmp_path / "out") == before
    assert sweep(24).status == 0
    assert blocks(tmp_path / "out").keys() == {name[12:] for name in before if "/blocks/" in name}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("horizons = [2, 5, 8]", "horizons = [2, 8]"), "horizons.1 was 5, is 8"),
        (("horizon_days = 8", "horizon_days = 9"), "horizon_days was 8, is 9"),
        (('"tit_for_tat"', '"generous_tit_for_tat"'), "policies"),
    ],
)
def test_another_question_to_the_folder_is_another_run(
    change: tuple[str, str], words: str, sweep: Callable[..., Done], scenario: Path, tmp_path: Path
):
    sweep(8)
    before = files(tmp_path / "out")
    scenario.write_text((BASE + FACTOR).replace(*change), encoding="utf-8")
    for options in ((), ("--replace",)):
        refused = sweep(8, *options)
        assert refused.status == 2
        assert "belongs to another run" in refused.err
        assert words in refused.err
    assert files(tmp_path / "out") == before


def test_a_block_of_another_run_is_not_removed_unasked(sweep: Callable[..., Done], scenario: Path, tmp_path: Path):
    run_blocks(Scenario.load(scenario), tmp_path / "other", replicates=8, seed=9)
    place = tmp_path / "out" / "tiny" / "blocks"
    shutil.copytree(tmp_path / "other" / "blocks", place)
    refused = sweep(8, "--replace")
    assert refused.status == 2
    assert "is a block of another run; `sim results prune` removes it, --out writes elsewhere" in refused.err
    assert files(place) == files(tmp_path / "other" / "blocks")


@pytest.mark.parametrize("has_piece", [False, True])
def test_a_longer_file_that_cannot_be_read_is_dropped_beside_a_block_that_can(
    has_piece: bool, sweep: Callable[..., Done], tmp_path: Path
):
    sweep(8 if has_piece else 24)
    place = tmp_path / "out" / "tiny" / "blocks"
    if not has_piece:
        before = files(place)
    (place / Block(0, 0, 99).name).write_bytes(b"broken")
    assert "1 file there would be dropped" in " ".join(sweep(24, "--plan").out.split()) or not has_piece
    assert sweep(24).status == 0
    assert sorted(path.name for path in place.iterdir()) == [Block(0, 0, 24).name, Block(0, 1, 24).name]
    if not has_piece:
        assert files(place) == before, "and no block is computed anew"


def test_without_its_manifest_a_folder_of_blocks_goes_on(scenario: Path, tmp_path: Path):
    out = tmp_path / "out"
    run_blocks(Scenario.load(scenario), out, replicates=40, seed=3, block_size=SIZE)
    before = files(out)
    (out / "manifest.json").write_text("{")
    with pytest.raises(OutputError, match=r"manifest\.json: cannot be read as a manifest; remove this file alone"):
        run_blocks(Scenario.load(scenario), out, replicates=40, seed=3)
    (out / "manifest.json").unlink()
    run_blocks(Scenario.load(scenario), out, replicates=40, seed=3)
    assert files(out) == before


def test_a_colon_is_no_address_and_no_new_name(
    sim: Command, scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    words = ("sweep", scenario, "--replicates", 8, "--jobs", 1, "--out", "run:1")
    refused = sim(*words)
    assert (refused.status, refused.err.count("\n")) == (2, 1)
    assert "run:1: results need a name that every system allows; Windows refuses ':' in it" in refused.err
    assert not Path("run:1").exists()
    Path("run:1").mkdir()
    for _ in range(2):
        assert sim(*words).status == 0
    for verb in ("verify", "prune", "sensitivity"):
        assert sim("results", verb, "run:1/tiny").status == 0
    assert sim("results", "export", "run:1/tiny", "--table", "runs").out.count("\n") == 1 + 2 * 8


def test_a_sweep_that_ends_while_others_wait_shows_its_own_replicates(
    sweep: Callable[..., Done], scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """While its tables are made, nobody else may write to the folder."""
    met: list[Done] = []
    real = Results.write_table

    def write_table(self: Results, name: str, table: object) -> None:
        if not met:
            met.append(Done(0, "", ""))
            met.append(sweep(8, "--replace"))
        real(self, name, table)

    monkeypatch.setattr(Results, "write_table", write_table)
    done = sweep(24, "--json")
    assert {row["n"] for row in json.loads(done.out)[0]["odds"]} == {24}
    assert met[1].status == 2
    assert "another sweep is writing here" in met[1].err


def test_files_and_their_names_are_on_the_disk_before_anything_rests_on_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    told: list[tuple[str, str]] = []
    sync, replace = os.fsync, Path.replace

    def fsync(handle: int) -> None:
        told.append(("sync", Path(f"/proc/self/fd/{handle}").readlink().name))
        sync(handle)

    def renamed(path: Path, target: Path) -> Path:
        told.append(("name", target.name))
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", renamed)
    write_whole(tmp_path / "table.csv", b"1")
    assert told == [("sync", ".tmp-table.csv"), ("name", "table.csv"), ("sync", tmp_path.name)]


def test_a_disk_that_is_full_when_the_page_is_written_costs_the_page(
    sweep: Callable[..., Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    write = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if path.name.endswith("report.html"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    done = sweep(8)
    assert done.status == 0
    assert "odds in %" in done.out
    assert "report  not written\n" in done.out
    assert done.err.count("sim: warning: ") == 1
    assert "report.html: is not written, but all tables are (" in done.err
    assert (tmp_path / "out" / "tiny" / "odds.csv").is_file()
    assert not (tmp_path / "out" / "tiny" / "report.html").exists()
