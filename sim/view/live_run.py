"""An ensemble that a thread steps by days, as a page asks; what it shows waits as messages until it is taken."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any, Final

import numpy as np

from sim.core.compile_notice import LISTENERS
from sim.core.errors import SimError
from sim.core.foreign_code import blame, describe
from sim.engine.model import Conflict
from sim.scenario.design import Point
from sim.scenario.scenario import Scenario
from sim.view.live_tally import JUDGED_EVERY, LiveTally

_MOST_WAITING: Final = 50
"""Messages that may wait: a page that does not read holds the run up."""
_COMPILES: Final = "compiling the engine for theatres of this size, once on this machine: 20 s or so"


class LiveRun:
    """One ensemble of a page, some histories of a point: it begins with the stream of its page and ends with it."""

    def __init__(self, scenario: Scenario, point: Point, replicates: int) -> None:
        self.scenario = scenario
        self.point = point
        self.replicates = replicates
        self.is_over = False
        # A daemon, as a policy of a user may not come back.
        self.thread = threading.Thread(target=self._work, name="live run", daemon=True)
        self._owed = 0  # days that are still to be stepped
        self._told: int | None = None  # replicate whose history is told
        self._story: Conflict | None = None
        self._messages: deque[dict[str, Any]] = deque()
        self._change = threading.Condition()

    def steer(self, days: int | None = None, story: int | None = None) -> None:
        """Say how many days are to be stepped from now on, none for a pause, or which history is told day by day."""
        with self._change:
            self._owed = self._owed if days is None else days
            if story is not None:
                self._told, self._story = story, None
            self._change.notify_all()

    def end(self) -> None:
        """Let the thread end as soon as it has finished the day in hand."""
        with self._change:
            self.is_over = True
            self._change.notify_all()

    def take(self) -> list[dict[str, Any]]:
        """Return the messages that wait, and forget them."""
        with self._change:
            messages = list(self._messages)
            self._messages.clear()
            self._change.notify_all()
        return messages

    def _put(self, **message: Any) -> None:
        with self._change:
            self._messages.append(message)

    def _work(self) -> None:
        LISTENERS[:] = [lambda: self._put(note=_COMPILES)]
        try:
            with blame("a policy"):
                self._run()
        except SimError as error:
            self._put(error=str(error))
        except BaseException as error:
            self._put(error=f"the run failed: {describe(error)}")

    def _build(self, replicates: Any) -> Conflict:
        conflict = self.scenario.ensemble(self.point, replicates, self.scenario.seed).conflict
        conflict.release()
        return conflict

    def _run(self) -> None:
        self._put(note=f"drawing the parameters of {self.replicates:,} histories")
        conflict = self._build(self.replicates)
        tally = LiveTally(self.scenario, self.point, conflict)
        self._put(ready=tally.describe())
        while self._waits_for_work(tally):
            if self._owed and tally.day < tally.last_day:
                self._step(conflict, tally)
            self._tell(tally.day)

    def _waits_for_work(self, tally: LiveTally) -> bool:
        """Wait until a day is owed, another history is to be told, or the run is over; False for the latter."""

        def has_work() -> bool:
            wants = (self._owed and tally.day < tally.last_day) or (self._told is not None and self._story is None)
            return self.is_over or bool(wants and len(self._messages) < _MOST_WAITING)

        with self._change:
            self._change.wait_for(has_work)
            return not self.is_over

    def _step(self, conflict: Conflict, tally: LiveTally) -> None:
        for _ in range(conflict.timeline.steps_per_day):
            conflict.step()
        with self._change:
            self._owed = max(self._owed - 1, 0)
            rests = not self._owed
        # Judging takes as long as many days, so it is done now and then, and whenever one stops to look.
        is_judged = rests or tally.day % JUDGED_EVERY == 0 or tally.day in (tally.last_day, *self.scenario.horizons)
        self._put(**tally.count(is_judged))

    def _tell(self, day: int) -> None:
        """Tell the chosen history, which the ensemble holds under the same number, until the end of a day."""
        with self._change:
            told, story = self._told, self._story
        if told is None:
            return
        story = story or self._build(np.array([told]))
        with self._change:
            if told == self._told:
                self._story = story
        narrative = story.narrative
        if narrative is not None:
            before = len(narrative.lines)
            for _ in range((day - story.totals.n_days) * story.timeline.steps_per_day):
                story.step()
            lines = [{"day": line.day, "date": str(line.date or ""), "text": line.text} for line in narrative.lines]
            if len(lines) > before:
                self._put(story=lines[before:], replicate=told)
