"""Kin of tit-for-tat, by period: suspicious, patient, twofold, contrite, gradual, lengthening, adaptive.

How periods stand for moves is said in `sim.policies.repeated_game`.
"""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from sim.core.parameters import LaneValues, fraction, parameter
from sim.policies.repeated_game import PeriodPolicy
from sim.policies.scalar import remembered


@dataclass(frozen=True)
class SuspiciousTitForTat(PeriodPolicy, order=15, source="Boyd & Lorberbaum 1987, Nature 327", opening=True, depth=1):
    """Answer in the first period, then in every period after one of offence.

    Names
    -----
    suspicious tit-for-tat (Boyd & Lorberbaum 1987); mistrust (Beaufils, Delahaye & Mathieu 1996).
    """

    def move(self, now: Any) -> bool:
        """Do as the opponent did."""
        return self.state.theirs > 0


@dataclass(frozen=True)
class TitForTwoTats(PeriodPolicy, order=16, source="Axelrod 1984", depth=2):
    """Answer after two periods of offence in a row, and let a single one pass.

    Names
    -----
    tit-for-two-tats (Axelrod 1984); TF2T.
    """

    # Whether the period before was one of offence.
    state: ClassVar[Any] = remembered(before=0.0)

    def move(self, now: Any) -> bool:
        """Answer the second offence in a row."""
        theirs, before = self.state.theirs, self.state.before
        self.state.before = theirs
        return theirs > 0 and before > 0


@dataclass(frozen=True)
class TwoTitsForTat(PeriodPolicy, order=17, source="Axelrod 1984", depth=2):
    """Answer for two periods after each period of offence.

    Names
    -----
    two-tits-for-tat (Axelrod 1984); 2TFT.
    """

    # Whether the period before was one of offence.
    state: ClassVar[Any] = remembered(before=0.0)

    def move(self, now: Any) -> bool:
        """Answer an offence of either of the last two periods."""
        theirs, before = self.state.theirs, self.state.before
        self.state.before = theirs
        return theirs > 0 or before > 0


@dataclass(frozen=True)
class ContriteTitForTat(PeriodPolicy, order=18, source="Boyd 1989, Journal of Theoretical Biology 136(1)"):
    """Answer only an offence that was not deserved.

    Each side has a standing, good at first. Who offends loses it, unless the own standing was good and the other's bad:
    an answer that was deserved. Who restrains regains it. The party answers while its own standing is good and the
    opponent's is bad, so it bears the answer to its own accident and returns to peace.

    Names
    -----
    contrite tit-for-tat (Sugden 1986; Boyd 1989; Wu & Axelrod 1995).
    """

    state: ClassVar[Any] = remembered(own_standing=1.0, their_standing=1.0)

    def move(self, now: Any) -> bool:
        """Judge the period by the standings at its beginning, then answer a side of bad standing."""
        own, their = self.state.own_standing > 0, self.state.their_standing > 0
        own_after = self.state.mine == 0 or (own and not their)
        their_after = self.state.theirs == 0 or (their and not own)
        self.state.own_standing = 1.0 if own_after else 0.0
        self.state.their_standing = 1.0 if their_after else 0.0
        return own_after and not their_after


@dataclass(frozen=True)
class GradualTitForTat(PeriodPolicy, order=19, source="Beaufils, Delahaye & Mathieu 1996, Artificial Life V"):
    """Answer the n-th offence for n periods, then restrain for a while whatever happens.

    An offence counts where the party is neither answering nor calming.

    Names
    -----
    gradual (Beaufils, Delahaye & Mathieu 1996).
    """

    calm_periods: LaneValues = parameter(
        2.0,
        (0, 100),
        "periods",
        "Beaufils, Delahaye & Mathieu 1996",
        "calm periods: of restraint after an answer, whole ones",
    )

    state: ClassVar[Any] = remembered(offences=0.0, answers_left=0.0, calm_left=0.0)

    def move(self, now: Any) -> bool:
        """Count down answers, then calm periods; count an offence met in peace."""
        state = self.state
        calm_left = math.floor(self.calm_periods) if state.answers_left == 1.0 else max(state.calm_left - 1.0, 0.0)
        state.answers_left, state.calm_left = max(state.answers_left - 1.0, 0.0), calm_left
        if state.theirs > 0 and state.answers_left == 0 and state.calm_left == 0:
            state.offences += 1.0
            state.answers_left = state.offences
        return state.answers_left > 0


@dataclass(frozen=True)
class LengtheningRetaliation(PeriodPolicy, order=20, source="Axelrod 1980, Journal of Conflict Resolution 24(1)"):
    """Answer the n-th breach of the peace for n periods, then be ready again at once.

    An offence is a breach where the party restrained in the same period.

    Names
    -----
    Shubik (Axelrod 1980).
    """

    state: ClassVar[Any] = remembered(offences=0.0, answers_left=0.0)

    def move(self, now: Any) -> bool:
        """Count down answers; count a breach."""
        state = self.state
        state.answers_left = max(state.answers_left - 1.0, 0.0)
        if state.theirs > 0 and state.answers == 0:
            state.offences += 1.0
            state.answers_left = state.offences
        return state.answers_left > 0


@dataclass(frozen=True)
class AdaptiveTitForTat(PeriodPolicy, order=21, source="Tzafestas 2000, From Animals to Animats 6"):
    """Keep a running image of the opponent, from 0 (always offends) to 1 (never does), and answer while it is below ½.

    Names
    -----
    adaptive tit-for-tat (Tzafestas 2000).
    """

    adaptation: LaneValues = fraction(0.5, "assumption", "adaptation: share by which a period moves the image")

    # Before the first period the image is just good enough for restraint.
    state: ClassVar[Any] = remembered(image=0.5)

    def move(self, now: Any) -> bool:
        """Move the image towards what the opponent did."""
        good = 0.0 if self.state.theirs > 0 else 1.0
        self.state.image += self.adaptation * (good - self.state.image)
        return self.state.image < 0.5
