"""A clone is its root up to its branch, itself afterwards, and the same in any company."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import assert_same, docking_world, four_party_world, lanes_of, record_of

from sim.core.random_streams import NEVER, Branches

DAYS = 12
PER_DAY = 4


def record(roots, branches):
    return record_of(four_party_world(np.asarray(roots), days=DAYS, branches=branches).run())


def branches_at(days, serials):
    steps = np.array(days)[:, None] * PER_DAY
    return Branches(np.where(steps < 0, NEVER, steps), np.array(serials)[:, None])


@pytest.fixture(scope="module")
def clones():
    """Return replicates 3, 4, 5 and three clones of each that leave it after 6 days."""
    roots = np.repeat([3, 4, 5], 4)
    days = np.tile([-1, 6, 6, 6], 3)
    return record(roots, branches_at(days, np.arange(12)))


def test_a_clone_shares_the_past_of_its_root_and_not_its_future(clones):
    daily = np.stack([values for name, values in clones.items() if name.startswith("daily acts")])
    for root in range(0, 12, 4):
        for clone in range(root + 1, root + 4):
            assert np.array_equal(daily[:, :6, clone], daily[:, :6, root])
            assert not np.array_equal(daily[:, 6:, clone], daily[:, 6:, root])
    assert not np.array_equal(daily[:, 6:, 1], daily[:, 6:, 2])


@pytest.mark.parametrize("chosen", [[1], [6, 2], [11, 0, 5, 9]])
def test_a_clone_is_the_same_in_any_company(clones, chosen):
    roots, branches = np.repeat([3, 4, 5], 4), branches_at(np.tile([-1, 6, 6, 6], 3), np.arange(12))
    assert_same(record(roots[chosen], branches.select(np.array(chosen))), lanes_of(clones, chosen))


def test_replicates_without_branches_are_those_of_a_plain_run():
    plain = record_of(four_party_world(5, days=DAYS).run())
    assert_same(record(range(5), Branches.none(5)), plain)


def luck_by_step(n, branches, steps):
    """Return the word of the luck of clones of one replicate after each of some steps."""
    world, words = docking_world(replicates=np.zeros(n, dtype=np.int64), days=2, branches=branches), []
    for _ in range(steps):
        world.step()
        words.append(world.streams.lane_words.copy())
    return words


def test_no_branch_draws_what_another_draws():
    branches = Branches(np.zeros((1000, 1), dtype=np.int64), np.arange(1000)[:, None])
    assert len(np.unique(luck_by_step(1000, branches, 1)[-1])) == 1000


def test_a_second_branch_leaves_the_first():
    steps, serials = np.array([[2, NEVER], [2, 5], [2, 5]]), np.array([[7, 0], [7, 8], [7, 9]])
    words = luck_by_step(3, Branches(steps, serials), 7)
    assert len(np.unique(words[4])) == 1
    assert len(np.unique(words[6])) == 3
    assert len({int(row[0]) for row in words}) == 2


def test_the_docking_world_branches_too():
    world = docking_world(
        replicates=np.zeros(50, dtype=np.int64), days=4, branches=branches_at([2] * 50, np.arange(50))
    )
    acts = world.run().totals.by_day("acts", np.zeros((2, 2), dtype=np.int64), 1)[0]
    assert np.ptp(acts[:2], axis=1).tolist() == [0, 0]
    assert np.ptp(acts[2:], axis=1).min() > 0
