"""Strategies that look at the last period alone: what both sides did in it decides the next move.

How periods stand for moves is said in `sim.policies.repeated_game`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.core.arrays import Flags, Floats
from sim.core.parameters import Interval, LaneValues, parameter
from sim.core.random_streams import Draw
from sim.policies.repeated_game import Period, PeriodPolicy

_GENEROSITY = "generous tit-for-tat, S2.17"


@dataclass(frozen=True)
class WinStayLoseShift(PeriodPolicy):
    """Keep to what one did while the opponent does not offend; change it after an offence.

    So mutual offence leads back to restraint, and a side that got away with an offence goes on.

    Names
    -----
    win-stay, lose-shift (Nowak & Sigmund 1993); Pavlov (Kraines & Kraines 1989).
    """

    rule: ClassVar[str] = "win_stay_lose_shift"
    order: ClassVar[float] = 22
    source: ClassVar[str] = "Nowak & Sigmund 1993, Nature 364"
    depth: ClassVar[float] = 1

    def move(self, period: Period, draw: Draw) -> tuple[Flags, Mapping[str, Floats]]:
        """Answer where exactly one side offended."""
        return period.mine ^ period.theirs, {}


@dataclass(frozen=True)
class FirmButFair(PeriodPolicy):
    """Answer an offence met with restraint; after mutual offence make peace with a chance; otherwise restrain.

    Names
    -----
    firm but fair (Frean 1994).
    """

    rule: ClassVar[str] = "firm_but_fair"
    order: ClassVar[float] = 23
    source: ClassVar[str] = "Frean 1994, Proceedings of the Royal Society B 257"
    stochastic: ClassVar[bool] = True
    depth: ClassVar[float] = 1

    reconciliation: LaneValues = parameter(
        2 / 3, Interval(0, 1), unit="1", source="Frean 1994", text="chance of restraint after mutual offence"
    )

    def move(self, period: Period, draw: Draw) -> tuple[Flags, Mapping[str, Floats]]:
        """Answer an offence, a mutual one not always."""
        reconciles = draw.uniform("reconciliation") < self.reconciliation
        return period.theirs & ~(period.mine & reconciles), {}


@dataclass(frozen=True)
class MemoryOne(PeriodPolicy):
    """Restrain with a chance that depends on what both sides did in the last period.

    The four chances hold the reactive strategies, generous tit-for-tat (the defaults), win-stay lose-shift
    (1, 0, 0, 1) and the zero-determinant strategies.

    Names
    -----
    memory-one strategy (Nowak & Sigmund 1993); zero-determinant strategy, for some chances (Press & Dyson 2012).
    """

    rule: ClassVar[str] = "memory_one"
    order: ClassVar[float] = 24
    source: ClassVar[str] = "Nowak & Sigmund 1993, Nature 364; Press & Dyson 2012, PNAS 109(26)"
    stochastic: ClassVar[bool] = True
    depth: ClassVar[float] = 1

    after_peace: LaneValues = parameter(
        1.0, Interval(0, 1), unit="1", source=_GENEROSITY, text="chance of restraint where nobody offended"
    )
    after_theirs: LaneValues = parameter(
        1 / 3, Interval(0, 1), unit="1", source=_GENEROSITY, text="chance of restraint where only the opponent offended"
    )
    after_mine: LaneValues = parameter(
        1.0, Interval(0, 1), unit="1", source=_GENEROSITY, text="chance of restraint where only the party offended"
    )
    after_both: LaneValues = parameter(
        1 / 3, Interval(0, 1), unit="1", source=_GENEROSITY, text="chance of restraint where both offended"
    )

    def move(self, period: Period, draw: Draw) -> tuple[Flags, Mapping[str, Floats]]:
        """Draw the move by the chance that belongs to the period."""
        if_mine = np.where(period.theirs, self.after_both, self.after_mine)
        if_not = np.where(period.theirs, self.after_theirs, self.after_peace)
        return draw.uniform("move") >= np.where(period.mine, if_mine, if_not), {}
