"""What a live run shows of its histories at the end of a day: odds with intervals, ladder, phases, joins, killed."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.core.arrays import Flags
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

JUDGED_EVERY: Final = 5
"""Days from one judgement of a run that goes on to the next: judging takes as long as many days."""


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
            "rests": " ".join(describe_grounds(self._results)),
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
