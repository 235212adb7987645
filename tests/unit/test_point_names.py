"""What points are called: short, plain, no two alike."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from sim.results.reading.point_names import name_points
from sim.results.reading.store import open_results

PARTIES = {"L": "Left", "R": "Right"}


def names(keys: str, *rows: tuple[str, ...], labels: tuple[str, ...] | None = None) -> list[str]:
    table = pd.DataFrame(rows, columns=keys.split())
    table.insert(0, "label", labels or tuple("levels" for _ in rows))
    table.insert(0, "point", range(len(rows)))
    return list(name_points(table, PARTIES).values())


def test_one_parameter_of_several_parties_is_told_by_the_parties():
    assert names("policy.L.forgiveness policy.R.forgiveness", ("0", "0.5")) == ["Left 0, Right 0.5"]
    assert names("policy.L policy.R", ("P1 grim", "P2 soft")) == ["Left P1 grim, Right P2 soft"]
    assert names("dyad.L-R.spill dyad.R-L.spill", ("0", "1")) == ["Left against Right 0, Right against Left 1"]


def test_other_factors_are_told_by_what_they_are_and_bundles_by_their_level():
    assert names("lever", ("as it is",), ("mediation",)) == ["as it is", "mediation"]
    assert names("policy.L", ("P1 grim",)) == ["Left P1 grim"]
    assert names("gaza world.x_y policy.L.climb", ("truce", "0.5", "0.1"))[0].startswith("truce, ")
    different = names("policy.L.climb policy.R.share", ("0", "0.5"))[0]
    assert "climb" in different
    assert "Left" in different


def test_what_a_point_leaves_as_it_is_is_not_told():
    rows = ("base", "base"), ("harsh", "base"), ("base", "0.5")
    assert names("lever policy.L", *rows) == ["as it is", "harsh", "Left 0.5"]


def test_points_of_sampled_designs_go_by_their_number():
    assert names("world.x", ("0.123456",), ("0.3",), labels=("point 0", "point 1")) == ["point 0", "point 1"]


@given(st.lists(st.text("ab (point 123)", max_size=90), min_size=1, max_size=12))
def test_no_two_names_are_alike_or_long(levels: list[str]):
    told = names("lever", *((level,) for level in levels))
    assert len(set(told)) == len(levels)
    assert max(map(len, told)) <= 90


def test_shipped_points_have_the_names_of_their_parties():
    forgiveness = open_results("results/forgiveness")
    assert forgiveness.point_names[1] == "Israel 0, Hezbollah 0.5"
    assert open_results("results/baseline").point_names == {0: "as it is"}
    pairs = open_results("results/policy-pairs").point_names
    assert pairs[0] == "Israel P1 tit-for-tat, Hezbollah P1 tit-for-tat"
