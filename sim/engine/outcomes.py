"""Outcome states and resolvable questions (S2.13): a history is judged by its daily totals and milestones.

Each question is answered by the first day on which it holds, so its odds can be read at any horizon, or (for a
ceasefire) by its state at the horizon. What counts as a campaign, a war or an active front is an input, so a stored
history can be judged again under another definition.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Flags, Floats
from sim.core.parameters import ANY_RUNG, LaneValues, duration, level, number, parameter, rate
from sim.engine.daily_totals import DailyTotals, Sums
from sim.engine.rolling_windows import Groups, any_trailing, first_day_of, sum_trailing
from sim.engine.theatre import Theatre

STATES: Final = (
    "de-escalation", "contained border conflict", "war of the front", "regional war", "general regional war",
)  # fmt: skip
"""Names of the outcome states O0 to O4; a replicate is in the highest that it reached."""
STATE_IDS: Final = tuple(f"O{state}" for state in range(len(STATES)))  # in tables of odds, beside ids of questions
QUESTION_KINDS: Final = (
    "war", "war_decided", "war_counted", "regional_war", "general_war", "attack", "joined",
    "killed_since_start", "killed_within", "ground_operation", "ceasefire", "driver_truce",
)  # fmt: skip

Column = npt.NDArray[np.generic]


@dataclass(frozen=True)
class Question:
    """A question that the record will resolve."""

    id: str  # for instance ``Q1``
    text: str
    kind: str  # one of `QUESTION_KINDS`
    location: str = ""  # where the killed are counted, for the kinds that count them
    threshold: float = 0.0  # killed [persons], or days of truce [days]
    window_days: int = 30  # of the kind ``killed_within``
    already: float = 0.0  # killed before the start that count towards the threshold [persons]
    sender: str = ""  # of the kinds ``attack`` and ``joined``
    target: str = ""  # of the kind ``attack``
    rung: int = 1  # lowest, of the kind ``attack``
    after: str = ""  # id of a question that must hold before, for the kind ``attack``

    @property
    def is_state(self) -> bool:
        """Whether the answer is a state at the horizon and not a first day."""
        return self.kind == "ceasefire"


@dataclass(frozen=True)
class Definitions:
    """Thresholds by which daily totals are judged: what a campaign, a war, an active front is (S2.4, S2.13).

    They are inputs, so that the odds can be read again under another definition without a new run. One of them also
    steers: a front that meets the counts of a campaign while it is run is in one from then on (S2.4), and keeps that
    course when it is judged otherwise later.
    """

    campaign_acts: LaneValues = rate(100.0, (1, 1e6), "S2.4", "acts on a campaign day: of one side")
    campaign_launches: LaneValues = rate(100.0, (1, 1e6), "S2.4", "launches on a campaign day: of one side")
    campaign_days: LaneValues = duration(3.0, (1, 7), "S2.4", "days of a campaign: such days within a week")
    campaign_killed: LaneValues = parameter(
        50.0, (1, 1e6), "persons/day", "S2.4", "killed on a campaign day: of both sides"
    )
    campaign_killed_days: LaneValues = duration(
        2.0, (1, 7), "S2.4", "deadly days of a campaign: with that toll, in a week"
    )
    war_killed: LaneValues = parameter(
        1000.0, (1, 1e7), "persons", "S2.4", "killed in a war: within 30 days, of both sides"
    )
    front_acts: LaneValues = number(5.0, (1, 1e4), "S2.4", "acts of an active front: grave ones of a party")
    front_rung: LaneValues = level(4.0, ANY_RUNG, "S2.4", "rung of an active front: read nowhere, see regional_rung")
    front_days: LaneValues = duration(14.0, (1, 90), "S2.4", "window of an active front: trailing days")
    front_top_rung: LaneValues = level(6.0, ANY_RUNG, "S2.4", "rung of a single act: which makes a front active alone")
    regional_parties: LaneValues = number(2.0, (1, 20), "S2.13", "parties of a regional war: others with active fronts")
    regional_rung: LaneValues = level(5.0, ANY_RUNG, "S2.13", "rung of a regional war: from which their acts count")
    regional_days: LaneValues = duration(30.0, (1, 365), "S2.13", "window of a regional war: days of these fronts")
    exchange_days: LaneValues = duration(14.0, (1, 365), "S2.13", "window of an exchange: days to go both ways")
    general_rung: LaneValues = level(6.0, ANY_RUNG, "S2.13", "rung of a general war: of the exchange that makes it")
    calm_acts: LaneValues = rate(1.0, (0, 100), "S2.13", "acts of a calm border: fewer than this, both ways")
    calm_days: LaneValues = duration(14.0, (1, 90), "S2.13", "days of calm: at the horizon, for a de-escalation")


class Judge:
    """Judges the histories of an ensemble under one definition, by their daily totals and `Milestones.columns`."""

    def __init__(
        self, theatre: Theatre, definitions: Definitions, totals: DailyTotals, milestones: Mapping[str, Column]
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

        A question that comes after another must stand after it; states are noted at the horizons [days].
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
        if question.kind == "attack":
            return self._attack_day(question)
        if question.kind in ("killed_since_start", "killed_within"):
            return self._killed_day(question)
        decided, counted = self.decided_day, self.counted_day
        judged = {
            "war": self.war_day,
            "war_decided": np.where(decided <= counted, decided, np.inf),
            "war_counted": np.where(counted < decided, counted, np.inf),
            "regional_war": self.regional_day,
            "general_war": self.general_day,
        }
        noted = {
            "ground_operation": "ground_day",
            "driver_truce": f"truce_day_{question.id}",
            "joined": f"joined_{question.sender}_day",
        }
        kind = question.kind
        return judged[kind] if kind in judged else np.asarray(self._milestones[noted[kind]], dtype=np.float64)

    def _counted_day(self) -> Floats:
        """Return the first day on which the counts that define a campaign or a war are met (S2.4)."""
        rules, groups, totals = self._definitions, self._groups, self._totals
        busy_days = np.zeros((totals.n_days, totals.n_replicates), dtype=np.int64)
        launches = totals.by_day("launches", groups.sides, 2)
        for side in (0, 1):
            busy = (self._acts[side] >= rules.campaign_acts) | (launches[side] >= rules.campaign_launches)
            busy_days = np.maximum(busy_days, sum_trailing(busy, 7))
        deadly_days = sum_trailing(self._killed >= np.asarray(rules.campaign_killed), 7)
        return first_day_of(
            (busy_days >= rules.campaign_days)
            | (deadly_days >= rules.campaign_killed_days)
            | (sum_trailing(self._killed, 30) >= rules.war_killed)
        )

    def active_fronts(self, parties: Sequence[str], rung: float) -> Flags:
        """Return whose front is active at the end of each day, shape (n_parties, n_days, n_replicates) (S2.4).

        It is where the party lately sent enough acts from ``rung`` upwards, or one on the top rung of the definition.
        """
        rules = self._definitions
        groups = self._groups.cells_sent_by(parties, rung)
        top = self._groups.cells_sent_by(parties, float(np.max(rules.front_top_rung)))
        many = self._totals.by_day("acts", groups, len(parties))
        grave = self._totals.by_day("acts", top, len(parties))
        days = int(np.max(rules.front_days))
        active = [
            (sum_trailing(m, days) >= rules.front_acts) | (sum_trailing(g, days) >= 1)
            for m, g in zip(many, grave, strict=True)
        ]
        return np.array(active)

    def _regional_day(self) -> Floats:
        """Return the first day of a regional war: enough further fronts, or a direct exchange with a campaign."""
        rules, region = self._definitions, self._theatre.region
        first = np.full(self._totals.n_replicates, np.inf)
        if region.parties:
            active = self.active_fronts(region.parties, float(np.max(rules.regional_rung)))
            lately = [sum_trailing(front, int(np.max(rules.regional_days))) > 0 for front in active]
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
        return first_day_of(
            any_trailing(both, int(np.max(self._definitions.regional_days))) & self._since(self.regional_day)
        )

    def _both_ways(self, pair: Sequence[str], rung: float) -> Flags:
        """Return whether two parties exchanged acts on a rung both ways, lately, by day."""
        days = int(np.max(self._definitions.exchange_days))
        there = self._totals.by_day("acts", self._groups.cells_between(pair[0], pair[1], rung), 1)[0]
        back = self._totals.by_day("acts", self._groups.cells_between(pair[1], pair[0], rung), 1)[0]
        both: Flags = (sum_trailing(there, days) > 0) & (sum_trailing(back, days) > 0)
        return both

    def _since(self, first_day: Floats) -> Flags:
        """Return whether a first day has come by the end of each day, shape (n_days, n_replicates)."""
        ends = np.arange(1, self._totals.n_days + 1)[:, None]
        come: Flags = first_day <= ends
        return come

    def _attack_day(self, question: Question) -> Floats:
        groups = self._groups.cells_between(question.sender, question.target, question.rung)
        attacked = self._totals.by_day("acts", groups, 1)[0] > 0
        if question.after:
            attacked &= self._since(self._days[question.after])
        return first_day_of(attacked)

    def _killed_day(self, question: Question) -> Floats:
        killed = self._totals.by_day("killed", self._groups.cells_hit_at(question.location), 1)[0]
        if question.kind == "killed_within":
            return first_day_of(sum_trailing(killed, question.window_days) >= question.threshold)
        return first_day_of(killed.cumsum(axis=0) + question.already >= question.threshold)

    def _state(self, horizon: int) -> npt.NDArray[np.int8]:
        rules = self._definitions
        days = min(horizon, int(np.max(rules.calm_days)))
        acts = self._acts[:, horizon - days : horizon].sum(axis=(0, 1))
        state: npt.NDArray[np.int8] = (acts >= np.asarray(rules.calm_acts) * days).astype(np.int8)
        for higher, day in ((2, self.war_day), (3, self.regional_day), (4, self.general_day)):
            state = np.where(day <= horizon, np.int8(higher), state)
        return state
