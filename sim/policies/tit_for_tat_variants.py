"""Kin of tit-for-tat, by period: suspicious, patient, twofold, contrite, gradual, lengthening, adaptive.

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


@dataclass(frozen=True)
class SuspiciousTitForTat(PeriodPolicy):
    """Answer in the first period, then in every period after one of offence.

    Names
    -----
    suspicious tit-for-tat (Boyd & Lorberbaum 1987); mistrust (Beaufils, Delahaye & Mathieu 1996).
    """

    rule: ClassVar[str] = "suspicious_tit_for_tat"
    order: ClassVar[float] = 15
    source: ClassVar[str] = "Boyd & Lorberbaum 1987, Nature 327"
    opening: ClassVar[bool] = True
    depth: ClassVar[float] = 1

    def move(self, period: Period, draw: Draw) -> tuple[Flags, Mapping[str, Floats]]:
        """Do as the opponent did."""
        return period.theirs, {}


@dataclass(frozen=True)
class TitForTwoTats(PeriodPolicy):
    """Answer after two periods of offence in a row, and let a single one pass.

    Names
    -----
    tit-for-two-tats (Axelrod 1984); TF2T.
    """

    rule: ClassVar[str] = "tit_for_two_tats"
    order: ClassVar[float] = 16
    source: ClassVar[str] = "Axelrod 1984"
    depth: ClassVar[float] = 2

    def state(self) -> dict[str, float]:
        """Return that no offence is a period old."""
        return {"before": 0.0}

    def move(self, period: Period, draw: Draw) -> tuple[Flags, Mapping[str, Floats]]:
        """Answer the second offence in a row."""
        return period.theirs & (period.state["before"] > 0), {"before": period.theirs.astype(np.float64)}


@dataclass(frozen=True)
class TwoTitsForTat(PeriodPolicy):
    """Answer for two periods after each period of offence.

    Names
    -----
    two-tits-for-tat (Axelrod 1984); 2TFT.
    """

    rule: ClassVar[str] = "two_tits_for_tat"
    order: ClassVar[float] = 17
    source: ClassVar[str] = "Axelrod 1984"
    depth: ClassVar[float] = 2

    def state(self) -> dict[str, float]:
        """Return that no offence is a period old."""
        return {"before": 0.0}

    def move(self, period: Period, draw: Draw) -> tuple[Flags, Mapping[str, Floats]]:
        """Answer an offence of either of the last two periods."""
        return period.theirs | (period.state["before"] > 0), {"before": period.theirs.astype(np.float64)}


@dataclass(frozen=True)
class ContriteTitForTat(PeriodPolicy):
    """Answer only an offence that was not deserved.

    Each side has a standing, good at first. Who offends loses it, unless the own standing was good and the other's bad:
    an answer that was deserved. Who restrains regains it. The party answers while its own standing is good and the
    opponent's is bad, so it bears the answer to its own accident and returns to peace.

    Names
    -----
    contrite tit-for-tat (Sugden 1986; Boyd 1989; Wu & Axelrod 1995).
    """

    rule: ClassVar[str] = "contrite_tit_for_tat"
    order: ClassVar[float] = 18
    source: ClassVar[str] = "Boyd 1989, Journal of Theoretical Biology 136(1)"

    def state(self) -> dict[str, float]:
        """Return the standings: good."""
        return {"own_standing": 1.0, "their_standing": 1.0}

    def move(self, period: Period, draw: Draw) -> tuple[Flags, Mapping[str, Floats]]:
        """Judge the period by the standings at its beginning, then answer a side of bad standing."""
        own, their = period.state["own_standing"] > 0, period.state["their_standing"] > 0
        own_after = ~period.mine | (own & ~their)
        their_after = ~period.theirs | (their & ~own)
        return own_after & ~their_after, {
            "own_standing": own_after.astype(np.float64),
            "their_standing": their_after.astype(np.float64),
        }


@dataclass(frozen=True)
class GradualTitForTat(PeriodPolicy):
    """Answer the n-th offence for n periods, then restrain for a while whatever happens.

    An offence counts where the party is neither answering nor calming.

    Names
    -----
    gradual (Beaufils, Delahaye & Mathieu 1996).
    """

    rule: ClassVar[str] = "gradual_tit_for_tat"
    order: ClassVar[float] = 19
    source: ClassVar[str] = "Beaufils, Delahaye & Mathieu 1996, Artificial Life V"

    calm_periods: LaneValues = parameter(
        2.0,
        Interval(0, 100),
        unit="periods",
        source="Beaufils, Delahaye & Mathieu 1996",
        text="periods of restraint after an answer, whole ones",
    )

    def state(self) -> dict[str, float]:
        """Return that no offence was counted, and that no period of answering or calming is left."""
        return {"offences": 0.0, "answers_left": 0.0, "calm_left": 0.0}

    def move(self, period: Period, draw: Draw) -> tuple[Flags, Mapping[str, Floats]]:
        """Count down answers, then calm periods; count an offence met in peace."""
        calm = np.floor(np.asarray(self.calm_periods))
        answers_left, offences, has_ended = _counted_down(period.state)
        calm_left = np.where(has_ended, calm, np.maximum(period.state["calm_left"] - 1.0, 0.0))
        is_offended = period.theirs & (answers_left == 0) & (calm_left == 0)
        offences = offences + is_offended
        answers_left = np.where(is_offended, offences, answers_left)
        return answers_left > 0, {"offences": offences, "answers_left": answers_left, "calm_left": calm_left}


@dataclass(frozen=True)
class LengtheningRetaliation(PeriodPolicy):
    """Answer the n-th breach of the peace for n periods, then be ready again at once.

    An offence is a breach where the party restrained in the same period.

    Names
    -----
    Shubik (Axelrod 1980).
    """

    rule: ClassVar[str] = "lengthening_retaliation"
    order: ClassVar[float] = 20
    source: ClassVar[str] = "Axelrod 1980, Journal of Conflict Resolution 24(1)"

    def state(self) -> dict[str, float]:
        """Return that no breach was counted and no period of answering is left."""
        return {"offences": 0.0, "answers_left": 0.0}

    def move(self, period: Period, draw: Draw) -> tuple[Flags, Mapping[str, Floats]]:
        """Count down answers; count a breach."""
        answers_left, offences, _ = _counted_down(period.state)
        is_breach = period.theirs & ~period.answered
        offences = offences + is_breach
        answers_left = np.where(is_breach, offences, answers_left)
        return answers_left > 0, {"offences": offences, "answers_left": answers_left}


@dataclass(frozen=True)
class AdaptiveTitForTat(PeriodPolicy):
    """Keep a running image of the opponent, from 0 (always offends) to 1 (never does), and answer while it is below ½.

    Names
    -----
    adaptive tit-for-tat (Tzafestas 2000).
    """

    rule: ClassVar[str] = "adaptive_tit_for_tat"
    order: ClassVar[float] = 21
    source: ClassVar[str] = "Tzafestas 2000, From Animals to Animats 6"

    adaptation: LaneValues = parameter(
        0.5, Interval(0, 1), unit="1", source="assumption", text="share by which a period moves the image"
    )

    def state(self) -> dict[str, float]:
        """Return the image before the first period: just good enough for restraint."""
        return {"image": 0.5}

    def move(self, period: Period, draw: Draw) -> tuple[Flags, Mapping[str, Floats]]:
        """Move the image towards what the opponent did."""
        before = period.state["image"]
        image = before + self.adaptation * (np.where(period.theirs, 0.0, 1.0) - before)
        return image < 0.5, {"image": image}


def _counted_down(state: Mapping[str, Floats]) -> tuple[Floats, Floats, Flags]:
    """Return the answers left after a period, the offences so far, and whether the last answer was in the period."""
    return np.maximum(state["answers_left"] - 1.0, 0.0), state["offences"], state["answers_left"] == 1.0
