"""Figures judged together: ranks by hand, p-values that are exact under the model, pairs that no figure alone tells."""

from __future__ import annotations

import numpy as np
import pytest
from forms import OTHER_SEED

from sim.inference.joint_checks import TOGETHER, describe_jointly, judge_jointly

SEED = 11 + OTHER_SEED


def p_of(simulated, reported, pairs=()):
    return judge_jointly(simulated, reported, pairs).set_index("quantity")["p"].to_dict()


@pytest.mark.parametrize(
    ("reported", "p"), [(10.0, 2 / 10), (0.0, 2 / 10), (9.0, 2 * 2 / 10), (5.0, 1.0), (1.5, 2 * 2 / 10)]
)
def test_a_figure_is_judged_by_its_rank_on_the_nearer_side(reported, p):
    table = judge_jointly({"x": np.arange(1.0, 10.0)}, {"x": reported})
    row = table.iloc[0]
    assert (row["quantity"], row["observed"], row["p"]) == ("x", reported, pytest.approx(p))
    assert row["p_error"] == pytest.approx(2 * np.sqrt(p / 2 * (1 - p / 2) / 10)), "a share of ten, doubled"
    assert row[["low_90", "high_90"]].tolist() == pytest.approx([1.4, 8.6])


def test_ties_and_histories_that_do_not_tell_are_no_evidence():
    values = np.array([2.0, 2.0, 2.0, np.nan, np.nan])
    assert p_of({"x": values}, {"x": 2.0})["x"] == 1.0
    assert p_of({"x": values}, {"x": 3.0})["x"] == pytest.approx(2 / 4)
    table = judge_jointly({"x": np.arange(9.0), "y": np.arange(9.0)}, {"x": 20.0, "y": np.nan})
    assert table["p"].isna().tolist() == [False, True, False]
    assert table["p"].iloc[2] == pytest.approx(2 / 10), "the extremes on both sides are as odd as the reported one"


def test_every_p_value_is_exact_under_the_model():
    """Records of the model have p-values of 0.1 or less in a tenth of cases, all together, too, however they depend."""
    generator, trials, n = np.random.default_rng(SEED), 600, 99
    hits = dict.fromkeys(("a", "c", "a and b, distance", TOGETHER), 0)
    for _ in range(trials):
        normal = generator.standard_normal((3, n + 1))
        pool = {"a": np.exp(normal[0]), "b": np.exp(0.9 * normal[0] + 0.4 * normal[1]), "c": normal[2] - normal[0]}
        found = p_of({k: v[:-1] for k, v in pool.items()}, {k: v[-1] for k, v in pool.items()}, [("a", "b")])
        for name in hits:
            hits[name] += found[name] <= 0.1 + 1e-9
    for name, count in hits.items():
        assert abs(count / trials - 0.1) < 4.5 * np.sqrt(0.1 * 0.9 / trials), name


def test_all_together_is_exact_where_some_histories_tell_one_figure_alone():
    """A record that tells both is judged among the histories that do: others have one chance fewer of being odd."""
    generator, trials, n, hits = np.random.default_rng(SEED), 600, 99, 0
    for _ in range(trials):
        one, other = generator.standard_normal((2, n + 1))
        other[: n // 2] = np.nan
        found = p_of({"a": one[:-1], "b": other[:-1]}, {"a": one[-1], "b": other[-1]})
        hits += found[TOGETHER] <= 0.1 + 1e-9
    assert abs(hits / trials - 0.1) < 4.5 * np.sqrt(0.1 * 0.9 / trials)
    errors = judge_jointly({"x": np.array([*np.arange(9.0), *[np.nan] * 90])}, {"x": 0.5}).set_index("quantity")[
        "p_error"
    ]
    assert errors["x"] == pytest.approx(2 * np.sqrt(0.2 * 0.8 / 10)), "histories that do not tell make it no surer"


def test_a_pair_shows_what_no_figure_alone_does():
    generator = np.random.default_rng(SEED)
    common = generator.standard_normal(999)
    simulated = {name: np.exp(common + 0.1 * generator.standard_normal(999)) for name in ("acts", "killed")}
    table = judge_jointly(simulated, {"acts": np.exp(1.0), "killed": np.exp(-1.0)}, [("acts", "killed")])
    p = table.set_index("quantity")["p"]
    assert p["acts"] > 0.2
    assert p["killed"] > 0.2
    assert p["acts and killed, distance"] == pytest.approx(1 / 1000)
    assert p[TOGETHER] < 0.01
    pair = table.set_index("quantity").loc["acts and killed, distance"]
    assert pair["observed"] > pair["high_99"] > pair["high_90"] > pair["low_90"] == pytest.approx(0, abs=0.2)
    assert "what fails: acts and killed, distance (p = 0.001)" in describe_jointly(table)
    fine = judge_jointly(simulated, {"acts": 1.0, "killed": 1.0}, [("acts", "killed")])
    assert "none of 3 figures fails" in describe_jointly(fine)


def test_counts_of_nothing_have_a_distance():
    simulated = {"acts": np.arange(50.0), "killed": np.arange(50.0) % 7}
    p = p_of(simulated, {"acts": 0.0, "killed": 0.0}, [("acts", "killed")])
    assert 0 < p["acts and killed, distance"] <= 1


def test_nothing_to_judge_is_an_empty_table():
    assert judge_jointly({}, {}).empty
    assert judge_jointly({"x": np.arange(9.0)}, {"x": np.nan})["p"].isna().all()
