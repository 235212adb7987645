"""Read and add at many places of a table at once: what everything that happens to acts is made of."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from sim.chosen import CHOSEN
from sim.primitives import Floats, Integers

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
