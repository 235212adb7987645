"""A scenario that travels: it opens where none of its files are, and what cannot travel is refused in one sentence."""

from __future__ import annotations

import pickle
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tiny import BASE, write_scenario

from sim.core.errors import InputError, SimError
from sim.scenario.scenario import Scenario
from sim.sweeps.blocks import Block
from sim.sweeps.parcel import BlockJob, Parcel
from sim.sweeps.sweep import run_blocks

RULE = """
from dataclasses import dataclass
from sim.policies import Policy, Response
IMPORT

@dataclass(frozen=True)
class Own(Policy):
    def respond(self, view, draw):
        return Response(1.0, view.provocation)
"""


def own_scenario(folder: Path, line: str = "") -> Scenario:
    folder.mkdir(exist_ok=True)
    (folder / "own.py").write_text(RULE.replace("IMPORT", line))
    return Scenario.load(write_scenario(folder, BASE.replace('"tit_for_tat"', '"own.py:Own"')))


def arrive(parcel: Parcel, monkeypatch: pytest.MonkeyPatch) -> Scenario:
    """Open a parcel as a process does that has met none of its modules."""
    monkeypatch.setattr("sim.sweeps.parcel._last_opened", [])
    for source in parcel.sources:
        monkeypatch.delitem(sys.modules, source.module)
    return pickle.loads(pickle.dumps(parcel)).open()


def test_a_scenario_opens_where_its_files_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    scenario = own_scenario(tmp_path / "here")
    job = BlockJob.of(scenario, 3)
    shutil.rmtree(tmp_path / "here")
    opened = arrive(job.parcel, monkeypatch)
    assert (opened.digest(), opened.path) == (scenario.digest(), scenario.path)
    block = Block(0, 0, 4)
    assert job.compute(block) == BlockJob.of(opened, 3).compute(block)
    assert job.parcel.open() is job.parcel.open()


def test_what_a_scenario_worked_out_stays_behind(tmp_path: Path):
    scenario = own_scenario(tmp_path)
    before = Parcel.of(scenario)
    scenario.digest()
    assert Parcel.of(scenario) == before


@pytest.mark.parametrize(
    "line", ["import beside", "from beside import value", "import beside.inner as b", "def late():\n    import beside"]
)
def test_what_imports_from_its_own_folder_is_refused_by_other_machines_alone(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    package = tmp_path / "here" / "beside"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("value = 1\n")
    (package / "inner.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path / "here")
    scenario = own_scenario(tmp_path / "here", line)
    words = r'own\.py: imports "beside" from its own folder, which no other machine has; put it into the same file'
    with ThreadPoolExecutor(1) as executor, pytest.raises(InputError, match=words):
        run_blocks(scenario, tmp_path / "out", replicates=4, seed=1, executor=executor)
    run_blocks(scenario, tmp_path / "out", replicates=4, seed=1)
    for name in [name for name in sys.modules if name.partition(".")[0] == "beside"]:
        del sys.modules[name]


def test_what_is_installed_travels_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "sim").mkdir()
    (tmp_path / "sim" / "__init__.py").write_text("")
    parcel = Parcel.of(own_scenario(tmp_path, "import numpy, json\nimport sim.policies\nfrom sim import Scenario"))
    parcel.check_self_contained()
    assert arrive(parcel, monkeypatch).digest()


def test_a_worker_without_a_package_of_a_policy_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "installed_there.py").write_text("")
    with monkeypatch.context() as patch:
        patch.syspath_prepend(tmp_path / "elsewhere")
        parcel = Parcel.of(own_scenario(tmp_path / "here", "import installed_there"))
    parcel.check_self_contained()
    monkeypatch.delitem(sys.modules, "installed_there")
    with pytest.raises(SimError, match=r"a worker on \S+ lacks what a policy needs: No module named 'installed_there'"):
        arrive(parcel, monkeypatch)
