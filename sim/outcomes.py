"""Outcome states and resolvable questions (S2.13).

Each question is answered by the first day on which it holds, so its odds can be read at any horizon, or (for a
ceasefire) by its state at the horizon. What counts as a campaign or a war is a parameter of the front.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from sim.campaign import CEASEFIRE, GROUND, FrontParameters, FrontState
from sim.primitives import Floats, Integers
from sim.theatre import Theatre
from sim.trace import DailyTotals

STATES: Final = ("de-escalation", "contained border conflict", "war")
"""Names of the outcome states O0, O1, O2."""
QUESTION_KINDS: Final = (
    "war",
    "war_decided",
    "war_counted",
    "killed_since_start",
    "killed_within",
    "ground_operation",
    "ceasefire",
    "driver_truce",
)
DE_ESCALATION_DAYS: Final = 14
"""Days at the end over which fire must have all but ceased for de-escalation (S2.13)."""

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
    """

    id: str
    text: str
    kind: str
    location: str = ""
    threshold: float = 0.0
    window_days: int = 30
    already: float = 0.0

    @property
    def is_state(self) -> bool:
        """Whether the answer is a state at the horizon and not a first day."""
        return self.kind == "ceasefire"


class Outcomes:
    """Follows the questions and the outcome state through a run.

    Parameters
    ----------
    theatre : Theatre
        Parties, dyads, front.
    definitions : FrontParameters
        What counts as a campaign and a war.
    questions : sequence of Question
        The questions.
    horizons : sequence of int
        Days at which states are noted [days].
    n_replicates : int
        Number of replicates.
    """

    def __init__(
        self,
        theatre: Theatre,
        definitions: FrontParameters,
        questions: Sequence[Question],
        horizons: Sequence[int],
        n_replicates: int,
    ) -> None:
        self._definitions = definitions
        self._horizons = tuple(horizons)
        self.questions = tuple(questions)
        self.war_day: Floats = np.full(n_replicates, np.inf)
        self.first_day: dict[str, Floats] = {q.id: np.full(n_replicates, np.inf) for q in questions if not q.is_state}
        self.state_at: dict[int, Integers] = {}
        self.holds_at: dict[tuple[str, int], Flags] = {}
        self._truce_days: Floats = np.zeros(n_replicates)
        self._side_dyads = [
            np.array([i for i, dyad in enumerate(theatre.dyads) if theatre.front.side_of(dyad.sender) == side])
            for side in (0, 1)
        ]

    def follow_step(self, end_day: float, step_days: float, front: FrontState, in_truce: Flags) -> None:
        """Note what began in a step.

        Parameters
        ----------
        end_day : float
            Time at the end of the step [days].
        step_days : float
            Length of the step [days].
        front : FrontState
            Phase of the front.
        in_truce : ndarray of bool, shape (n_replicates,)
            Whether the driver stands still.
        """
        self.war_day[front.in_campaign & np.isinf(self.war_day)] = end_day
        self._truce_days = np.where(in_truce, self._truce_days + step_days, 0.0)
        for question in self.questions:
            if question.kind == "ground_operation":
                self._note(question, front.phase == GROUND, end_day)
            elif question.kind == "driver_truce":
                self._note(question, self._truce_days >= question.threshold, end_day)

    def meets_definition(self, totals: DailyTotals, day: int) -> Flags:
        """Return whether the counting criteria of a campaign or of a war are met at the end of a day (S2.4).

        Parameters
        ----------
        totals : DailyTotals
            Daily totals, this day included.
        day : int
            Day, from 0.
        """
        rules = self._definitions
        week, month = slice(max(0, day - 6), day + 1), slice(max(0, day - 29), day + 1)
        killed = totals.killed[:, month].sum(axis=0, dtype=np.int64)
        busy_days = np.zeros(killed.shape[1:], dtype=np.int64)
        for side in self._side_dyads:
            busy = totals.acts[side, week].sum(axis=0, dtype=np.int64) >= rules.campaign_acts
            busy |= totals.launches[side, week].sum(axis=0, dtype=np.int64) >= rules.campaign_launches
            busy_days = np.maximum(busy_days, busy.sum(axis=0))
        deadly_days = (killed[-(week.stop - week.start) :] >= rules.campaign_killed).sum(axis=0)
        met: Flags = (
            (busy_days >= rules.campaign_days)
            | (deadly_days >= rules.campaign_killed_days)
            | (killed.sum(axis=0) >= rules.war_killed)
        )
        return met

    def follow_day(self, day: int, totals: DailyTotals, front: FrontState) -> None:
        """Note what holds at the end of a day.

        Parameters
        ----------
        day : int
            Day, from 0.
        totals : DailyTotals
            Daily totals, this day included.
        front : FrontState
            Phase of the front.
        """
        end_day = float(day + 1)
        self.war_day[front.in_campaign & np.isinf(self.war_day)] = end_day
        for question in self.questions:
            if question.kind == "killed_since_start":
                killed = totals.killed_in(question.location, slice(0, day + 1)) + question.already
                self._note(question, killed >= question.threshold, end_day)
            elif question.kind == "killed_within":
                window = slice(max(0, day + 1 - question.window_days), day + 1)
                self._note(question, totals.killed_in(question.location, window) >= question.threshold, end_day)
            elif question.kind == "war":
                self.first_day[question.id] = self.war_day
            elif question.kind == "war_decided":
                self.first_day[question.id] = np.where(front.began_by >= 0, self.war_day, np.inf)
            elif question.kind == "war_counted":
                self.first_day[question.id] = np.where(front.began_by < 0, self.war_day, np.inf)
        if day + 1 in self._horizons:
            self._note_horizon(day + 1, totals, front)

    def _note(self, question: Question, holds: Flags, day: float) -> None:
        first = self.first_day[question.id]
        first[holds & np.isinf(first)] = day

    def _note_horizon(self, horizon: int, totals: DailyTotals, front: FrontState) -> None:
        recent = slice(max(0, horizon - DE_ESCALATION_DAYS), horizon)
        acts = totals.acts[:, recent].sum(axis=(0, 1), dtype=np.int64)
        contained = (acts >= (recent.stop - recent.start)).astype(np.int64)
        self.state_at[horizon] = np.where(self.war_day <= horizon, 2, contained)
        for question in self.questions:
            if question.is_state:
                self.holds_at[question.id, horizon] = front.phase == CEASEFIRE

    def columns(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return the outcomes as columns, one value for each replicate."""
        table: dict[str, npt.NDArray[np.generic]] = {"war_day": self.war_day}
        table |= {f"{name}_day": days for name, days in self.first_day.items()}
        table |= {f"{name}_at_{horizon}": holds for (name, horizon), holds in self.holds_at.items()}
        table |= {f"state_at_{horizon}": state.astype(np.int8) for horizon, state in self.state_at.items()}
        return table
