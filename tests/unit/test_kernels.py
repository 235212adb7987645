"""Reading and adding at many places of a table, in both forms of the primitives."""

from __future__ import annotations

import numpy as np
import pytest

from sim.core.kernels import add_at, pick
from sim.core.kernels_numba import compile_primitives
from sim.core.kernels_numpy import NUMPY

FORMS = [form for form in (NUMPY, compile_primitives()) if form is not None]
TABLE_2 = np.arange(12.0).reshape(3, 4)
TABLE_3 = np.arange(24).reshape(2, 3, 4)


def test_pick_is_fancy_indexing():
    i, j, k = np.array([0, 1, 1, 0]), np.array([2, 0, 2, 1]), np.array([3, 3, 0, 1])
    assert pick(TABLE_2, i, j).tolist() == TABLE_2[i, j].tolist()
    assert pick(TABLE_3, i, j, k).tolist() == TABLE_3[i, j, k].tolist()
    assert pick(TABLE_3, i, j, k).dtype == TABLE_3.dtype
    assert pick(TABLE_2, i[:0], j[:0]).tolist() == []


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_minus_one_on_the_first_axis_is_the_last_row(form):
    """Who answers nobody has row -1, and what is read there is masked by the caller."""
    last = np.array([-1, -1])
    assert form.pick_2(TABLE_2, last, np.array([0, 3])).tolist() == [8.0, 11.0]
    assert form.pick_3(TABLE_3, last, np.array([0, 2]), np.array([1, 3])).tolist() == [13, 23]


def test_what_is_added_at_one_place_twice_is_added_twice():
    table = np.zeros((2, 3))
    add_at(table, np.array([1.0, 2.0, 4.0]), np.array([0, 1, 0]), np.array([2, 0, 2]))
    add_at(table, 0.5, np.array([1]), np.array([1]))
    assert table.tolist() == [[0.0, 0.0, 5.0], [2.0, 0.5, 0.0]]
    deep = np.zeros((2, 2, 2))
    add_at(deep, np.array([1.0, 3.0]), np.array([1, 1]), np.array([0, 0]), np.array([1, 1]))
    assert deep[1, 0, 1] == 4.0
    assert deep.sum() == 4.0
