"""Sweeps: the same bytes however they are run, safe when they are stopped, and plain words when they cannot run."""

from __future__ import annotations

import errno
import gc
import json
import shutil
import time
import weakref
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import BASE, FACTOR, write_scenario

from sim.core.errors import InputError, OutputError, PolicyError, SimError
from sim.scenario.scenario import Scenario
from sim.sweeps import provenance, workers
from sim.sweeps.blocks import Block, choose_block_size, is_whole, keep_longest, split_blocks
from sim.sweeps.compute_block import compute_block
from sim.sweeps.dry_run import rehearse
from sim.sweeps.parcel import BlockJob
from sim.sweeps.plan import plan_sweep
from sim.sweeps.provenance import build_stamp
from sim.sweeps.results_folder import build_manifest, claim_folder, format_points
from sim.sweeps.sweep import Progress, run_blocks, run_point
from sim.sweeps.workers import _jobs

SIZE = 16
POLICY = """
import os
from dataclasses import dataclass
from pathlib import Path
from sim.policies import Policy, Response

@dataclass(frozen=True)
class Late(Policy):
    def respond(self, view, draw):
        if view.n_replicates > 2:
            BODY
        return Response(1.0, view.provocation)
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    return Scenario.load(write_scenario(tmp_path / "scenarios"))


def late_scenario(folder: Path, body: str) -> Scenario:
    """Return a scenario whose policy does something as soon as a block, and no longer the rehearsal, is run."""
    (folder / "scenarios").mkdir(parents=True)
    (folder / "scenarios" / "late.py").write_text(POLICY.replace("BODY", body))
    return Scenario.load(write_scenario(folder / "scenarios", BASE.replace('"tit_for_tat"', '"late.py:Late"')))


def swept(scenario: Scenario, out: Path, replicates: int = 40, seed: int = 3, jobs: int = 1) -> Path:
    return run_blocks(scenario, out, replicates=replicates, seed=seed, jobs=jobs, block_size=SIZE)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@given(st.integers(1, 5), st.integers(1, 500), st.integers(1, 100), st.integers(1, 200))
def test_boundaries_depend_on_the_total_only_in_the_last_block(points: int, replicates: int, size: int, more: int):
    fewer, larger = split_blocks(points, replicates, size), split_blocks(points, replicates + more, size)
    assert {block for block in fewer if block.count == size} <= set(larger)
    for point in range(points):
        covered = [r for block in fewer if block.point == point for r in block.replicates]
        assert covered == list(range(replicates))
    assert [Block.parse(block.name) for block in fewer] == fewer
    assert fewer == sorted(fewer), "interleaved over the points"


def test_longest_block_stands_for_the_shorter():
    assert keep_longest([Block(0, 0, 5), Block(0, 0, 16), Block(0, 1, 5)]) == [Block(0, 0, 16), Block(0, 1, 5)]
    assert Block.parse("p0000-r0000000000-0000000005.parquet.tmp") is None


@pytest.mark.slow
def test_two_workers_write_the_bytes_of_one(scenario: Scenario, tmp_path: Path):
    one, two = swept(scenario, tmp_path / "one"), swept(scenario, tmp_path / "two", jobs=2)
    assert files(one) == files(two)
    assert len(list((one / "blocks").iterdir())) == 6


def test_rows_hold_inputs_beside_outputs(scenario: Scenario, tmp_path: Path):
    table = pq.read_table(swept(scenario, tmp_path / "out") / "blocks" / Block(16, 1, 16).name)
    assert table["replicate"].to_pylist() == list(range(16, 32))
    assert set(table["point"].to_pylist()) == {1}
    assert set(table["factor.policy.L.climb"].to_pylist()) == {"0.9"}
    assert {"input.party.L.baseline", "Q1_day", "state_at_5", "killed_Leftland_at_8", "failed"} <= set(
        table.column_names
    )
    assert str(table.schema.field("input.party.L.baseline").type) == "float"


def test_broken_blocks_are_made_again(scenario: Scenario, tmp_path: Path):
    out = swept(scenario, tmp_path / "out")
    whole = files(out)
    blocks = sorted((out / "blocks").iterdir())
    kept = blocks[3].stat().st_mtime_ns
    blocks[0].write_bytes(blocks[0].read_bytes()[:-100])
    middle = bytearray(blocks[1].read_bytes())
    middle[len(middle) // 4] ^= 0xFF
    blocks[1].write_bytes(bytes(middle))
    blocks[2].unlink()
    (out / "blocks" / ".tmp-half.parquet").write_bytes(b"half")
    reports: list[Progress] = []
    run_blocks(scenario, out, replicates=40, seed=3, block_size=SIZE, on_progress=reports.append)
    assert files(out) == whole
    assert blocks[3].stat().st_mtime_ns == kept
    assert [report.blocks_done for report in reports] == [3, 4, 5, 6]
    assert reports[-1].replicates_done == reports[-1].replicates == 80


def test_a_block_of_another_seed_is_not_taken(scenario: Scenario, tmp_path: Path):
    out = swept(scenario, tmp_path / "out", replicates=16)
    block = Block(0, 0, 16)
    path, stamp = out / "blocks" / block.name, build_stamp(scenario, 3)
    assert is_whole(path, block, stamp)
    assert not is_whole(path, block, build_stamp(scenario, 4))
    assert not is_whole(path, block, stamp | {"digest": "other"})
    assert not is_whole(path, Block(0, 1, 16), stamp)


def test_blocks_of_other_code_are_made_again(scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patch:
        patch.setattr(provenance, "digest_code", lambda: "older")
        out = swept(scenario, tmp_path / "out", replicates=32)
    before, reports = files(out), list[Progress]()
    fewer = {"replicates": 20, "seed": 3, "block_size": SIZE, "on_progress": reports.append}
    with pytest.raises(OutputError, match=r"-0000000016\.parquet: other code of sim made it, of more replicates"):
        run_blocks(scenario, out, **fewer)
    assert files(out) == before, "not even the manifest is another"
    run_blocks(scenario, out, replace=True, **fewer)
    assert reports[0].blocks_kept == 0
    assert files(out / "blocks").items() >= files(swept(scenario, tmp_path / "new", replicates=20) / "blocks").items()


def test_an_edited_policy_is_another_run(tmp_path: Path):
    late = late_scenario(tmp_path, "pass")
    out = swept(late, tmp_path / "out", replicates=4)
    assert list(json.loads((out / "manifest.json").read_text())["rules"]) == ["late.py:Late"]
    file = tmp_path / "scenarios" / "late.py"
    file.write_text(file.read_text() + "# edited\n")
    with pytest.raises(OutputError, match=r"rules\.late\.py:Late was"):
        swept(Scenario.load(late.path), out, replicates=4)


def test_more_replicates_keep_full_blocks_and_give_the_bytes_of_a_fresh_run(scenario: Scenario, tmp_path: Path):
    grown = swept(scenario, tmp_path / "grown", replicates=20)
    full = grown / "blocks" / Block(0, 0, 16).name
    before = full.stat().st_mtime_ns
    swept(scenario, grown, replicates=40)
    assert full.stat().st_mtime_ns == before
    assert files(grown) == files(swept(scenario, tmp_path / "fresh", replicates=40))


def test_fewer_replicates_need_no_work(scenario: Scenario, tmp_path: Path):
    out = swept(scenario, tmp_path / "out", replicates=32)
    reports: list[Progress] = []
    run_blocks(scenario, out, replicates=20, seed=3, block_size=SIZE, on_progress=reports.append)
    assert len(reports) == 1
    assert reports[0].blocks_kept == reports[0].blocks == 4


def test_manifest_names_no_place_and_no_worker(scenario: Scenario, tmp_path: Path):
    manifest = (swept(scenario, tmp_path / "out") / "manifest.json").read_text()
    assert str(tmp_path) not in manifest
    read = json.loads(manifest)
    assert read["digest"] == scenario.digest()
    assert read["seed"] == 3
    assert {"sim", "python", "numpy", "mesa"} <= read["versions"].keys()
    assert "jobs" not in manifest


class Asking:
    """A rule that asks for given numbers of replicates of each point, round after round."""

    block_size = SIZE

    def __init__(self, *rounds: list[int]) -> None:
        self.rounds, self.seen = list(rounds), []

    def first(self) -> int:
        return 20

    def grown(self, folder: Path, done: Sequence[int]) -> list[int]:
        self.seen.append((list(done), json.loads((folder / "manifest.json").read_text())["replicates_of_points"]))
        return self.rounds.pop(0) if self.rounds else list(done)

    def words(self) -> dict[str, str]:
        return {"rule": "asking"}


def test_a_rule_is_asked_after_each_round_and_the_manifest_tells_what_each_point_got(
    scenario: Scenario, tmp_path: Path
):
    rule, told = Asking([20, 48], [33, 48]), []
    out = run_blocks(scenario, tmp_path / "out", replicates=99, seed=3, rule=rule, on_progress=told.append)
    assert rule.seen == [(sizes, sizes) for sizes in ([20, 20], [20, 48], [33, 48])]
    manifest = json.loads((out / "manifest.json").read_text())
    assert (manifest["replicates"], manifest["replicates_of_points"]) == (48, [33, 48])
    assert manifest["stopping"] == {"rule": "asking"}
    there = sorted(Block.parse(path.name) for path in (out / "blocks").iterdir())
    assert there == [Block(start, point, 16) for start in (0, 16) for point in (0, 1)] + [
        Block(32, 0, 1),
        Block(32, 1, 16),
    ]
    rounds = [(4, 40, 0, 0), (5, 68, 3, 40), (6, 81, 4, 68)]
    begun = [one for one in told if one.blocks_done == one.blocks_kept]
    assert [(one.blocks, one.replicates, one.blocks_kept, one.replicates_kept) for one in begun] == rounds
    assert (told[-1].blocks_done, told[-1].replicates_done) == (6, 81)


def test_of_a_first_round_that_time_cut_what_is_there_counts(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    times = iter([0.0, 1.0, 1.0, 9.0])
    monkeypatch.setattr("sim.sweeps.sweep.time.monotonic", lambda: next(times))
    rule = Asking()
    monkeypatch.setattr(rule, "first", lambda: 40)
    out = run_blocks(scenario, tmp_path / "out", replicates=99, seed=3, rule=rule, time_limit=9)
    manifest = json.loads((out / "manifest.json").read_text())
    assert (manifest["replicates"], manifest["replicates_of_points"]) == (32, [32, 16])
    assert manifest["stopping"] == {"rule": "asking", "time_limit_met": True}


@pytest.mark.parametrize(("days", "taken"), [("1", 1), ("2", 2), ("8", 2)])
def test_a_rehearsal_takes_a_few_steps_of_each_point_and_none_beyond_the_horizon(
    days: str, taken: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    text = (
        (BASE + FACTOR)
        .replace("horizon_days = 8", f"horizon_days = {days}")
        .replace("step_days = 1.0", "step_days = 0.5")
    )
    given = Scenario.load(write_scenario(tmp_path, text.replace("[2, 5, 8]", f"[{days}]")))
    runs: list[tuple[int, int]] = []
    monkeypatch.setattr(
        "sim.engine.model.Conflict.run", lambda self: runs.append((self.n_replicates, self.timeline.horizon_days))
    )
    rehearse(given, 1)
    assert runs == [(2, taken)] * 2


def test_one_point_in_memory_is_the_block_of_the_sweep(scenario: Scenario, tmp_path: Path):
    out = run_blocks(scenario, tmp_path / "out", replicates=20, seed=3)
    alone = run_point(scenario, 1, replicates=20, seed=3)
    assert alone == [(out / "blocks" / Block(0, 1, 20).name).read_bytes()]


def test_a_plan_writes_nothing(scenario: Scenario, tmp_path: Path):
    before = files(tmp_path)
    made = plan_sweep(scenario, 40, jobs=2, block_size=SIZE)
    assert (made.points, made.blocks, made.runs) == (2, 6, 80)
    assert files(tmp_path) == before


@pytest.mark.parametrize("numbers", [{"replicates": 0}, {"seed": -1}, {"jobs": 0}, {"replicates": -5}])
def test_impossible_numbers_are_refused(numbers: dict[str, int], scenario: Scenario, tmp_path: Path):
    name, value = next(iter(numbers.items()))
    with pytest.raises(InputError, match=rf"--{name}: {value} is out of bounds"):
        run_blocks(scenario, tmp_path / "out", **({"replicates": 4, "seed": 1} | numbers))
    assert not (tmp_path / "out").exists()


def test_another_seed_is_refused_by_name(scenario: Scenario, tmp_path: Path):
    out = swept(scenario, tmp_path / "out", replicates=4)
    before = files(out)
    with pytest.raises(OutputError, match=r"belongs to another run: seed was 3, is 4"):
        swept(scenario, out, replicates=4, seed=4)
    assert files(out) == before


def test_another_scenario_is_refused_by_the_keys_that_differ(scenario: Scenario, tmp_path: Path):
    out = swept(scenario, tmp_path / "out", replicates=4)
    other = Scenario.load(write_scenario(tmp_path / "other", (BASE + FACTOR).replace("0.9", "0.8")))
    with pytest.raises(OutputError, match=r"factors\.policy\.L\.climb\.1 was 0\.9, is 0\.8"):
        swept(other, out, replicates=4)


def test_blocks_of_other_versions_are_refused_but_tables_are_not(scenario: Scenario, tmp_path: Path):
    out = swept(scenario, tmp_path / "out", replicates=4)
    manifest = json.loads((out / "manifest.json").read_text())
    manifest["versions"]["numpy"] = "1.0"
    del manifest["versions"]["numba"]
    (out / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(OutputError, match=r"versions\.numpy was 1\.0, is \S+; versions\.numba was not noted, is \d"):
        swept(scenario, out, replicates=4)
    for block in (out / "blocks").iterdir():
        block.unlink()
    swept(scenario, out, replicates=4)


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_broken_manifest_is_refused(text: str, scenario: Scenario, tmp_path: Path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "manifest.json").write_text(text)
    with pytest.raises(OutputError, match=r"manifest\.json"):
        swept(scenario, out)


def test_a_file_or_a_strange_folder_is_no_place_for_results(scenario: Scenario, tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="is a file"):
        swept(scenario, tmp_path / "file" / "out")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("")
    with pytest.raises(OutputError, match=r'holds "thesis.txt" and is not a results folder'):
        swept(scenario, tmp_path / "mine")
    assert list((tmp_path / "mine").iterdir()) == [tmp_path / "mine" / "thesis.txt"]


def test_a_folder_that_nobody_can_write_is_refused(scenario: Scenario):
    with pytest.raises(OutputError, match="cannot be written"):
        swept(scenario, Path("/proc/sim-results"))


def test_full_disk_is_one_sentence_and_the_folder_goes_on(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    out, written = tmp_path / "out", []
    real = Path.write_bytes

    def write_bytes(path: Path, content: bytes) -> int:
        written.append(path)
        if len(written) > 4:
            real(path, content[: len(content) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", write_bytes)
        with pytest.raises(OutputError, match="the disk is full") as caught:
            swept(scenario, out)
    assert "\n" not in str(caught.value)
    assert not list(out.rglob(".tmp-*"))
    assert len(list((out / "blocks").iterdir())) == 2
    assert files(swept(scenario, out)) == files(swept(scenario, tmp_path / "fresh"))


def test_two_sweeps_in_one_folder_are_refused(scenario: Scenario, tmp_path: Path):
    out = tmp_path / "out"
    with (
        claim_folder(out, build_manifest(scenario, 40, 3, SIZE), format_points(scenario)),
        pytest.raises(OutputError, match="another sweep is writing here"),
    ):
        swept(scenario, out)
    swept(scenario, out)


def test_a_bad_policy_fails_before_a_folder_appears(tmp_path: Path):
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "late.py").write_text(
        POLICY.replace("if view.n_replicates > 2:\n", "if True:\n").replace("BODY", "raise KeyError('x')")
    )
    bad = Scenario.load(write_scenario(tmp_path / "scenarios", BASE.replace('"tit_for_tat"', '"late.py:Late"')))
    with pytest.raises(PolicyError, match="KeyError"):
        rehearse(bad, 1)
    with pytest.raises(PolicyError, match="KeyError"):
        swept(bad, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("quick_workers")
def test_the_error_of_a_policy_crosses_from_the_worker(tmp_path: Path):
    late = late_scenario(tmp_path, "raise ValueError('too late')")
    with pytest.raises(PolicyError, match="ValueError: too late"):
        swept(late, tmp_path / "out", jobs=2)
    assert list((tmp_path / "out" / "blocks").iterdir()) == []


@pytest.mark.usefixtures("quick_workers")
@pytest.mark.parametrize(
    "end", ["os._exit(0)", "raise SystemExit(0)", "raise KeyboardInterrupt", "raise GeneratorExit"]
)
def test_a_policy_ends_no_worker(end: str, tmp_path: Path):
    late = late_scenario(tmp_path, end)
    with pytest.raises(PolicyError, match=r"^policy Late of R against L failed: .* \(late\.py, line 11\)"):
        swept(late, tmp_path / "out", jobs=2)


@pytest.mark.usefixtures("quick_workers")
def test_a_worker_that_dies_is_replaced_once(tmp_path: Path):
    flag = tmp_path / "died"
    late = late_scenario(
        tmp_path, f"Path({str(flag)!r}).exists() or (Path({str(flag)!r}).touch(), __import__('signal').raise_signal(9))"
    )
    out = swept(late, tmp_path / "out", jobs=2)
    assert flag.exists()
    assert len(list((out / "blocks").iterdir())) == 3


@pytest.mark.usefixtures("quick_workers")
def test_a_worker_that_dies_twice_is_named_with_its_block(tmp_path: Path):
    late = late_scenario(tmp_path, "__import__('signal').raise_signal(9)")
    with pytest.raises(SimError, match="died twice, the second time on point 0, replicates 0 to 15"):
        swept(late, tmp_path / "out", jobs=2)


@pytest.mark.usefixtures("quick_workers")
def test_a_scenario_whose_files_change_meanwhile_is_run_as_it_was_read(tmp_path: Path):
    late = late_scenario(tmp_path, "pass")
    alone = files(swept(late, tmp_path / "alone"))
    shutil.rmtree(tmp_path / "scenarios")
    assert files(swept(late, tmp_path / "out", jobs=2)) == alone


@pytest.mark.parametrize(("policy", "jobs", "how"), [("own", 2, "threads"), ("own", 5, "spawn"), ("late", 2, "spawn")])
def test_threads_work_where_the_kernel_asks_every_policy_and_are_few(
    policy: str, jobs: int, how: str, scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    given = scenario if policy == "own" else late_scenario(tmp_path / "late", "pass")
    used: list[str] = []
    real = ThreadPoolExecutor

    def processes(*args: object, **kwargs: object) -> ThreadPoolExecutor:
        used.append("spawn")
        return real(1, initializer=lambda: _jobs.__setitem__(slice(None), [BlockJob.of(given, 3)]))

    monkeypatch.setattr(workers, "ThreadPoolExecutor", lambda jobs: used.append("threads") or real(jobs))
    monkeypatch.setattr(workers, "ProcessPoolExecutor", processes)
    assert files(swept(given, tmp_path / "out", jobs=jobs)) == files(swept(given, tmp_path / "alone"))
    assert used == [how]


def test_an_ensemble_goes_with_its_block(scenario: Scenario, monkeypatch: pytest.MonkeyPatch):
    kept: list[weakref.ref[object]] = []
    real = Scenario.ensemble

    def ensemble(*args: object, **kwargs: object) -> object:
        made = real(*args, **kwargs)
        kept.append(weakref.ref(made.conflict.histories))
        return made

    monkeypatch.setattr(Scenario, "ensemble", ensemble)
    gc.disable()
    try:
        compute_block(scenario, Block(0, 0, 4), 1)
    finally:
        gc.enable()
    assert [one() for one in kept] == [None]


@pytest.mark.parametrize(
    ("name", "size"),
    [("lebanon-2023/baseline", 250), ("lebanon-2023/policy-pairs", 500), ("symmetric/tit-for-tat", 4000)],
)
def test_a_block_is_about_a_second_of_work(name: str, size: int):
    assert choose_block_size(Scenario.load(name)) == size


def test_without_blocks_a_folder_takes_the_size_of_now_and_with_blocks_keeps_its_own(
    scenario: Scenario, tmp_path: Path
):
    out = swept(scenario, tmp_path / "out")
    run_blocks(scenario, out, replicates=40, seed=3)
    assert json.loads((out / "manifest.json").read_text())["block_size"] == SIZE
    for block in (out / "blocks").iterdir():
        block.unlink()
    run_blocks(scenario, out, replicates=40, seed=3)
    assert json.loads((out / "manifest.json").read_text())["block_size"] == 4000
    assert [Block.parse(path.name).count for path in (out / "blocks").iterdir()] == [40, 40]


@pytest.mark.parametrize("end", [KeyboardInterrupt, OutputError])
def test_threads_end_between_two_calls_of_the_kernel(
    end: type[BaseException], scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def compute(scenario: Scenario, block: Block, *rest: object) -> bytes:
        deadline = time.monotonic() + 60
        while block.start and time.monotonic() < deadline:
            rest[-1]()
            time.sleep(0.01)
        return compute_block(scenario, block, *rest)

    def report(progress: Progress) -> None:
        if progress.blocks_done == 2:
            raise end

    monkeypatch.setattr(workers, "compute_block", compute)
    began = time.monotonic()
    with pytest.raises(end):
        run_blocks(scenario, tmp_path / "out", replicates=40, seed=3, jobs=2, block_size=SIZE, on_progress=report)
    assert time.monotonic() - began < 20
    assert {path.name for path in (tmp_path / "out" / "blocks").iterdir()} == {Block(0, i, SIZE).name for i in (0, 1)}


@pytest.mark.parametrize(
    "wrong", [{"replicates": 8.0}, {"replicates": True}, {"replicates": "8"}, {"jobs": None}, {"seed": 1.5}]
)
def test_a_number_of_the_wrong_kind_is_one_sentence(scenario: Scenario, tmp_path: Path, wrong: dict[str, object]):
    given: dict[str, Any] = {"replicates": 4, "seed": 1, "jobs": 1} | wrong
    with pytest.raises(InputError, match=r"^options: --\w+: must be a whole number, not"):
        run_blocks(scenario, tmp_path / "out", **given)
    assert not (tmp_path / "out").exists()


def test_numbers_of_numpy_are_numbers(scenario: Scenario, tmp_path: Path):
    run_blocks(scenario, tmp_path / "out", replicates=np.int64(4), seed=np.int64(1))
    assert json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))["replicates"] == 4
    with pytest.raises(InputError, match=r"must be one of scenario\.points\(\), not 0"):
        scenario.ensemble(0, 4, 1)
