"""Which form of the primitives is in use.

The compiled form is taken where numba is installed; the environment variable ``SIM_PRIMITIVES=numpy`` asks for the
NumPy form. Both give the same bits.
"""

from __future__ import annotations

import os
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats, Integers
from sim.core.kernels_numba import compile_primitives
from sim.core.kernels_numpy import NUMPY, Primitives

Table = TypeVar("Table", bound=npt.NDArray[np.generic])


def pick(table: Table, *index: Integers) -> Table:
    """Return ``table[index]`` of a contiguous table of two or three axes; on the first a negative index counts back."""
    picked: Table = PRIMITIVES.pick_2(table, *index) if len(index) == 2 else PRIMITIVES.pick_3(table, *index)
    return picked


def add_at(table: Floats, values: Floats | float, *index: Integers) -> None:
    """Add values at places of a contiguous table, in place; one that occurs twice gets both, in order."""
    flat = index[0]
    for size, along in zip(table.shape[1:], index[1:], strict=True):
        flat = flat * size + along
    PRIMITIVES.add(table.reshape(-1), flat, np.broadcast_to(values, flat.shape))


def choose() -> Primitives:
    """Return the compiled form where it is to be had, else the NumPy form."""
    if os.environ.get("SIM_PRIMITIVES") == "numpy":
        return NUMPY
    return compile_primitives() or NUMPY


PRIMITIVES: Final = choose()
