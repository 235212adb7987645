"""What a live run shows of its histories at the end of a day: odds with intervals, ladder, phases, joins, killed."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.core.arrays import Flags
from sim.engine.kernel.phases import CEASEFIRE
from sim.engine.model import Conflict
from sim.engine.narrative import PHASES
from sim.engine.rolling_windows import Groups
from sim.report.answer import describe_grounds, make_answer, name_condition
from sim.results.analysis.odds import estimate_shares, killed_quantiles
from sim.results.reading.question_outcomes import QuestionOutcomes
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
        self._scenario = scenario
        self._groups = Groups(conflict.theatre)
        self._results = Unsaved(
            scenario.path, build_manifest(scenario, conflict.n_replicates, scenario.seed), point, ()
        )
        self._ladder_days = 0  # days whose highest rungs were told

    @property
    def day(self) -> int:
        """Days that have passed."""
        return self._conflict.totals.n_days

    @property
    def last_day(self) -> int:
        """Day at which the run ends."""
        return self._conflict.timeline.horizon_days

    def describe(self) -> dict[str, Any]:
        """Return the words that hold for the whole run."""
        theatre, start = self._conflict.theatre, self._scenario.start
        return {
            "condition": name_condition(self._results, self._results.point.index),
            "rests": " ".join(describe_grounds(self._results)),
            "questions": [{"id": asked.id, "text": asked.text} for asked in self._conflict.timeline.questions],
            "phases": PHASES,
            "rungs": [rung.name for rung in theatre.ladder.rungs],
            "start": f"{start.day} {start:%B} {start.year}",
            "last_day": self.last_day,
            "histories": self._conflict.n_replicates,
        }

    def count(self, is_judged: bool) -> dict[str, Any]:
        """Return what is cheap to count; where it is judged, all."""
        told: dict[str, Any] = {"day": self.day, "phases": _count(self._conflict.phase, len(PHASES))}
        return told | self._judge() if is_judged else told

    def _judge(self) -> dict[str, Any]:
        conflict = self._conflict
        finished = ~conflict.failed
        replicates = conflict.streams.replicates[finished]
        answers = QuestionOutcomes(replicates, self._holds()[finished], conflict.n_replicates - len(replicates))
        rows = estimate_shares(answers)
        words = {"question": conflict.timeline.questions[0].id, "point": self._results.point.index}
        answer = make_answer(self._results, rows[0] | words | {"horizon_days": self.day})
        return {
            "odds": [{name: row[name] for name in ("events", "n", "estimate", "low", "high")} for row in rows],
            "sentence": answer.sentence,
            "interval": answer.interval,
            "ladder": self._highest_rungs(),
            "killed": self._killed(),
            "joined": self._joined(),
        }

    def _holds(self) -> Flags:
        """Return which histories have an answer by now, shape (n_replicates, n_questions); a state is that of today."""
        conflict, questions = self._conflict, self._conflict.timeline.questions
        columns = conflict.judge().columns([asked for asked in questions if not asked.is_state], [])
        days = {name: np.asarray(column, dtype=np.float64) for name, column in columns.items()}
        return np.column_stack(
            [
                conflict.phase == CEASEFIRE if asked.is_state else days[f"{asked.id}_day"] <= self.day
                for asked in questions
            ]
        )

    def _highest_rungs(self) -> list[list[int]]:
        """Return how many histories had each rung as the highest on the front, for every day that was not told."""
        n_rungs = self._conflict.theatre.ladder.top + 1
        groups = np.where(self._groups.front < 0, -1, np.arange(n_rungs))
        acts = self._conflict.totals.by_day("acts", groups, n_rungs)[:, self._ladder_days :]
        self._ladder_days = self.day
        highest = np.where(acts > 0, np.arange(n_rungs)[:, None, None], 0).max(axis=0)
        return [_count(day, n_rungs) for day in highest]

    def _killed(self) -> list[dict[str, Any]]:
        """Return the killed so far at each place, and civilians among them: the middle history, and 90 of 100."""
        places, cells = self._conflict.theatre.locations, self._groups.cells_by_place()
        killed, civilians = (
            self._conflict.totals.total(part, cells, len(places), self.day) for part in ("killed", "civilians")
        )
        return [
            {"place": place, "killed": killed_quantiles(killed[row]), "civilians": killed_quantiles(civilians[row])}
            for row, place in enumerate(places)
        ]

    def _joined(self) -> list[list[Any]]:
        """Return each party that may join, and how many histories have it in the war now."""
        theatre, joined = self._conflict.theatre, self._conflict.joined
        return [
            [party.name, int(joined[row].sum())]
            for row, party in enumerate(theatre.parties)
            if theatre.may_join(party.id)
        ]


def _count(values: Any, n: int) -> list[int]:
    counts: list[int] = np.bincount(values, minlength=n).tolist()
    return counts
