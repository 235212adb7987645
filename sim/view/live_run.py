"""An ensemble that a thread steps by days, as a page asks; what it shows waits as messages until it is taken."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sim.core.compile_notice import LISTENERS
from sim.core.errors import SimError
from sim.core.foreign_code import blame, describe
from sim.engine.model import Conflict
from sim.scenario.design import Point
from sim.scenario.scenario import Scenario
from sim.view.live_story import LiveStory
from sim.view.live_tally import JUDGED_EVERY, LiveTally

_MOST_WAITING: Final = 50
"""Messages that may wait: a page that does not read holds the run up."""
COMPILES: Final = "compiling the engine for theatres of this size, once on this machine: 20 s or so"


class LiveRun:
    """One ensemble of a page: it begins with the stream of its page and ends with it.

    Parameters
    ----------
    scenario : Scenario
        What is run.
    point : Point
        What-if of the scenario.
    replicates : int
        Number of histories.
    """

    def __init__(self, scenario: Scenario, point: Point, replicates: int) -> None:
        self.scenario = scenario
        self.point = point
        self.replicates = replicates
        self.thread: threading.Thread | None = None
        self.is_over = False
        self._owed: float = 0  # days that are still to be stepped
        self._told: int | None = None  # replicate whose history is told
        self._messages: deque[dict[str, Any]] = deque()
        self._change = threading.Condition()

    def begin(self) -> bool:
        """Start the thread; False if it was started before."""
        with self._change:
            if self.thread is not None or self.is_over:
                return False
            # A daemon, as a policy of a user may not come back.
            self.thread = threading.Thread(target=self._work, name="live run", daemon=True)
        self.thread.start()
        return True

    @property
    def is_alive(self) -> bool:
        """Whether the thread still works."""
        return self.thread is not None and self.thread.is_alive()

    def owe(self, days: float) -> None:
        """Say how many days are to be stepped from now on: infinitely many, one, or none."""
        with self._change:
            self._owed = days
            self._change.notify_all()

    def tell(self, replicate: int | None) -> None:
        """Say whose history is told day by day; nobody's with None."""
        with self._change:
            self._told = replicate
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

    def _put(self, message: dict[str, Any]) -> None:
        with self._change:
            self._messages.append(message)

    def _work(self) -> None:
        try:
            with blame("a policy"), self._hear_compiler():
                self._run()
        except SimError as error:
            self._put({"error": str(error)})
        except BaseException as error:
            self._put({"error": f"the run failed: {describe(error)}"})

    @contextmanager
    def _hear_compiler(self) -> Iterator[None]:
        def told() -> None:
            self._put({"note": COMPILES})

        LISTENERS.append(told)
        try:
            yield
        finally:
            if told in LISTENERS:
                LISTENERS.remove(told)

    def _run(self) -> None:
        self._put({"note": f"drawing the parameters of {self.replicates:,} histories"})
        conflict = self.scenario.ensemble(self.point, self.replicates, self.scenario.seed).conflict
        story = LiveStory(self.scenario, self.point)
        try:
            tally = LiveTally(self.scenario, self.point, conflict)
            self._put({"ready": tally.describe()})
            while self._waits_for_work(tally, story):
                if self._owed and tally.day < tally.last_day:
                    self._step(conflict, tally)
                if lines := story.advance(tally.day):
                    self._put({"story": lines})
        finally:
            conflict.release()
            story.release()

    def _waits_for_work(self, tally: LiveTally, story: LiveStory) -> bool:
        """Wait until a day is owed, another history is to be told, or the run is over; False for the latter."""

        def has_work() -> bool:
            wants = (self._owed and tally.day < tally.last_day) or self._told != story.replicate
            return self.is_over or bool(wants and len(self._messages) < _MOST_WAITING)

        with self._change:
            self._change.wait_for(has_work)
            story.choose(self._told)
            return not self.is_over

    def _step(self, conflict: Conflict, tally: LiveTally) -> None:
        for _ in range(conflict.timeline.steps_per_day):
            conflict.step()
        with self._change:
            self._owed = max(self._owed - 1, 0)
            rests = not self._owed
        # Judging takes as long as many days, so it is done now and then, and whenever one stops to look.
        is_judged = rests or tally.day % JUDGED_EVERY == 0 or tally.day in (tally.last_day, *self.scenario.horizons)
        self._put(tally.count(is_judged))
