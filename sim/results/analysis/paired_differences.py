"""Differences of two points over the same replicates, whether or not they share luck, with errors over clusters."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from sim.core.arrays import Integers
from sim.sweeps.cluster_errors import Numbers, estimate_error

_SURE: Final = 1.959964  # standard errors on both sides of a normal estimate that hold 95 %


@dataclass(frozen=True)
class Difference:
    """How a mean differs between two points over the same replicates."""

    n: int  # replicates that finished in both
    first: float  # means
    second: float
    difference: float  # second less first
    paired: float  # standard error of the difference, as the replicates are paired
    independent: float  # standard error that independent seeds would have at equal cost

    def error(self, *, is_paired: bool) -> float:
        """Return the standard error of the difference."""
        return self.paired if is_paired else self.independent

    def row(self, *, is_paired: bool) -> dict[str, float | None]:
        """Return the columns of a table; what pairing gives is None where nothing is paired."""
        factor = self.independent / self.paired if is_paired and self.paired > 0 else None
        return {
            "n": self.n,
            "first": self.first,
            "second": self.second,
            "difference": self.difference,
            "se_paired": self.paired if is_paired else None,
            "se_independent": self.independent,
            "factor": factor,
            "gain": None if factor is None else factor**2,
        }


def pair_difference(first: Numbers, second: Numbers, replicates: Integers) -> Difference:
    """Return the difference of two means over the same replicates, at least two, with its errors."""
    a, b = first.astype(np.float64), second.astype(np.float64)
    paired = float(estimate_error(b - a, replicates))
    independent = float(np.hypot(estimate_error(a, replicates), estimate_error(b, replicates)))
    return Difference(len(a), float(a.mean()), float(b.mean()), float(np.mean(b - a)), paired, independent)


def reach_difference(difference: float, error: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a difference of odds among n histories, as if one more of them came out otherwise.

    Four histories of thousands that all turn one way tell nothing yet, which the error alone denies (after Agresti &
    Min 2005).
    """
    reach = _SURE * math.hypot(error, 1 / n)
    return difference - reach, difference + reach
