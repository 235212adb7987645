"""The interval of a share, proper where it happened never or always."""

from typing import Final

import numpy as np

CONFIDENCE: Final = 0.95  # how sure an interval is where nothing else is said


def reach(confidence: float = CONFIDENCE) -> float:
    """Return how many standard errors an interval reaches to either side."""
    # Imported here: it takes a third of a second, which tables that are only shown do not need.
    from scipy.special import ndtri

    return float(ndtri((1 + confidence) / 2))


def interval(events: float, n: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the Wilson interval of a share of events among n; proper at 0 and at n, everything where n is 0.

    Effective numbers need not be whole (Korn & Graubard 1998).
    """
    if n == 0:
        return 0.0, 1.0
    z = reach(confidence)
    share = events / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    # Rounding can leave the bound at 0 or at n a hair away from it.
    return (0.0 if events == 0 else float(centre - half)), (1.0 if events == n else float(centre + half))
