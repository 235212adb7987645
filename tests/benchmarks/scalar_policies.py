"""Retaliation policies of the scalar model (S2.9): each answers one rung of provocation with a factor and a rung."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random


class InKind:
    """P1: react on the rung of the provocation."""

    def prepare(self, luck: Random) -> None:
        """Decide what is decided once a step."""

    def answer(self, rung: int, unanswered: float, own: Sequence[float], theirs: Sequence[float]) -> tuple[float, int]:
        """Return the factor of the reactions and their rung.

        Parameters
        ----------
        rung : int
            Rung of the provocation.
        unanswered : float
            Harm received and not yet answered [killed-equivalents].
        own, theirs : sequence of float
            Mean harm of an own act and of an act of the opponent at each rung [killed-equivalents].
        """
        return 1.0, rung


class Escalating(InKind):
    """P4: react to every provocation, at times one rung higher."""

    def __init__(self, climb: float) -> None:
        self.climb = climb
        self.climbs = False

    def prepare(self, luck: Random) -> None:
        """Decide whether to climb."""
        self.climbs = luck.random() < self.climb

    def answer(self, rung: int, unanswered: float, own: Sequence[float], theirs: Sequence[float]) -> tuple[float, int]:
        """Return the factor of the reactions and their rung."""
        return 1.0, min(rung + self.climbs, len(own) - 1)


class Proportionate(InKind):
    """P3: react on the rung whose mean harm is nearest to a ratio of the harm received."""

    def __init__(self, ratio: float, tolerance: float) -> None:
        self.ratio, self.tolerance = ratio, tolerance

    def answer(self, rung: int, unanswered: float, own: Sequence[float], theirs: Sequence[float]) -> tuple[float, int]:
        """Return the factor of the reactions and their rung."""
        aim = self.ratio * min(unanswered, theirs[rung])
        nearest = min(range(len(own)), key=lambda level: abs(own[level] - aim))
        return min(1.0, unanswered / self.tolerance), nearest


class WithRedLine(InKind):
    """P5: another policy with less weight below a red line, a full answer above it."""

    def __init__(self, base: InKind, rung: float, weight: float, step: float) -> None:
        self.base, self.rung, self.weight, self.step = base, rung, weight, int(step)

    def prepare(self, luck: Random) -> None:
        """Let the policy below the line decide."""
        self.base.prepare(luck)

    def answer(self, rung: int, unanswered: float, own: Sequence[float], theirs: Sequence[float]) -> tuple[float, int]:
        """Return the factor of the reactions and their rung."""
        if rung >= self.rung:
            return 1.0, min(rung + self.step, len(own) - 1)
        factor, chosen = self.base.answer(rung, unanswered, own, theirs)
        return self.weight * factor, chosen


def policy_of(rules: Sequence[str], values: dict[str, float], key: str) -> InKind:
    """Return the policy that a list of rules names, the outer one first."""
    rule = rules[0]
    if rule == "threshold":
        base = policy_of(rules[1:], values, f"{key}.base")
        return WithRedLine(base, *(values[f"{key}.{name}"] for name in ("line_rung", "weight_below", "step_above")))
    if rule == "proportional":
        return Proportionate(values[f"{key}.harm_ratio"], values[f"{key}.tolerance"])
    if rule == "disproportionate":
        return Escalating(values[f"{key}.climb"])
    if rule == "tit_for_tat":
        return InKind()
    raise ValueError(f"the scalar model has no rule {rule}")
