"""The rung on which acts are reported, from the criteria of a ladder alone, as science.md 2.4 has them."""

from __future__ import annotations

import numpy as np

from sim.core.arrays import Integers
from sim.engine.theatre import Ladder


def classify(ladder: Ladder, launched: Integers, killed: Integers, civilians: Integers, leaders: Integers) -> Integers:
    """Return the highest of the launched rung and those whose criteria the marks of each act meet."""
    rung = launched
    for marks, name in ((killed, "killed"), (civilians, "civilians"), (leaders, "leader")):
        for one in ladder.rungs:
            if (criterion := getattr(one, f"criterion_{name}")) > 0:
                rung = np.where(marks >= criterion, np.maximum(rung, one.level), rung)
    return rung
