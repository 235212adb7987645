"""The histories of an ensemble as records, and how they are moved by the kernel."""

import contextlib
import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats
from sim.core.compilation import as_records, overflowing_words
from sim.core.random_streams import Branches
from sim.engine.daily_totals import DAY_ROW
from sim.engine.kernel.records import ACT
from sim.engine.kernel.runs import (
    LANE,
    N_ACTS,
    N_ROWS,
    campaign_rates,
    draw_depths,
    joining_rates,
    replay_record,
    run_lanes,
)
from sim.engine.kernel.step import FREE_ACTS

_ROWS: Final = 1 << 17  # rows of days that are written before they are handed on
_LANES: Final = 32
_HALVES: Final = 128
"""So many histories take so many halves of steps in turns: the cache holds their states, and what is given of steps."""
_ACTS: Final = FREE_ACTS + (1 << 16)

_KEPT_BYTES: Final = 256 * 1024 * 1024  # memory of short-lived arrays that the process keeps
_PAD_BYTES: Final = 16 * 1024 * 1024
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3  # options of mallopt in glibc

Array = npt.NDArray[Any]


@dataclass
class Histories:
    """All that the kernel reads and changes, one record of state for each history."""

    setting: Array  # (1,)
    values: Array  # (n_replicates,), or (1,) where all are alike
    states: Array  # (n_replicates,)
    moments: Array  # (n_steps,) of the record and of the run
    n_record: int  # steps of the record
    given: Array
    tables: Floats
    branches: Branches
    rows_asked_outside: tuple[int, ...]  # dyads whose policies the kernel cannot ask
    n_parties: int
    take_rows: Callable[[Array], None]  # is handed rows of days

    def __post_init__(self) -> None:
        """Make room for acts and rows, and say where the tables are."""
        self.setting["tables_at"] = self.tables.ctypes.data
        self._acts, self._rows = np.empty(_ACTS, dtype=ACT), np.empty(_ROWS, dtype=DAY_ROW)
        self._given = as_records(self.given)
        setting, values = as_records(self.setting), as_records(self.values)
        self._known = setting, values, as_records(self.states), as_records(self.moments)
        self._written = as_records(self._acts), as_records(self._rows)
        self._serials = self.branches.serials.astype(np.uint64)
        self._begun_ahead = -1  # step that every history began when it finished the one before

    @property
    def no_acts(self) -> Array:
        """No acts."""
        return self._acts[:0].copy()

    def of_parties(self, name: str) -> Array:
        """Return a part of the state by party, shape (n_parties, n_replicates)."""
        return self.states[name][:, : self.n_parties].T

    def joining_rates(self, day: float) -> Floats:
        """Return the rate at which each party would join on a day, 0 for one in the war, (n_parties, n_replicates)."""
        return self._rates(joining_rates, day)

    def campaign_rates(self, day: float) -> Floats:
        """Return the hazard at which each party would begin a campaign on a day, shape (n_parties, n_replicates)."""
        return self._rates(campaign_rates, day)

    def _rates(self, work_out: Callable[..., None], day: float) -> Floats:
        rates = np.zeros((self.n_parties, len(self.states)))
        setting, values, states, _ = self._known
        work_out(setting, values, states, day, rates)
        return rates

    def depths(self, acts: Array) -> Floats:
        """Return the depth of each act, shape (n_acts,) [km]."""
        depths = np.zeros(len(acts))
        with overflowing_words():
            draw_depths(self._known[0], as_records(acts), depths)
        return depths

    def replay(self) -> None:
        """Replay the record in every history."""
        with overflowing_words():
            replay_record(*self._known, self._written[0], self._given, self.n_record)

    def run(self) -> None:
        """Run every history from its first step to its last, or until a rule fails."""
        last = 2 * (len(self.moments) - self.n_record)
        for lane in range(0, len(self.states), _LANES):
            lanes = lane, min(lane + _LANES, len(self.states))
            for first in range(0, last, _HALVES):
                self._run_span(lanes, first, min(first + _HALVES, last))
                if self.states["rule_failed"][slice(*lanes)].any():
                    return

    def begin(self, step: int) -> None:
        """Begin a step in every history."""
        if step != self._begun_ahead:
            self._run_span((0, len(self.states)), 2 * step, 2 * step + 1)

    def finish(self, step: int, *, goes_on: bool) -> Array:
        """Finish a step in every history, and return its acts in the order of the histories.

        A run that goes on begins the next step, too, and keeps no acts.
        """
        self._begun_ahead = step + goes_on
        return self._run_span((0, len(self.states)), 2 * step + 1, 2 * step + 2 + goes_on, keeps_acts=not goes_on)

    def _run_span(self, lanes: tuple[int, int], first: int, last: int, *, keeps_acts: bool = False) -> Array:
        """Run some histories through some halves of steps, and return the acts that are kept."""
        place, parts = np.array([lanes[0], 0, 0, 0]), []
        branches = self.branches.steps, self._serials
        while place[LANE] < lanes[1]:
            with overflowing_words():
                run_lanes(*self._known, *branches, self._given, *self._written, place,
                          lanes[1], first, last, keeps_acts, self.n_record)  # fmt: skip
            parts.append(self._acts[: place[N_ACTS]].copy())
            place[N_ACTS] = 0
            self._hand_on(place)
        return np.concatenate([self.no_acts, *parts])

    def _hand_on(self, place: npt.NDArray[np.int64]) -> None:
        if place[N_ROWS]:
            self.take_rows(self._rows[: place[N_ROWS]])
            place[N_ROWS] = 0


@cache
def keep_freed_memory() -> None:
    """Ask the C library, where it is glibc, to keep the memory of arrays for the next ones; no result depends on it."""
    # Every block makes arrays of some ten megabytes. By default each is given back to the system and asked for anew,
    # and the page faults cost as much as the arithmetic.
    with contextlib.suppress(OSError, AttributeError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        for option, size in ((_MMAP_THRESHOLD, _KEPT_BYTES), (_TRIM_THRESHOLD, _KEPT_BYTES), (_TOP_PAD, _PAD_BYTES)):
            mallopt(option, size)
