"""Where a scenario comes from, as it travels to a worker that reads it anew."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import InputError

if TYPE_CHECKING:
    from sim.scenario import Scenario


@dataclass(frozen=True)
class Origin:
    """The file of a scenario, and what was read from it.

    Parameters
    ----------
    kind : type of Scenario
        Class that reads the scenario.
    path : Path
        Its file.
    digest : str
        Digest of what was read.
    """

    kind: type[Scenario]
    path: Path
    digest: str

    @classmethod
    def of(cls, scenario: Scenario) -> Origin:
        """Return the origin of a scenario."""
        return cls(type(scenario), scenario.path, scenario.digest())

    def scenario(self) -> Scenario:
        """Return the scenario, read once by each process.

        Raises
        ------
        InputError
            If it cannot be read, or is another one now.
        """
        return _read(self)


@lru_cache(maxsize=1)
def _read(origin: Origin) -> Scenario:
    scenario = origin.kind.load(origin.path)
    if scenario.digest() != origin.digest:
        raise InputError.single(origin.path.name, "", "the scenario changed while it was running")
    return scenario
