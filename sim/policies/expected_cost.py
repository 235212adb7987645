"""The policy that weighs what an act gains against what it will bring back, and errs the less the more it matters."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from sim.core.parameters import ASSUMPTION, LaneValues, duration, number, parameter
from sim.policies.moment import ends_period, highest_rung
from sim.policies.scalar import ByRung, Reaction, ScalarPolicy, drawn, remembered

WEARY_RUNG: Final = 5  # rung from which weariness has its price (S2.9)


@dataclass(frozen=True)
class ExpectedCost(ScalarPolicy, code="P8", stochastic=True, never_first=True):
    """Choose the rung by its worth, with errors: quantal response to learned answers of the opponent.

    The worth of an act on rung r is ``gain * min(H(r), ratio * U) - cost * E[back | r] - mediation_price * M * s(r) -
    weariness_price * W * 1[r >= 5]``: H its mean harm, U the harm unanswered, M mediation, W weariness. s, the severity
    of a rung, is its mean harm as the party weighs it. Rung 0, no act, is among the choices. A rung is chosen with a
    chance proportional to ``exp(precision * worth)``: at precision 0 all rungs are alike, at a great one the best is
    taken. One rung is drawn in each step for all that falls due against the opponent; it may be above the provocation.

    What comes back is learned from pairs of periods: the highest own rung of a period, and the highest rung received in
    the next. The prior is a Dirichlet law centred on an answer in kind, ``prior_periods`` strong; the mean harm under
    its posterior needs the sum of the harm that came back and the number of periods alone.

    Names
    -----
    P8; expected-cost quantal response (S2.9); quantal response (McKelvey & Palfrey 1995); logit choice.
    """

    source: ClassVar[str] = "S2.9; McKelvey & Palfrey 1995, Games and Economic Behavior 10(1)"

    # What came back by own rung; the highest rungs of the period at hand and of the one before; the rung of this step.
    state: ClassVar[Any] = remembered(
        harm_back=ByRung(0.0), answers_seen=ByRung(0.0), own_rung=0.0, own_rung_before=0.0, their_rung=0.0,
        periods_seen=0.0, choice=0.0, odds=ByRung(0.0),
    )  # fmt: skip
    draw: ClassVar[Any] = drawn("rung")

    precision: LaneValues = parameter(
        1.0, (0, 1e6), "1/killed-equivalent", "S2.15", "precision of choice: weight of worth"
    )
    gain: LaneValues = number(1.0, (0, 100), ASSUMPTION, "worth of retaliation: harm that answers harm received")
    harm_ratio: LaneValues = number(1.0, (0, 100), ASSUMPTION, "harm aimed at: worth inflicting, per harm unanswered")
    cost: LaneValues = number(0.5, (0, 100), ASSUMPTION, "price of harm expected back")
    mediation_price: LaneValues = number(0.5, (0, 100), ASSUMPTION, "price of severity: under full mediation")
    weariness_price: LaneValues = parameter(
        1.0,
        (0, 100),
        "killed-equivalents",
        ASSUMPTION,
        "price of weariness: of an act on rung 5 or above, per weariness",
    )
    prior_periods: LaneValues = parameter(
        10.0, (0.01, 1e4), "periods", ASSUMPTION, "strength of belief: in answers in kind"
    )
    period_days: LaneValues = duration(1.0, (0.25, 365), ASSUMPTION, "length of a period: in which the other answers")

    def remember(self, now: Any) -> None:
        """Learn from the step before."""
        self.state.own_rung = max(self.state.own_rung, highest_rung(now.sent, now.top))
        self.state.their_rung = max(self.state.their_rung, highest_rung(now.received, now.top))
        if ends_period(now, self.period_days):
            self.count(now)

    def react(self, now: Any, rung: int) -> Reaction:
        """Answer everything on the rung drawn."""
        # Rungs are asked in rising order, and one choice holds for all.
        if rung == 1:
            self.state.choice = self.choose(now)
        return Reaction(1.0 if self.state.choice > 0 else 0.0, int(self.state.choice))

    def count(self, now: Any) -> None:
        """Count what came back in a period that ended for what was done in the one before."""
        state = self.state
        if state.periods_seen > 0:
            before = int(state.own_rung_before)
            state.harm_back[before] += now.opponent_harm[int(state.their_rung)]
            state.answers_seen[before] += 1.0
        state.own_rung_before = state.own_rung
        state.own_rung = state.their_rung = 0.0
        state.periods_seen += 1.0

    def choose(self, now: Any) -> int:
        """Return a rung drawn by the worth of all."""
        odds, best = self.state.odds, self.worth(now, 0)
        for rung in range(now.top + 1):
            odds[rung] = self.worth(now, rung)
            best = max(best, odds[rung])
        total = 0.0
        for rung in range(now.top + 1):
            odds[rung] = relative_odds(odds[rung], best, self.precision)
            total += odds[rung]
        bound, chosen = 0.0, 0
        # The last rung has no bound, so that rounding never leaves the ladder.
        for rung in range(now.top):
            bound += odds[rung]
            chosen += self.draw.rung * total > bound
        return chosen

    def worth(self, now: Any, rung: int) -> float:
        """Return the worth of an act on a rung by what was learned [killed-equivalents]."""
        prior, severity = self.prior_periods, now.own_harm[rung]
        back = (prior * now.opponent_harm[rung] + self.state.harm_back[rung]) / (prior + self.state.answers_seen[rung])
        settled = min(severity, self.harm_ratio * now.unanswered_harm)
        prices = self.mediation_price * now.mediation * severity
        if rung >= WEARY_RUNG:
            prices += self.weariness_price * now.weariness
        return self.gain * settled - self.cost * back - prices


def relative_odds(worth: float, best: float, precision: Any) -> float:
    """Return the chance of a choice relative to that of the best."""
    # The best choice has the exponent 0, so nothing overflows, and what vanishes is negligible.
    return math.exp((worth - best) * precision)
