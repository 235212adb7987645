"""The escalation ladder: the vertical axis of the conflict.

A ladder is data of a theatre. An act has a launched rung; it is reported on the highest rung any of whose criteria its
marks meet (S2.4). Rungs above the highest act rung are states of a front (campaign, war), not properties of an act.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.core.arrays import Floats
from sim.core.errors import InputError
from sim.core.parameters import Interval, parameter, parameters_of


@dataclass(frozen=True)
class Rung:
    """One rung of the ladder; levels count from 0."""

    level: int
    name: str
    harm: float = parameter(0.0, Interval(0, 1000), unit="killed-equivalents", source="S2.5", text="harm of an act")
    launches: float = parameter(
        0.0, Interval(0, 1000), unit="1", source="S2.5", text="further launches: mean of an act"
    )
    lethality: float = parameter(0.0, Interval(0, 1), unit="1", source="S2.5", text="chance that an act kills")
    civilian_share: float = parameter(0.0, Interval(0, 1), unit="1", source="S2.5", text="civilians among the killed")
    leader: float = parameter(0.0, Interval(0, 1), unit="1", source="S2.5", text="leader killed: chance of an act")
    depth_low: float = parameter(0.0, Interval(0, 5000), unit="km", source="S2.4", text="nearest reach of an act")
    depth_high: float = parameter(0.0, Interval(0, 5000), unit="km", source="S2.4", text="farthest reach of an act")
    criterion_killed: float = parameter(
        0.0, Interval(0, 1e6), unit="persons", source="S2.4", text="criterion of killed: lifts an act here; 0 for none"
    )
    criterion_civilians: float = parameter(
        0.0, Interval(0, 1e6), unit="persons", source="S2.4", text="criterion of civilians: lifts acts here; 0 for none"
    )
    criterion_leader: float = parameter(
        0.0, Interval(0, 1), unit="1", source="S2.4", text="criterion of a leader: 1 if one killed lifts an act here"
    )


class Ladder:
    """Ordered rungs of acts from 0 upwards, with their marks as arrays; an `InputError` if levels have a gap."""

    def __init__(self, rungs: list[Rung]) -> None:
        levels = [rung.level for rung in rungs]
        if len(rungs) < 2 or levels != list(range(len(rungs))):
            raise InputError.single("ladder", "level", f"levels must run 0, 1, 2, ... without a gap, not {levels}")
        self.rungs = tuple(rungs)
        self.top = len(rungs) - 1
        columns = {name: np.array([getattr(rung, name) for rung in rungs]) for name in parameters_of(Rung)}
        self.harm: Floats = columns["harm"]
        self.launches: Floats = columns["launches"]
        self.lethality: Floats = columns["lethality"]
        self.civilian_share: Floats = columns["civilian_share"]
        self.leader: Floats = columns["leader"]
        self.depth_low: Floats = columns["depth_low"]
        self.depth_high: Floats = columns["depth_high"]

    def name(self, level: int) -> str:
        """Return the name of a rung."""
        return self.rungs[level].name
