"""What the scalar model writes down: totals, days on which definitions are met, answers to the questions (S2.13)."""

from __future__ import annotations

import math
from collections import Counter
from types import SimpleNamespace
from typing import Any

from benchmarks.scalar_party import Act
from sim.engine.configuration import Timeline
from sim.engine.theatre import Theatre

TOWN_RUNG = 4


class Record:
    """Totals and outcomes of one history.

    Parameters
    ----------
    theatre : Theatre
        Parties, dyads and front.
    timeline : Timeline
        Questions.
    rules : SimpleNamespace
        What counts as a campaign or a war.
    """

    def __init__(self, theatre: Theatre, timeline: Timeline, rules: SimpleNamespace) -> None:
        self._rules, self._questions = rules, timeline.questions
        profiles = {party.id: party for party in theatre.parties}
        self._side = {dyad.id: theatre.front.side_between(dyad.sender, dyad.target) for dyad in theatre.dyads}
        self._place = {dyad.id: profiles[dyad.target].location for dyad in theatre.dyads}
        self.is_salvo = {dyad.id: profiles[dyad.sender].counts_launches for dyad in theatre.dyads}
        self.totals: Counter[str] = Counter()
        self.daily_acts: list[int] = []
        self.daily_killed: list[Counter[str]] = []
        self.busy: tuple[list[bool], list[bool]] = ([], [])
        self.war_day = math.inf
        self.was_decided = False
        self.first_day = {q.id: math.inf for q in timeline.questions if not q.is_state}
        self._new_day()

    def _new_day(self) -> None:
        self._acts, self._launches = [0, 0], [0, 0]
        self._killed: Counter[str] = Counter()

    def note(self, act: Act, launches: int) -> None:
        """Count an act."""
        dyad = act.relation.dyad.id
        side = self._side[dyad]
        self._acts[side] += 1
        self._launches[side] += launches
        self.totals[f"acts_{dyad}"] += 1
        self.totals[f"grave_{side}"] += act.rung >= TOWN_RUNG
        self.totals[f"launches_{side}"] += launches
        if act.killed:
            place = self._place[dyad]
            self._killed[place] += act.killed
            self.totals[f"killed_{place}"] += act.killed
            self.totals[f"civilians_{place}"] += act.civilians

    def follow_step(self, end_day: float, in_campaign: bool, on_ground: bool) -> None:
        """Note what began in a step."""
        if in_campaign:
            self.war_day = min(self.war_day, end_day)
        if on_ground:
            for question in self._questions:
                if question.kind == "ground_operation":
                    self.first_day[question.id] = min(self.first_day[question.id], end_day)

    def is_campaign(self) -> bool:
        """Return whether the counting criteria are met at the end of the day (S2.4); call once, before `end_day`."""
        rules = self._rules
        for side, busy in enumerate(self.busy):
            busy.append(self._acts[side] >= rules.campaign_acts or self._launches[side] >= rules.campaign_launches)
        self.daily_killed.append(self._killed)
        self.daily_acts.append(sum(self._acts))
        week = [sum(day.values()) for day in self.daily_killed[-7:]]
        return (
            max(sum(busy[-7:]) for busy in self.busy) >= rules.campaign_days
            or sum(killed >= rules.campaign_killed for killed in week) >= rules.campaign_killed_days
            or sum(sum(day.values()) for day in self.daily_killed[-30:]) >= rules.war_killed
        )

    def end_day(self, day: int, in_campaign: bool) -> None:
        """Answer the questions that are asked at the end of a day."""
        self._new_day()
        if in_campaign:
            self.war_day = min(self.war_day, float(day))
        for question in self._questions:
            holds = False
            asked = {"war": True, "war_decided": self.was_decided, "war_counted": not self.was_decided}
            if asked.get(question.kind):
                self.first_day[question.id] = self.war_day
            elif question.kind == "killed_since_start":
                holds = self.totals[f"killed_{question.location}"] + question.already >= question.threshold
            elif question.kind == "killed_within":
                window = self.daily_killed[-question.window_days :]
                holds = sum(killed[question.location] for killed in window) >= question.threshold
            if holds:
                self.first_day[question.id] = min(self.first_day[question.id], float(day))

    def row(self, horizon: int) -> dict[str, Any]:
        """Return the outcomes at the horizon."""
        contained = sum(self.daily_acts[-14:]) >= len(self.daily_acts[-14:])
        state = 2 if self.war_day <= horizon else int(contained)
        days = {f"{question}_day": day for question, day in self.first_day.items()}
        return dict(self.totals) | days | {"war_day": self.war_day, "state": state}
