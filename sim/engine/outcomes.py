"""Outcome states and resolvable questions (S2.13): a history is judged by its daily totals and milestones.

Each question is answered by the first day on which it holds, so its odds can be read at any horizon, or (for a
ceasefire) by its state at the horizon. What counts as a campaign, a war or an active front is an input, so a stored
history can be judged again under another definition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats
from sim.engine.daily_totals import DailyTotals, Sums
from sim.engine.definitions import Definitions
from sim.engine.rolling_windows import Groups, first_day_of, trailing, within
from sim.engine.theatre import Theatre

STATES: Final = (
    "de-escalation",
    "contained border conflict",
    "war of the front",
    "regional war",
    "general regional war",
)
"""Names of the outcome states O0 to O4; a replicate is in the highest that it reached."""
QUESTION_KINDS: Final = (
    "war",
    "war_decided",
    "war_counted",
    "regional_war",
    "general_war",
    "attack",
    "joined",
    "killed_since_start",
    "killed_within",
    "ground_operation",
    "ceasefire",
    "driver_truce",
)

Column = npt.NDArray[np.generic]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Question:
    """A question that the record will resolve.

    Parameters
    ----------
    id : str
        Short name, for instance ``Q1``.
    text : str
        The question in words.
    kind : str
        One of `QUESTION_KINDS`.
    location : str
        Where the killed are counted, for the kinds that count them.
    threshold : float
        Killed [persons], or days of truce [days].
    window_days : int
        Window of the kind ``killed_within`` [days].
    already : float
        Killed before the start that count towards the threshold [persons].
    sender, target : str
        Parties of the kind ``attack``; ``sender`` alone for the kind ``joined``.
    rung : int
        Lowest rung of the kind ``attack``.
    after : str
        Id of a question that must hold before, for the kind ``attack``.
    """

    id: str
    text: str
    kind: str
    location: str = ""
    threshold: float = 0.0
    window_days: int = 30
    already: float = 0.0
    sender: str = ""
    target: str = ""
    rung: int = 1
    after: str = ""

    @property
    def is_state(self) -> bool:
        """Whether the answer is a state at the horizon and not a first day."""
        return self.kind == "ceasefire"


class Judge:
    """Judges the histories of an ensemble under one definition.

    Parameters
    ----------
    theatre : Theatre
        Parties, dyads, front, region.
    definitions : Definitions
        What counts as a campaign, a war, an active front.
    totals : DailyTotals
        Daily totals of every replicate.
    milestones : mapping of str to ndarray, shape (n_replicates,)
        What the run itself noted, see `sim.engine.milestones.Milestones.columns`.
    """

    def __init__(
        self,
        theatre: Theatre,
        definitions: Definitions,
        totals: DailyTotals,
        milestones: Mapping[str, Column],
    ) -> None:
        self._theatre = theatre
        self._definitions = definitions
        self._totals = totals
        self._milestones = milestones
        self._groups = Groups(theatre)
        self._days: dict[str, Floats] = {}
        self._acts: Sums = totals.by_day("acts", self._groups.sides, 2)
        self._killed: Sums = totals.by_day("killed", self._groups.front, 1)[0]
        self.decided_day: Floats = np.asarray(milestones["campaign_day"], dtype=np.float64)
        self.counted_day = self._counted_day()
        self.war_day: Floats = np.minimum(self.decided_day, self.counted_day)
        self.regional_day = self._regional_day()
        self.general_day = self._general_day()

    def columns(self, questions: Sequence[Question], horizons: Sequence[int]) -> dict[str, Column]:
        """Return all outcomes as columns, one value for each replicate.

        Parameters
        ----------
        questions : sequence of Question
            The questions; one that comes after another stands after it.
        horizons : sequence of int
            Days at which states are noted [days].
        """
        table: dict[str, Column] = {
            "war_day": self.war_day,
            "regional_day": self.regional_day,
            "general_day": self.general_day,
        }
        for question in questions:
            if question.is_state:
                names = (f"ceasefire_at_{horizon}" for horizon in horizons)
                table |= {name.replace("ceasefire", question.id): self._milestones[name] for name in names}
            else:
                self._days[question.id] = self._first_day(question)
                table[f"{question.id}_day"] = self._days[question.id]
        return table | {f"state_at_{horizon}": self._state(horizon) for horizon in horizons}

    def _first_day(self, question: Question) -> Floats:
        if question.kind == "war_decided":
            return np.where(self.decided_day <= self.counted_day, self.decided_day, np.inf)
        if question.kind == "war_counted":
            return np.where(self.counted_day < self.decided_day, self.counted_day, np.inf)
        if question.kind == "attack":
            return self._attack_day(question)
        if question.kind in ("killed_since_start", "killed_within"):
            return self._killed_day(question)
        if question.kind in ("war", "regional_war", "general_war"):
            return {"war": self.war_day, "regional_war": self.regional_day, "general_war": self.general_day}[
                question.kind
            ]
        noted = {
            "ground_operation": "ground_day",
            "driver_truce": f"truce_day_{question.id}",
            "joined": f"joined_{question.sender}_day",
        }
        return np.asarray(self._milestones[noted[question.kind]], dtype=np.float64)

    def _counted_day(self) -> Floats:
        """Return the first day on which the counts that define a campaign or a war are met (S2.4)."""
        rules, groups, totals = self._definitions, self._groups, self._totals
        busy_days = np.zeros((len(totals.days), totals.n_replicates), dtype=np.int64)
        launches = totals.by_day("launches", groups.sides, 2)
        for side in (0, 1):
            busy = (self._acts[side] >= rules.campaign_acts) | (launches[side] >= rules.campaign_launches)
            busy_days = np.maximum(busy_days, trailing(busy, 7))
        deadly_days = trailing(self._killed >= np.asarray(rules.campaign_killed), 7)
        return first_day_of(
            (busy_days >= rules.campaign_days)
            | (deadly_days >= rules.campaign_killed_days)
            | (trailing(self._killed, 30) >= rules.war_killed)
        )

    def active_fronts(self, parties: Sequence[str], rung: float) -> Flags:
        """Return whose front is active at the end of each day (S2.4, horizontal axis).

        Parameters
        ----------
        parties : sequence of str
            Ids of the parties.
        rung : float
            Rung from which an act counts [rung].

        Returns
        -------
        ndarray of bool, shape (n_parties, n_days, n_replicates)
            Whether the party sent enough acts on that rung, or one on the top rung of the definition, lately.
        """
        rules = self._definitions
        groups = self._groups.senders(parties, rung)
        top = self._groups.senders(parties, float(np.max(rules.front_top_rung)))
        many = self._totals.by_day("acts", groups, len(parties))
        grave = self._totals.by_day("acts", top, len(parties))
        days = int(np.max(rules.front_days))
        active = [
            (trailing(m, days) >= rules.front_acts) | (trailing(g, days) >= 1) for m, g in zip(many, grave, strict=True)
        ]
        return np.array(active)

    def _regional_day(self) -> Floats:
        """Return the first day of a regional war: enough further fronts, or a direct exchange with a campaign."""
        rules, region = self._definitions, self._theatre.region
        first = np.full(self._totals.n_replicates, np.inf)
        if region.parties:
            active = self.active_fronts(region.parties, float(np.max(rules.regional_rung)))
            lately = [trailing(one, int(np.max(rules.regional_days))) > 0 for one in active]
            enough = np.sum(lately, axis=0) >= rules.regional_parties
            first = first_day_of(enough & self._in_war())
        if region.exchange:
            both = self._both_ways(region.exchange, 1.0)
            first = np.minimum(first, first_day_of(both & self._since(self.decided_day)))
        return first

    def _in_war(self) -> Flags:
        """Return whether the first war lasts, or ended within the days that bind fronts together, by day."""
        ended = np.asarray(self._milestones["ceasefire_day"], dtype=np.float64)
        lately = ended + np.asarray(self._definitions.regional_days)
        in_war: Flags = self._since(self.war_day) & ~self._since(lately)
        return in_war

    def _general_day(self) -> Floats:
        region = self._theatre.region
        if not region.general:
            return np.full(self._totals.n_replicates, np.inf)
        both = self._both_ways(region.general, float(np.max(self._definitions.general_rung)))
        return first_day_of(within(both, int(np.max(self._definitions.regional_days))) & self._since(self.regional_day))

    def _both_ways(self, pair: Sequence[str], rung: float) -> Flags:
        """Return whether two parties exchanged acts on a rung both ways, lately, by day."""
        days = int(np.max(self._definitions.exchange_days))
        there = self._totals.by_day("acts", self._groups.between(pair[0], pair[1], rung), 1)[0]
        back = self._totals.by_day("acts", self._groups.between(pair[1], pair[0], rung), 1)[0]
        both: Flags = (trailing(there, days) > 0) & (trailing(back, days) > 0)
        return both

    def _since(self, first_day: Floats) -> Flags:
        """Return whether a first day has come by the end of each day, shape (n_days, n_replicates)."""
        ends = np.arange(1, len(self._totals.days) + 1)[:, None]
        come: Flags = first_day <= ends
        return come

    def _attack_day(self, question: Question) -> Floats:
        groups = self._groups.between(question.sender, question.target, question.rung)
        attacked = self._totals.by_day("acts", groups, 1)[0] > 0
        if question.after:
            attacked &= self._since(self._days[question.after])
        return first_day_of(attacked)

    def _killed_day(self, question: Question) -> Floats:
        killed = self._totals.by_day("killed", self._groups.at(question.location), 1)[0]
        if question.kind == "killed_within":
            return first_day_of(trailing(killed, question.window_days) >= question.threshold)
        return first_day_of(killed.cumsum(axis=0) + question.already >= question.threshold)

    def _state(self, horizon: int) -> npt.NDArray[np.int8]:
        rules = self._definitions
        days = min(horizon, int(np.max(rules.calm_days)))
        acts = self._acts[:, horizon - days : horizon].sum(axis=(0, 1))
        state: npt.NDArray[np.int8] = (acts >= np.asarray(rules.calm_acts) * days).astype(np.int8)
        for level, day in ((2, self.war_day), (3, self.regional_day), (4, self.general_day)):
            state = np.where(day <= horizon, np.int8(level), state)
        return state
