"""Everything that a run says, by name, as another process tells it: uncompiled, checked, or for another processor.

``python told_kernel.py NAME FILE`` runs a world and writes what it says to a file; with ``checked`` behind, every place
that the uncompiled kernel reads or writes is looked at.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
Told = dict[str, np.ndarray]


def world(name: str) -> Any:
    """Return a conflict before its first step, by name."""
    import worlds

    from sim.scenario.scenario import Scenario

    if name == "stirred":
        replicates = np.arange(500, 506)
        return worlds.stirred_setting(replicates).conflict(replicates)
    if name == "far":
        replicates = np.array([3, 34])
        return worlds.far_setting(replicates, 16).conflict(replicates)
    if name == "outside":
        replicates = np.array([89, 5])
        return with_an_array_policy(worlds.four_party_setting(replicates, 10)).conflict(replicates)
    path, _, size = name.partition("@")
    lanes, days = map(int, size.split("x"))
    scenario = Scenario.load(ROOT / "scenarios" / path)
    return scenario.ensemble(scenario.points()[0], lanes, 20231107, horizon_days=days).conflict


def with_an_array_policy(setting: Any) -> Any:
    """Return a setting in which some parties answer by a policy that the kernel cannot ask."""
    return replace(setting, policies=setting.policies | {"FAC": in_arrays()(pace=0.3), "STA-FAC": in_arrays()()})


def in_arrays() -> Any:
    """Return an array policy that remembers, draws, pushes and strikes; the package is loaded when it is asked for."""
    from sim.core.parameters import Interval, parameter
    from sim.policies import Policy, Response

    @dataclass(frozen=True)
    class InArrays(Policy):
        """Answers harm that it remembers, by chance one rung higher."""

        stochastic = True
        pace: Any = parameter(0.1, Interval(0, 1), unit="1", source="assumption", text="pace of what is remembered")

        def memory(self, top: int) -> dict[str, Any]:
            return {**super().memory(top), "harm": 0.0, "acts": np.zeros(top)}

        def respond(self, view: Any, draw: Any) -> Any:
            harm = (1.0 - self.pace) * view.memory["harm"] + view.harm_received
            climbs = draw.uniform("climb") < 0.3
            rung = np.minimum(view.provocation + climbs, view.top)
            return Response(
                multiplier=1.0 + np.minimum(harm, 3.0) / 10.0,
                rung=rung,
                campaign=np.where(harm > 5.0, 0.5, -0.1),
                strategic=np.where(harm > 8.0, 0.02, 0.0),
                memory={"harm": harm, "acts": view.memory["acts"] + view.received},
            )

    return InArrays


def told(name: str) -> Told:
    """Return all columns, all daily rows and all states of a run."""
    conflict = world(name)
    conflict.run()
    found = {f"column {key}": np.asarray(values) for key, values in conflict.columns().items()}
    found |= {f"rows {key}": np.asarray(values) for key, values in conflict.totals.columns().items()}
    found |= states_of(conflict)
    for row, memory in conflict._outside.memories.items():
        found |= {f"memory {key} of {row}": np.asarray(values) for key, values in memory.items()}
    return found


def states_of(conflict: Any) -> Told:
    """Return the states of the histories but for where they lie in memory, as bytes, so that no bit is passed over."""
    states = conflict.histories.states
    names = [name for name in states.dtype.names if not name.endswith("_at")]
    return {f"state {name}": _bytes(states[name]) for name in names}


def _bytes(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values).reshape(len(values), -1).view(np.uint8)


def told_elsewhere(name: str, folder: Path, *words: str, **environment: str) -> Told:
    """Return what another process tells of a world, under some variables of the environment."""
    file = folder / "told.npz"
    beside = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(Path(__file__).parent)])} | environment
    command = [sys.executable, "-W", "error", __file__, name, str(file), *words]
    done = subprocess.run(command, env=beside, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with np.load(file) as found:
        return dict(found)


def differing(left: Told, right: Told) -> list[str]:
    """Return what two runs tell differently in any bit."""
    assert left.keys() == right.keys()
    return [name for name in left if left[name].tobytes() != right[name].tobytes()]


def check_every_place() -> None:
    """Let the uncompiled kernel refuse every place below 0, which NumPy takes from the end, and outside of a table."""
    from sim.core import compilation
    from sim.engine.kernel import histories, marks, perception

    class Checked(np.ndarray):
        def __getitem__(self, place: Any) -> Any:
            return super().__getitem__(_not_below(place))

        def __setitem__(self, place: Any, value: Any) -> None:
            super().__setitem__(_not_below(place), value)

    read, sizes = compilation.Fields.__getattr__, {}

    def reading(self: Any, name: str) -> Any:
        value = read(self, name)
        return value.view(Checked) if isinstance(value, np.ndarray) else value

    def record(self: Any, place: int) -> Any:
        return compilation.Fields(self._array[_not_below(place)])

    def number(address: int, place: int) -> float:
        assert 0 <= place < sizes[int(address)], f"place {place} of a table of {sizes[int(address)]}"
        return plain(address, place)

    def made(self: Any) -> None:
        make(self)
        sizes[self.tables.ctypes.data] = self.tables.size

    plain, make = compilation.number_at, histories.Histories.__post_init__
    compilation.Fields.__getattr__ = reading
    compilation.Records.__getitem__ = record
    histories.Histories.__post_init__ = made
    for module in (marks, perception):
        module.number_at = number


def _not_below(place: Any) -> Any:
    for one in place if isinstance(place, tuple) else (place,):
        assert isinstance(one, slice) or one >= 0, f"place {one}"
    return place


def main() -> None:
    """Write what a world tells into a file."""
    name, file, *words = sys.argv[1:]
    if "checked" in words:
        check_every_place()
    np.savez(file, **told(name))


if __name__ == "__main__":
    main()
