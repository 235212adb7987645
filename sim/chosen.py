"""Which form of the primitives is in use.

The compiled form is taken where numba is installed; the environment variable ``SIM_PRIMITIVES=numpy`` asks for the
NumPy form. Both give the same bits.
"""

from __future__ import annotations

import os
from typing import Final

from sim.compiled import compiled
from sim.primitives import NUMPY, Primitives


def choose() -> Primitives:
    """Return the compiled form where it is to be had, else the NumPy form."""
    if os.environ.get("SIM_PRIMITIVES") == "numpy":
        return NUMPY
    return compiled() or NUMPY


CHOSEN: Final = choose()
