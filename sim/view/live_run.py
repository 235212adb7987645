"""An ensemble that a thread steps by days, as a page asks; what it shows waits as messages until it is taken.

At the end of a day that is odds with intervals, ladder, phases, joins and killed.
"""

import threading
from collections import deque
from typing import Any, Final

import numpy as np

from sim.core.arrays import Flags
from sim.core.compile_notice import LISTENERS
from sim.core.errors import SimError
from sim.core.foreign_code import blame, describe
from sim.engine.kernel.phases import CEASEFIRE
from sim.engine.model import Conflict
from sim.engine.narrative import PHASES
from sim.engine.rolling_windows import Groups
from sim.report.answer import describe_grounds, make_answer
from sim.results.analysis.odds import killed_quantiles
from sim.results.reading.question_outcomes import estimate_shares
from sim.results.reading.unsaved_results import Unsaved
from sim.scenario.design import Point
from sim.scenario.scenario import Scenario
from sim.sweeps.results_folder import build_manifest

JUDGED_EVERY: Final = 5  # days from one judgement of a run that goes on to the next: judging takes as long as many days


class LiveTally:
    """Counts an ensemble day by day, in the words and by the estimates of the tables."""

    def __init__(self, scenario: Scenario, point: Point, conflict: Conflict) -> None:
        self._conflict = conflict
        self._groups = Groups(conflict.theatre)
        manifest = build_manifest(scenario, conflict.n_replicates, scenario.seed)
        self._results = Unsaved(scenario.path, manifest, point, ())
        self._rungs_until = 0  # day until which the highest rungs were told
        self.last_day = conflict.timeline.horizon_days

    @property
    def day(self) -> int:
        """Days that have passed."""
        return self._conflict.totals.n_days

    def describe(self) -> dict[str, Any]:
        """Return the words that hold for the whole run."""
        timeline, rungs = self._conflict.timeline, self._conflict.theatre.ladder.rungs
        return {
            "rests": " ".join(describe_grounds(self._results, timeline.questions[0].id, self.last_day)),
            "questions": [asked.text for asked in timeline.questions],
            "phases": PHASES,
            "rungs": [rung.name for rung in rungs],
            "start": f"{timeline.start:%d %B %Y}".lstrip("0") if timeline.start else "the start",
            "last_day": self.last_day,
            "histories": self._conflict.n_replicates,
        }

    def count(self, is_judged: bool) -> dict[str, Any]:
        """Return what is cheap to count; where it is judged, all."""
        told: dict[str, Any] = {"day": self.day, "phases": _count(self._conflict.phase, len(PHASES))}
        return told | self._judge() if is_judged else told

    def _judge(self) -> dict[str, Any]:
        conflict, theatre = self._conflict, self._conflict.theatre
        finished = ~conflict.failed
        replicates = conflict.streams.replicates[finished]
        rows = estimate_shares(self._holds()[finished], replicates)
        main = {"question": conflict.timeline.questions[0].id, "point": self._results.point.index}
        answer = make_answer(self._results, rows[0] | main | {"horizon_days": self.day})
        joined = zip(theatre.parties, conflict.joined.sum(axis=1).tolist(), strict=True)
        return {
            "odds": [{name: row[name] for name in ("events", "n", "estimate", "low", "high")} for row in rows],
            "sentence": answer.sentence,
            "interval": answer.interval,
            "ladder": self._highest_rungs(),
            "killed": self._killed(),
            "joined": [[party.name, count] for party, count in joined if theatre.may_join(party.id)],
        }

    def _holds(self) -> Flags:
        """Return which histories have an answer by now, shape (n_replicates, n_questions); a state is that of today."""
        questions = self._conflict.timeline.questions
        columns = self._conflict.judge().columns([asked for asked in questions if not asked.is_state], [])
        days = {name.removesuffix("_day"): np.asarray(column, dtype=np.float64) for name, column in columns.items()}
        in_state = self._conflict.phase == CEASEFIRE
        held = [in_state if asked.is_state else days[asked.id] <= self.day for asked in questions]
        return np.column_stack(held)

    def _highest_rungs(self) -> list[list[int]]:
        """Return how many histories had each rung as the highest on the front, for every day that was not told."""
        rungs = np.arange(self._conflict.theatre.ladder.top + 1)
        groups = np.where(self._groups.front < 0, -1, rungs)
        acts = self._conflict.totals.by_day("acts", groups, len(rungs))[:, self._rungs_until :]
        self._rungs_until = self.day
        return [_count(day, len(rungs)) for day in np.where(acts > 0, rungs[:, None, None], 0).max(axis=0)]

    def _killed(self) -> list[dict[str, Any]]:
        """Return the killed so far at each place, and civilians among them: the middle history, and 90 of 100."""
        places, cells = self._conflict.theatre.locations, self._groups.cells_by_place()
        parts = ("killed", "civilians")
        counts = {part: self._conflict.totals.total(part, cells, len(places), self.day) for part in parts}
        return [
            {"place": place, **{part: killed_quantiles(counts[part][row]) for part in parts}}
            for row, place in enumerate(places)
        ]


def _count(values: Any, n: int) -> list[int]:
    counts: list[int] = np.bincount(values, minlength=n).tolist()
    return counts


_MOST_WAITING: Final = 50  # messages that may wait: a page that does not read holds the run up
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
