"""One history of a live run, told day by day beside the odds: the same that the ensemble holds under its number."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.engine.model import Conflict
from sim.scenario.design import Point
from sim.scenario.scenario import Scenario


class LiveStory:
    """Tells a replicate of a point; another one is told from its first day."""

    def __init__(self, scenario: Scenario, point: Point) -> None:
        self._scenario = scenario
        self._point = point
        self._conflict: Conflict | None = None
        self.replicate: int | None = None
        """Whose history is told; nobody's with None."""

    def choose(self, replicate: int | None) -> None:
        """Tell another replicate from now on."""
        if replicate != self.replicate:
            self.release()
            self.replicate = replicate

    def advance(self, day: int) -> list[dict[str, Any]]:
        """Return the lines of the days that have passed until the end of a day and were not told."""
        if self.replicate is None:
            return []
        if self._conflict is None:
            own = np.array([self.replicate])
            self._conflict = self._scenario.ensemble(self._point, own, self._scenario.seed).conflict
        narrative, days = self._conflict.narrative, self._conflict.totals.n_days
        if narrative is None:
            return []
        told = len(narrative.lines)
        for _ in range((day - days) * self._conflict.timeline.steps_per_day):
            self._conflict.step()
        return [{"day": line.day, "date": str(line.date or ""), "text": line.text} for line in narrative.lines[told:]]

    def release(self) -> None:
        """Let go of the history."""
        if self._conflict is not None:
            self._conflict.release()
            self._conflict = None
