"""What came of one history by the definitions, day by day, from the list of its acts (S2.4, S2.13)."""

from __future__ import annotations

import math
from collections.abc import Callable

from sim.engine.outcomes import Question
from written_out.history import Noted
from written_out.setting import OneSetting


class Judgement:
    """Judges the acts of one history; ``noted_days`` are days that acts cannot tell, by name."""

    def __init__(
        self, one: OneSetting, acts: list[Noted], counted: Callable[[int], bool], noted_days: dict[str, float]
    ) -> None:
        self.one, self.acts, self.noted_days = one, acts, noted_days
        self.days = range(1, one.timeline.horizon_days + 1)
        self.decided = noted_days["campaign"]
        self.counted = self.first(counted)
        self.war = min(self.decided, self.counted)
        self.regional = min(self.first(self._is_regional), self.first(self._is_exchange))
        self.general = self.first(self._is_general)

    def first(self, holds: Callable[[int], bool]) -> float:
        """Return the first day on which something holds."""
        return next((float(day) for day in self.days if holds(day)), math.inf)

    def number(self, day: int, window: float, **wanted: object) -> int:
        """Return the acts of some days up to one, by sender, target, and rung from a lowest one."""
        dyads, least = self.one.dyads, wanted.pop("rung", 0)
        return sum(
            day - window < noted.day <= day
            and noted.act.rung >= least
            and all(getattr(dyads[noted.act.dyad], name) == value for name, value in wanted.items())
            for noted in self.acts
        )

    def killed(self, day: int, window: float, place: str) -> int:
        """Return the killed at a place within some days up to one."""
        where = {party: profile.location for party, profile in self.one.profiles.items()}
        return sum(
            noted.act.killed
            for noted in self.acts
            if day - window < noted.day <= day and where[self.one.dyads[noted.act.dyad].target] == place
        )

    def _active(self, party: str, day: int, rung: float) -> bool:
        rules = self.one.definitions
        many = self.number(day, rules.front_days, sender=party, rung=rung) >= rules.front_acts
        return many or self.number(day, rules.front_days, sender=party, rung=rules.front_top_rung) >= 1

    def _is_regional(self, day: int) -> bool:
        rules, region = self.one.definitions, self.one.theatre.region
        last = range(max(1, day - int(rules.regional_days) + 1), day + 1)
        active = [party for party in region.parties if any(self._active(party, d, rules.regional_rung) for d in last)]
        ended = self.noted_days["ceasefire"] + rules.regional_days <= day
        return bool(region.parties) and len(active) >= rules.regional_parties and self.war <= day and not ended

    def _both_ways(self, pair: tuple[str, ...], day: int, rung: float) -> bool:
        window = int(self.one.definitions.exchange_days)
        there = self.number(day, window, sender=pair[0], target=pair[1], rung=rung)
        return there > 0 and self.number(day, window, sender=pair[1], target=pair[0], rung=rung) > 0

    def _is_exchange(self, day: int) -> bool:
        pair = self.one.theatre.region.exchange
        return bool(pair) and self.decided <= day and self._both_ways(pair, day, 1)

    def _is_general(self, day: int) -> bool:
        rules, pair = self.one.definitions, self.one.theatre.region.general
        last = range(max(1, day - int(rules.regional_days) + 1), day + 1)
        lately = bool(pair) and any(self._both_ways(pair, d, rules.general_rung) for d in last)
        return lately and self.regional <= day

    def state(self, horizon: int) -> int:
        """Return the outcome state at a horizon."""
        reached = [level for level, day in ((4, self.general), (3, self.regional), (2, self.war)) if day <= horizon]
        if reached:
            return reached[0]
        rules = self.one.definitions
        days = min(horizon, int(rules.calm_days))
        acts = sum(self.one.of_front(noted.act.dyad) and horizon - days < noted.day <= horizon for noted in self.acts)
        return int(acts >= rules.calm_acts * days)

    def answer(self, question: Question, answers: dict[str, float]) -> float:
        """Return the first day on which the answer to a question is yes; ``answers`` holds those before it."""
        known = {"war": self.war, "regional_war": self.regional, "general_war": self.general}
        known["war_decided"] = self.decided if self.decided <= self.counted else math.inf
        known["war_counted"] = self.counted if self.counted < self.decided else math.inf
        known["ground_operation"] = self.noted_days["ground"]
        known["driver_truce"] = self.noted_days[f"truce {question.id}"]
        known["joined"] = self.noted_days[f"joined {question.sender}"]
        if question.kind in known:
            return known[question.kind]
        if question.kind == "attack":
            after = answers[question.after] if question.after else 0.0
            pair = {"sender": question.sender, "target": question.target, "rung": question.rung}
            return self.first(lambda day: self.number(day, 1, **pair) > 0 and after <= day)
        window = question.window_days if question.kind == "killed_within" else math.inf
        already = question.already if question.kind == "killed_since_start" else 0.0
        return self.first(lambda day: self.killed(day, window, question.location) + already >= question.threshold)
