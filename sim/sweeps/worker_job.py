"""What travels to a worker: a scenario with all that was read for it, and what its blocks must be."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sim.core.errors import SimError
from sim.core.foreign_code import blame
from sim.sweeps.blocks import Block
from sim.sweeps.compute_block import compute_block
from sim.sweeps.parcel import Parcel
from sim.sweeps.provenance import Stamp, build_stamp, read_versions

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

_NAMES: Final = {"digest": "what it makes of the scenario", "rules": "a policy", "code": "the code of sim"}


@dataclass(frozen=True)
class BlockJob:
    """What a worker needs to compute blocks; it needs no file of ours."""

    parcel: Parcel
    stamp: Stamp  # that the blocks must have
    versions: dict[str, str]  # of the packages that the numbers hang on
    seed: int

    @classmethod
    def of(cls, scenario: Scenario, seed: int) -> BlockJob:
        """Return the job of a scenario."""
        return cls(Parcel.of(scenario), build_stamp(scenario, seed), read_versions(), seed)

    def compute(self, block: Block) -> bytes:
        """Return the file of a block; this is what a worker runs. It refuses where it has other code or versions."""
        with blame("a policy"):
            if self not in _checked:
                self._check()
                _checked[:] = [self]
            return compute_block(self.parcel.open(), block, self.seed, self.stamp)

    def _check(self) -> None:
        """Refuse to work where the numbers could differ."""
        here = read_versions()
        wrong = ", ".join(
            f"{name} {here.get(name)} instead of {wanted}"
            for name, wanted in self.versions.items()
            if here.get(name) != wanted
        )
        if wrong:
            raise SimError(f"a worker on {platform.node()} has {wrong}; its numbers could differ, so it is not used")
        stamp = build_stamp(self.parcel.open(), self.seed)
        other = [_NAMES.get(key, key) for key in self.stamp if stamp.get(key) != self.stamp[key]]
        if other:
            raise SimError(f"{' and '.join(other)} differs on a worker on {platform.node()}, so it is not used")


# A worker may live longer than a sweep.
_checked: Final[list[BlockJob]] = []
