"""The tool of small faults: what each kind writes, that it keeps to what computes, and that a fault stands alone."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from faults.kinds import KINDS
from faults.sites import choose_faults, find_faults
from faults.trial import Copy

SOURCE = '''"""A module."""
LIMIT = 3.0


def rate(low: float, high: float, step: int, streams, values, *, days=7.0):
    """Return the sum of 1 and 1."""
    if low < high and not days:
        raise ValueError("low + high")
    total = values[:, 0].sum(axis=0) + low * days
    total += max(low, high)
    for day in range(step):
        total -= streams.uniform("acts", "rung", day) if low else streams.uniform("alarms", "rung", step)
    return other(low, high) - total
'''
WRITTEN = {
    "sign": "values[:, 0].sum(axis=0) - low * days",
    "bound": "low <= high",
    "direction": "low > high",
    "axis": "values[:, 0].sum(axis=1)",
    "index": "values[0, :]",
    "span": "range(step - 1)",
    "unit": "(low)",
    "term": "values[:, 0].sum(axis=0)",
    "draw": "streams.uniform('alarms', 'rung', 0 * step)",
    "constant": "3.75",
    "logic": "low < high or not days",
    "branch": "streams.uniform('alarms', 'rung', step) if low else streams.uniform('acts', 'rung', day)",
    "extremum": "min(low, high)",
    "role": "(high)",
    "argument": "other(high, low)",
    "accumulation": "total = max(low, high)",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "sim" / "room").mkdir(parents=True)
    (tmp_path / "sim" / "__init__.py").touch()
    (tmp_path / "sim" / "room" / "module.py").write_text(SOURCE)
    return tmp_path


def test_every_kind_writes_what_its_name_says(tree: Path):
    faults = find_faults(tree, ["sim/room/module.py"])
    assert {kind.name for kind in KINDS} == WRITTEN.keys()
    for kind, text in WRITTEN.items():
        assert any(text in fault.replacement for fault in faults if fault.kind == kind), kind


def test_what_is_said_is_left_alone_and_every_fault_is_python(tree: Path):
    for fault in find_faults(tree, ["sim/room/module.py"]):
        fault.apply(tree)
        written = (tree / fault.path).read_text()
        assert written != SOURCE
        compile(written, fault.path, "exec")
        for said in (
            '"""A module."""',
            '"""Return the sum of 1 and 1."""',
            'raise ValueError("low + high")',
            ": float",
        ):
            assert said in written
        (tree / fault.path).write_text(SOURCE)


def test_names_are_unique_and_survive_lines_above(tree: Path):
    before = [fault.name for fault in find_faults(tree, ["sim/room/module.py"])]
    assert len(set(before)) == len(before)
    (tree / "sim" / "room" / "module.py").write_text(SOURCE.replace("LIMIT", "# a line more\nLIMIT"))
    assert [fault.name for fault in find_faults(tree, ["sim/room/module.py"])] == before


def test_the_choice_is_the_same_each_time_and_another_with_another_seed(tree: Path):
    faults = find_faults(tree, ["sim/room/module.py"])
    chosen = choose_faults(faults, 16, seed=1)
    assert chosen == choose_faults(faults[::-1], 16, seed=1) != choose_faults(faults, 16, seed=2)
    assert {fault.kind for fault in chosen} == WRITTEN.keys(), "in turn over the kinds"


@pytest.mark.slow
def test_a_fault_is_caught_by_its_test_and_the_copy_is_put_back(tree: Path, tmp_path_factory: pytest.TempPathFactory):
    (tree / "tests").mkdir()
    (tree / "tests" / "test_limit.py").write_text(
        "from sim.room.module import LIMIT\n\ndef test_limit():\n    assert LIMIT == 3.0\n"
    )
    for command in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", *command], cwd=tree, check=True)
    copy = Copy(tree, tmp_path_factory.mktemp("copy"))
    limit, *others = [fault for fault in find_faults(tree, ["sim/room/module.py"]) if fault.kind == "constant"]
    verdict = copy.try_fault(limit, ["tests/test_limit.py"])
    assert (verdict.word, verdict.by) == ("caught", "tests/test_limit.py::test_limit")
    assert (copy.root / limit.path).read_text() == SOURCE
    assert copy.try_fault(others[0], ["tests/test_limit.py"]).word == "passed"
    assert copy.try_fault(limit, []).word == "unreached"
    assert copy.fail_unchanged(["tests/test_limit.py"]) == []
    (copy.root / "tests" / "test_limit.py").write_text("def test_limit():\n    raise OSError\n")
    assert copy.fail_unchanged(["tests/test_limit.py"]) == ["tests/test_limit.py::test_limit"]
