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


@pytest.mark.parametrize("shape", [(2, 3, 4), (4, 3, 2)])
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_pools_give_up_their_share_and_what_is_due_is_weighed(form, shape):
    """Dyads, provocations and replicates differ in number; no two values are alike."""
    generator = np.random.default_rng(4)
    due, multiplier, released = generator.random(shape), generator.random(shape), np.full(shape, 9.0)
    later, routine = generator.random(shape[::2]), generator.random(shape[::2])
    before, rest = due.copy(), routine.copy()
    form.release(due, later, released)
    total = form.weigh(routine, released, multiplier)
    assert routine.tolist() == rest.tolist(), "what is weighed is left alone"
    for dyad, provocation, lane in np.ndindex(before.shape):
        falls_due = before[dyad, provocation, lane] * later[dyad, lane]
        assert released[dyad, provocation, lane] == falls_due
        assert due[dyad, provocation, lane] == before[dyad, provocation, lane] - falls_due
        rest[dyad, lane] += falls_due * multiplier[dyad, provocation, lane]
    assert total.tolist() == rest.tolist()


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_counts_are_spread_out_and_values_are_added_in_order(form):
    places, ordinals = form.expand(np.array([2, 0, 3, 1]))
    assert places.tolist() == [0, 0, 2, 2, 2, 3]
    assert ordinals.tolist() == [0, 1, 0, 1, 2, 0]
    assert [len(part) for part in form.expand(np.array([0], dtype=np.int64))] == [0, 0]
    flat = np.array([0.5, 1.0, 0.0])
    form.add(flat, np.array([2, 0, 2, 2]), np.array([1e16, 3.0, 1.0, -1e16]))
    assert flat.tolist() == [3.5, 1.0, (1e16 + 1.0) - 1e16]


def test_both_forms_give_the_same_words_to_children():
    words = np.arange(5, dtype=np.uint64) * np.uint64(0xD1B54A32D192ED03)
    parents, ordinals = np.array([4, 0, 2, 4]), np.array([0, 1, 7, 3])
    children = [form.child_words(words, parents, ordinals, np.uint64(77)).tolist() for form in FORMS]
    assert children == [children[0]] * len(FORMS)
    assert len(set(children[0])) == 4
