"""What travels to a worker: where a scenario lies, which it reads anew, and what its blocks must be."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sim.core.errors import InputError, SimError
from sim.sweeps.blocks import Block
from sim.sweeps.compute_block import compute_block
from sim.sweeps.provenance import Stamp, build_stamp, read_versions

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

_NAMES: Final = {"digest": "the scenario", "rules": "a policy", "code": "the code of sim"}


@dataclass(frozen=True)
class BlockJob:
    """What a worker needs to know to compute blocks."""

    kind: type[Scenario]  # reads the scenario
    path: Path  # of its file, absolute
    stamp: Stamp  # that the blocks must have
    versions: dict[str, str]  # of the packages that the numbers hang on
    seed: int
    days: int | None  # shorter length of the runs [days]

    @classmethod
    def of(cls, scenario: Scenario, seed: int, days: int | None = None) -> BlockJob:
        """Return the job of a scenario."""
        return cls(type(scenario), scenario.path.absolute(), build_stamp(scenario, seed), read_versions(), seed, days)

    def compute(self, block: Block) -> bytes:
        """Return the file of a block; this is what a worker runs.

        It refuses where it cannot read the scenario, reads another one, or has other versions.
        """
        return compute_block(self._load(), block, self.seed, self.days, self.stamp)

    def _load(self) -> Scenario:
        """Return the scenario, read once by each worker and checked against the stamp."""
        for job, scenario in _last_read:
            if job == self:
                return scenario
        self._check_versions()
        if not self.path.is_file():
            raise InputError.single(
                self.path, "", f"not found on {platform.node()}; every worker needs the scenario's folder at this path"
            )
        scenario = self.kind.load(self.path)
        stamp = build_stamp(scenario, self.seed)
        other = [_NAMES.get(key, key) for key in self.stamp if stamp.get(key) != self.stamp[key]]
        if other:
            words = f"{' and '.join(other)} changed while the sweep was running, or differs on {platform.node()}"
            raise InputError.single(self.path.name, "", words)
        _last_read[:] = [(self, scenario)]
        return scenario

    def _check_versions(self) -> None:
        here = read_versions()
        wrong = ", ".join(
            f"{name} {here.get(name)} instead of {wanted}"
            for name, wanted in self.versions.items()
            if here.get(name) != wanted
        )
        if wrong:
            raise SimError(f"a worker on {platform.node()} has {wrong}; its numbers could differ, so it is not used")


# A worker may live longer than a sweep; it keeps the scenario that it read last.
_last_read: list[tuple[BlockJob, Scenario]] = []


@dataclass(frozen=True)
class ScenarioSource:
    """The file of a scenario, and what was read from it."""

    kind: type[Scenario]  # reads the scenario
    path: Path
    digest: str

    @classmethod
    def of(cls, scenario: Scenario) -> ScenarioSource:
        """Return the source of a scenario."""
        return cls(type(scenario), scenario.path, scenario.digest())

    def load(self) -> Scenario:
        """Return the scenario, read once by each process and refused if it is another one now."""
        return _read(self)


@lru_cache(maxsize=1)
def _read(source: ScenarioSource) -> Scenario:
    scenario = source.kind.load(source.path)
    if scenario.digest() != source.digest:
        raise InputError.single(source.path.name, "", "the scenario changed while it was running")
    return scenario
