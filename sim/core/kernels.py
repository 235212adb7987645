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
from sim.core.kernels_numba import compiled
from sim.core.kernels_numpy import NUMPY, Primitives

Table = TypeVar("Table", bound=npt.NDArray[np.generic])


def pick(table: Table, *index: Integers) -> Table:
    """Return ``table[index]``.

    Parameters
    ----------
    table : ndarray
        Contiguous table with two or three axes.
    *index : ndarray of int, shape (n,)
        One array for each axis; on the first axis a negative index counts from the end.
    """
    picked: Table = CHOSEN.pick_2(table, *index) if len(index) == 2 else CHOSEN.pick_3(table, *index)
    return picked


def add_at(table: Floats, values: Floats | float, *index: Integers) -> None:
    """Add values at places of a table; a place that occurs twice gets both, in order.

    Parameters
    ----------
    table : ndarray of float
        Contiguous table, changed in place.
    values : float or ndarray of float, shape (n,)
        What is added.
    *index : ndarray of int, shape (n,)
        One array for each axis.
    """
    flat = index[0]
    for size, along in zip(table.shape[1:], index[1:], strict=True):
        flat = flat * size + along
    CHOSEN.add(table.reshape(-1), flat, np.broadcast_to(values, flat.shape))


def choose() -> Primitives:
    """Return the compiled form where it is to be had, else the NumPy form."""
    if os.environ.get("SIM_PRIMITIVES") == "numpy":
        return NUMPY
    return compiled() or NUMPY


CHOSEN: Final = choose()
