"""Labels and order mean nothing: a setting under other names or in another order has the same history.

Names of parties, dyads and fronts address draws, so a renamed setting keeps its draws by a table from new names to old
ones; with it, all is the same bit for bit. In another order all that is counted, judged and noted is the same bit for
bit; postures and harm are sums over acts and opponents, whose last bits hang on the order of the terms. One thing hangs
on the order by design: of two parties that begin a campaign or join in one step, the first of the roster is noted.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from relabelled import Labels, keep_luck, renamed, reordered, told_as_before, with_party_ids
from worlds import Record, Setting, assert_same, far_setting, record_of

REPLICATES, DAYS, STEP_DAYS = np.arange(40), 18, 0.5
SUMS = ("posture of", "unanswered harm of")
FIRST = {"column campaign_began_by", "column first_to_join"}


@cache
def first() -> Setting:
    return far_setting(REPLICATES, DAYS, step_days=STEP_DAYS)


def record(setting: Setting) -> Record:
    return with_party_ids(record_of(setting.conflict(REPLICATES).run()), setting.theatre)


@cache
def told() -> Record:
    return record(first())


def assert_same_but_for_rounding(left: Record, right: Record) -> None:
    sums = {name for name in left if name.startswith(SUMS)}
    assert len(sums) > 12
    assert_same(*({name: one[name] for name in one.keys() - sums - FIRST} for one in (left, right)))
    for name in FIRST:
        assert (left[name] != right[name]).mean() < 0.1, "two seldom begin or join in one step"
    for name in sums:
        assert left[name] == pytest.approx(right[name], rel=1e-11, abs=1e-11), name


def test_names_mean_nothing_beyond_the_draws_that_they_address(monkeypatch):
    labels = Labels.of(first())
    again = renamed(first(), labels)
    assert not {party.id for party in again.theatre.parties} & {party.id for party in first().theatre.parties}
    other = record(again)["daily acts UMB-ZEP"]
    keep_luck(monkeypatch, labels.back(first().theatre))
    assert_same(told_as_before(record(again), labels), told())
    assert not np.array_equal(other, told()["daily acts STA-HOS"]), "another name has other luck"


@pytest.mark.parametrize("order", [(5, 4, 3, 2, 1, 0), (2, 0, 4, 1, 5, 3)])
def test_order_means_nothing(order):
    again = reordered(first(), np.array(order))
    assert [dyad.id for dyad in again.theatre.dyads] != [dyad.id for dyad in first().theatre.dyads]
    assert_same_but_for_rounding(record(again), told())


def test_names_and_order_together_mean_nothing(monkeypatch):
    labels = Labels.of(first())
    keep_luck(monkeypatch, labels.back(first().theatre))
    again = reordered(renamed(first(), labels), np.array([3, 1, 4, 0, 5, 2]))
    assert_same_but_for_rounding(told_as_before(record(again), labels), told())
