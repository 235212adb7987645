"""Other definitions of campaign, war and active front: those that are shipped, and those that a user gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sim.core.errors import InputError, nearest
from sim.core.parameters import parameters_of
from sim.engine.definitions import Definitions

PREFIX: Final = "definition."
"""Prefix of the key path of a threshold."""

Changes = Mapping[str, float]

_NEVER: Final = {"campaign_acts": 1e6, "campaign_launches": 1e6, "campaign_killed": 1e6, "war_killed": 1e7}

ALTERNATIVES: Final[Mapping[str, Changes]] = {
    "busy day at 50 acts or launches": {"campaign_acts": 50, "campaign_launches": 50},
    "busy day at 200 acts or launches": {"campaign_acts": 200, "campaign_launches": 200},
    "2 busy days in a week": {"campaign_days": 2},
    "5 busy days in a week": {"campaign_days": 5},
    "deadly day at 25 killed": {"campaign_killed": 25},
    "deadly day at 100 killed": {"campaign_killed": 100},
    "1 deadly day": {"campaign_killed_days": 1},
    "3 deadly days in a week": {"campaign_killed_days": 3},
    "500 killed in 30 days": {"war_killed": 500},
    "2,000 killed in 30 days": {"war_killed": 2000},
    "decided campaigns only": _NEVER,
    "front active from 3 acts": {"front_acts": 3},
    "front active from 10 acts": {"front_acts": 10},
    "1 further front": {"regional_parties": 1},
    "3 further fronts": {"regional_parties": 3},
    "fronts from rung 4": {"regional_rung": 4},
    "fronts within 14 days": {"regional_days": 14},
}
"""Each threshold loosened and tightened, by name: what differs from the definition of the run."""


def read_changes(given: Iterable[str]) -> dict[str, float]:
    """Read thresholds as the command line gives them.

    Parameters
    ----------
    given : iterable of str
        Texts such as ``definition.campaign_days=2``.

    Raises
    ------
    InputError
        If one is no threshold, no number, or out of bounds.
    """
    known = parameters_of(Definitions)
    found: dict[str, float] = {}
    for text in given:
        key, _, value = text.partition("=")
        name = key.strip().removeprefix(PREFIX)
        if name not in known:
            hint = nearest(f"{PREFIX}{name}", [f"{PREFIX}{one}" for one in known])
            raise InputError.single("--set", "", f'"{key.strip()}" is not a definition; {hint}')
        try:
            found[name] = float(value)
        except ValueError:
            raise InputError.single("--set", key.strip(), f'"{value}" is not a number; write KEY=NUMBER') from None
        if (problem := known[name].problem_with(found[name])) is not None:
            raise InputError.single("--set", key.strip(), problem)
    return found
