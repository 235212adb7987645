"""Where a scenario comes from, as it travels to a worker that reads it anew."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sim.core.errors import InputError, SimError
from sim.sweeps.blocks import Block
from sim.sweeps.compute_block import compute
from sim.sweeps.provenance import Stamp, stamp_of, versions

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

_NAMES: Final = {"digest": "the scenario", "rules": "a policy", "code": "the code of sim"}


@dataclass(frozen=True)
class Order:
    """What a worker needs to know to compute blocks."""

    kind: type[Scenario]  # Class that reads the scenario
    path: Path  # File of the scenario, absolute
    stamp: Stamp  # Stamp that the blocks must have
    versions: dict[str, str]  # Versions of the packages that the numbers hang on
    seed: int  # Root of all draws
    days: int | None  # Shorter length of the runs [days]

    @classmethod
    def of(cls, scenario: Scenario, seed: int, days: int | None = None) -> Order:
        """Return the order that belongs to a scenario."""
        return cls(type(scenario), scenario.path.absolute(), stamp_of(scenario, seed), versions(), seed, days)

    def computed(self, block: Block) -> bytes:
        """Return the file of a block; this is what a worker runs."""
        return compute(self._scenario(), block, self.seed, self.days, self.stamp)

    def _scenario(self) -> Scenario:
        """Return the scenario, read once by each worker and checked against the stamp."""
        for known, scenario in _known:
            if known == self:
                return scenario
        self._check_versions()
        if not self.path.is_file():
            raise InputError.single(
                self.path, "", f"not found on {platform.node()}; every worker needs the scenario's folder at this path"
            )
        scenario = self.kind.load(self.path)
        stamp = stamp_of(scenario, self.seed)
        other = [_NAMES.get(key, key) for key in self.stamp if stamp.get(key) != self.stamp[key]]
        if other:
            words = f"{' and '.join(other)} changed while the sweep was running, or differs on {platform.node()}"
            raise InputError.single(self.path.name, "", words)
        _known[:] = [(self, scenario)]
        return scenario

    def _check_versions(self) -> None:
        here = versions()
        other = [f"{name} {here.get(name)} instead of {wanted}" for name, wanted in self.versions.items()]
        wrong = [
            words for words, name in zip(other, self.versions, strict=True) if here.get(name) != self.versions[name]
        ]
        if wrong:
            raise SimError(
                f"a worker on {platform.node()} has {', '.join(wrong)}; its numbers could differ, so it is not used"
            )


# A worker may live longer than a sweep; it keeps the scenario that it read last.
_known: list[tuple[Order, Scenario]] = []


@dataclass(frozen=True)
class Origin:
    """The file of a scenario, and what was read from it."""

    kind: type[Scenario]  # Class that reads the scenario
    path: Path  # Its file
    digest: str  # Digest of what was read

    @classmethod
    def of(cls, scenario: Scenario) -> Origin:
        """Return the origin of a scenario."""
        return cls(type(scenario), scenario.path, scenario.digest())

    def scenario(self) -> Scenario:
        """Return the scenario, read once by each process."""
        return _read(self)


@lru_cache(maxsize=1)
def _read(origin: Origin) -> Scenario:
    scenario = origin.kind.load(origin.path)
    if scenario.digest() != origin.digest:
        raise InputError.single(origin.path.name, "", "the scenario changed while it was running")
    return scenario
