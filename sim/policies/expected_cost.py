"""The policy that weighs what an act gains against what it will bring back, and errs the less the more it matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats
from sim.core.parameters import ASSUMPTION, Interval, LaneValues, parameter
from sim.core.random_streams import Draw
from sim.policies.base import Policy, Response, View

WEARY_RUNG: Final = 5
"""Rung from which weariness has its price (S2.9)."""


@dataclass(frozen=True)
class ExpectedCost(Policy):
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

    rule: ClassVar[str] = "expected_cost"
    order: ClassVar[float] = 8
    code: ClassVar[str] = "P8"
    source: ClassVar[str] = "S2.9; McKelvey & Palfrey 1995, Games and Economic Behavior 10(1)"
    stochastic: ClassVar[bool] = True
    never_first: ClassVar[bool] = True

    precision: LaneValues = parameter(
        1.0, Interval(0, 1e6), unit="1/killed-equivalent", source="S2.15", text="weight of the worth in the choice"
    )
    gain: LaneValues = parameter(
        1.0, Interval(0, 100), unit="1", source=ASSUMPTION, text="worth of harm inflicted that answers harm received"
    )
    harm_ratio: LaneValues = parameter(
        1.0, Interval(0, 100), unit="1", source=ASSUMPTION, text="harm worth inflicting, per harm unanswered"
    )
    cost: LaneValues = parameter(0.5, Interval(0, 100), unit="1", source=ASSUMPTION, text="price of harm expected back")
    mediation_price: LaneValues = parameter(
        0.5, Interval(0, 100), unit="1", source=ASSUMPTION, text="price of severity under full mediation"
    )
    weariness_price: LaneValues = parameter(
        1.0,
        Interval(0, 100),
        unit="killed-equivalents",
        source=ASSUMPTION,
        text="price of an act on rung 5 or above, per weariness",
    )
    prior_periods: LaneValues = parameter(
        10.0, Interval(0.01, 1e4), unit="periods", source=ASSUMPTION, text="strength of the belief in answers in kind"
    )
    period_days: LaneValues = parameter(
        1.0, Interval(0.25, 365), unit="days", source=ASSUMPTION, text="time in which the opponent answers"
    )

    def memory(self, top: int) -> dict[str, npt.ArrayLike]:
        """Return the record of what came back by own rung, and the rungs of the period at hand and the one before."""
        per_rung = np.zeros(top + 1)
        rungs = {"own_rung": 0.0, "own_rung_before": 0.0, "their_rung": 0.0, "periods_seen": 0.0}
        return {"harm_back": per_rung, "answers_seen": per_rung, **rungs}

    def respond(self, view: View, draw: Draw) -> Response:
        """Draw a rung by the worth of all."""
        learned = self._learned(view)
        odds = quantal_odds(self.worth(view, {**view.memory, **learned}), self.precision)
        for row in range(1, len(odds)):
            odds[row] += odds[row - 1]
        # The sum itself is the bound of the last rung, so that rounding never leaves the ladder.
        uniforms = draw.uniform("rung") * odds[-1]
        rung = np.zeros(view.n_replicates, dtype=np.int8)
        for bound in odds[:-1]:
            rung += uniforms > bound
        return Response(multiplier=np.where(rung > 0, 1.0, 0.0), rung=rung, memory=learned)

    def worth(self, view: View, memory: Mapping[str, Floats]) -> Floats:
        """Return the worth of an act on each rung by what was learned, (n_rungs, n_replicates) [killed-equivalents]."""
        prior = np.asarray(self.prior_periods)
        back = (prior * view.opponent_harm + memory["harm_back"]) / (prior + memory["answers_seen"])
        settled = np.minimum(view.own_harm, self.harm_ratio * view.unanswered_harm)
        prices = self.mediation_price * view.mediation * view.own_harm
        prices[WEARY_RUNG:] += self.weariness_price * view.weariness
        return np.asarray(self.gain * settled - self.cost * back - prices)

    def _learned(self, view: View) -> dict[str, Floats]:
        """Return what changed in the memory by the step before; at the end of a period it counts what came back."""
        old = view.memory
        own = np.maximum(old["own_rung"], view.highest_rung(view.sent))
        their = np.maximum(old["their_rung"], view.highest_rung(view.received))
        is_over = view.ends_period(self.period_days)
        if not is_over.any():
            # Nothing to count in any replicate, so the large arrays stay as they are.
            return {"own_rung": own, "their_rung": their}
        counts = is_over & (old["periods_seen"] > 0)
        rungs = np.arange(view.top + 1)[:, None]
        seen = (rungs == old["own_rung_before"]) & counts
        harm = np.where(rungs == their, view.opponent_harm, 0.0).sum(axis=0)
        return {
            "harm_back": old["harm_back"] + np.where(seen, harm, 0.0),
            "answers_seen": old["answers_seen"] + seen,
            "own_rung": np.where(is_over, 0.0, own),
            "own_rung_before": np.where(is_over, own, old["own_rung_before"]),
            "their_rung": np.where(is_over, 0.0, their),
            "periods_seen": old["periods_seen"] + is_over,
        }


def quantal_odds(worth: Floats, precision: LaneValues) -> Floats:
    """Return the chance of each choice relative to that of the best, shape as `worth` (n_choices, n_replicates)."""
    # The best choice has the exponent 0, so nothing overflows, and what vanishes is negligible.
    exponents = worth - worth.max(axis=0)
    exponents *= precision
    return np.asarray(np.exp(exponents, out=exponents))
