"""The grounds on which a tournament is played, by name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from sim.core.errors import InputError, nearest
from sim.core.shipped_data import shipped_scenarios
from sim.scenario.scenario import Scenario
from sim.scenario.shared_draws import PERIOD

DILEMMA: Final = "dilemma"
"""The iterated prisoner's dilemma, which needs no scenario."""
GROUNDS: Final[Mapping[str, str]] = MappingProxyType(
    {"symmetric": "symmetric/tit-for-tat", "lebanon-2023": "lebanon-2023/baseline"}
)
"""Shipped scenarios by the name of the theatre."""
FEWEST_UNITS: Final = 12
"""Independent histories, or groups of those that share draws, below which nothing is said of a match: a bootstrap of
ranks over fewer is too narrow (with six, normal luck is covered in 86 of 100 where 95 are meant)."""
REPLICATES: Final = FEWEST_UNITS * PERIOD
"""Histories of a match where nothing else is said: enough on every theatre."""
DAYS: Final = 90
"""Longest match on a theatre where nothing else is said [days]."""


def load_ground(theatre: str) -> Scenario:
    """Return the scenario of a shipped theatre, or of a scenario file, on which a tournament is played."""
    if theatre in GROUNDS:
        return Scenario.load(shipped_scenarios()[GROUNDS[theatre]])
    if not Path(theatre).is_file() and theatre.removesuffix(".toml") not in (shipped := shipped_scenarios()):
        hint = nearest(theatre, [*GROUNDS, DILEMMA, *shipped])
        raise InputError.single("--theatre", "", f'"{theatre}" is neither a theatre nor a scenario; {hint}')
    return Scenario.load(theatre)
