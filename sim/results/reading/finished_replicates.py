"""Replicates that finished at every point, for what compares points history by history.

A replicate that fails at one point is missing from such a comparison at all of them, so few failures over many points
leave little. Histories that fail are not like the others: where more than a tenth are missing nothing is compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final

import numpy as np

from sim.core.arrays import Integers
from sim.core.errors import InputError
from sim.results.reading.question_outcomes import list_points, read_finished
from sim.results.reading.store import Results

LEAST: Final = 0.9  # share of the replicates that must have finished at every point


@dataclass(frozen=True)
class FinishedReplicates:
    """What is left of the replicates when those that failed at any point are left out."""

    replicates: Integers  # shape (n_replicates,): indices of the replicates that finished at every point, rising
    run: int  # replicates that were run at every point, finished or not

    @property
    def is_enough(self) -> bool:
        """Whether so many are left that they stand for all."""
        return len(self.replicates) >= LEAST * self.run

    def __str__(self) -> str:
        return f"{len(self.replicates):,} of {self.run:,} replicates finished at every point"


def intersect_finished(at_points: Sequence[tuple[Integers, int]]) -> FinishedReplicates:
    """Return the replicates that finished at every point, of those of each point and the number that did not."""
    shared: Integers = reduce(np.intersect1d, (which for which, _ in at_points))
    return FinishedReplicates(shared, min(len(which) + failed for which, failed in at_points))


def find_finished(results: Results) -> FinishedReplicates:
    """Return the replicates of a results folder that finished at every point."""
    rows = [read_finished(results, point, []) for point, _ in list_points(results)]
    return intersect_finished([(frame["replicate"].to_numpy(), failed) for frame, failed in rows])


def is_comparable(results: Results) -> bool:
    """Return whether enough replicates of a folder with blocks finished at every point."""
    return find_finished(results).is_enough


def refuse_few(results: Results, finished: FinishedReplicates) -> None:
    """Refuse to compare points of which more than a tenth of the histories are missing."""
    if not finished.is_enough:
        words = (
            f"{finished}; points are compared history by history where at least {100 * LEAST:.0f} % did, "
            "since histories that fail are not like the others. The odds of each point alone: "
            f"sim results show {results.path}"
        )
        raise InputError.single(results.path, "", words)


def describe_finished(results: Results) -> list[str]:
    """Return how many replicates are left out of what compares points, if any are."""
    if not results.blocks:
        return []
    finished = find_finished(results)
    return (
        [] if len(finished.replicates) == finished.run else [f"{finished}; only these are compared, at each of them."]
    )
