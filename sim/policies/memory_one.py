"""Strategies that look at the last period alone: what both sides did in it decides the next move.

How periods stand for moves is said in `sim.policies.repeated_game`.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from sim.core.parameters import LaneValues, fraction
from sim.policies.repeated_game import PeriodPolicy
from sim.policies.scalar import drawn

_GENEROSITY = "generous tit-for-tat, S2.17"


@dataclass(frozen=True)
class WinStayLoseShift(PeriodPolicy, order=22, source="Nowak & Sigmund 1993, Nature 364", depth=1):
    """Keep to what one did while the opponent does not offend; change it after an offence.

    So mutual offence leads back to restraint, and a side that got away with an offence goes on.

    Names
    -----
    win-stay, lose-shift (Nowak & Sigmund 1993); Pavlov (Kraines & Kraines 1989).
    """

    def move(self, now: Any) -> bool:
        """Answer where exactly one side offended."""
        return self.state.mine != self.state.theirs


@dataclass(frozen=True)
class FirmButFair(
    PeriodPolicy, order=23, source="Frean 1994, Proceedings of the Royal Society B 257", stochastic=True, depth=1
):
    """Answer an offence met with restraint; after mutual offence make peace with a chance; otherwise restrain.

    Names
    -----
    firm but fair (Frean 1994).
    """

    draw: ClassVar[Any] = drawn("reconciliation")

    reconciliation: LaneValues = fraction(2 / 3, "Frean 1994", "reconciliation: chance after mutual offence")

    def move(self, now: Any) -> bool:
        """Answer an offence, a mutual one not always."""
        reconciles = self.state.mine > 0 and self.draw.reconciliation < self.reconciliation
        return self.state.theirs > 0 and not reconciles


@dataclass(frozen=True)
class MemoryOne(PeriodPolicy, order=24, stochastic=True, depth=1):
    """Restrain with a chance that depends on what both sides did in the last period.

    The four chances hold the reactive strategies, generous tit-for-tat (the defaults), win-stay lose-shift
    (1, 0, 0, 1) and the zero-determinant strategies.

    Names
    -----
    memory-one strategy (Nowak & Sigmund 1993); zero-determinant strategy, for some chances (Press & Dyson 2012).
    """

    source: ClassVar[str] = "Nowak & Sigmund 1993, Nature 364; Press & Dyson 2012, PNAS 109(26)"

    draw: ClassVar[Any] = drawn("move")

    after_peace: LaneValues = fraction(1.0, _GENEROSITY, "restraint after peace: chance if nobody offended")
    after_theirs: LaneValues = fraction(1 / 3, _GENEROSITY, "restraint after theirs: chance if only they did")
    after_mine: LaneValues = fraction(1.0, _GENEROSITY, "restraint after own: chance if only the party offended")
    after_both: LaneValues = fraction(1 / 3, _GENEROSITY, "restraint after both: chance if both offended")

    def move(self, now: Any) -> bool:
        """Draw the move by the chance that belongs to the period."""
        if self.state.mine > 0:
            restrains = self.after_both if self.state.theirs > 0 else self.after_mine
        else:
            restrains = self.after_theirs if self.state.theirs > 0 else self.after_peace
        return self.draw.move >= restrains
