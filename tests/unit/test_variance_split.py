"""The split of the variance: parts that are known are found, errors are what they say, nothing is made of nothing."""

from __future__ import annotations

import numpy as np
import pytest
from shared_draws import shared_events, shared_normals

from sim.results.analysis.variance_split import (
    PARTS,
    average_within,
    centre_within,
    estimate_spread,
    is_resolved,
    split_variance,
)


def invented(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return outcomes whose parts of the variance are 4, 1, 2 and 3."""
    calibrated, assumed, luck = shared_normals(n, rng)
    outcome = 2 * calibrated + assumed + np.sqrt(2) * calibrated * assumed + np.sqrt(3) * luck
    return outcome[:, None]


def test_parts_that_are_known_are_found():
    found = split_variance(invented(80_000, np.random.default_rng(1)), np.arange(80_000))
    for place, truth in enumerate((4.0, 1.0, 2.0, 3.0)):
        assert abs(found.variance[place, 0] - truth) < 4 * found.error[place, 0], PARTS[place]
        assert abs(found.share[place, 0] - truth / 10) < 4 * found.share_error[place, 0], PARTS[place]
        assert found.share_error[place, 0] < 0.05
    assert found.share.sum() == pytest.approx(1.0)
    assert found.resolved.all()
    assert found.deviation == pytest.approx(np.sqrt(found.variance))


def test_a_share_is_resolved_where_it_is_told_from_nothing_possible_and_known_to_a_quarter():
    shares = np.array([-1.63, -0.01, 0.0, 0.10, 0.10, 0.50, 0.50, 1.00, 1.01, 0.58, np.nan])
    errors = np.array([2.94, 0.005, 0.0, 0.05, 0.06, 0.127, 0.128, 0.01, 0.01, np.nan, 0.01])
    assert is_resolved(shares, errors).tolist() == [False] * 3 + [True, False, True, False, True, False, False, False]


def test_jackknifed_errors_are_the_spread_over_many_sweeps():
    rng, n = np.random.default_rng(2), 800
    many = [split_variance(invented(n, rng), np.arange(n)) for _ in range(300)]
    estimates = np.array([one.variance[:, 0] for one in many])
    errors = np.array([one.error[:, 0] for one in many])
    assert np.sqrt((errors**2).mean(axis=0)) == pytest.approx(estimates.std(axis=0), rel=0.25)
    assert estimates.mean(axis=0) == pytest.approx([4, 1, 2, 3], abs=4 * estimates.std(axis=0).max() / np.sqrt(300))


def test_pure_luck_has_no_other_part():
    holds = shared_events(4000, np.random.default_rng(3), 0.2, weight=0.0)[:, None]
    found = split_variance(holds, np.arange(4000))
    assert np.all(np.abs(found.share[:3, 0]) < 4 * found.share_error[:3, 0])
    assert found.share[3, 0] > 0.8
    assert not found.resolved[:3].any()
    assert np.isnan(found.deviation[:3]).all(), "what is not told from nothing is not called 0"


def test_where_nothing_is_drawn_all_is_known_to_be_luck():
    for seed in range(4):
        holds = np.random.default_rng(seed).random((40, 3)) < (0.5, 0.1, 0.0)
        found = split_variance(holds, np.arange(40), is_drawn=False)
        assert found.share[:, :2].tolist() == [[0.0, 0.0]] * 3 + [[1.0, 1.0]]
        assert found.resolved.tolist() == [[True, True, False]] * 4, "an outcome that never varies has no parts"
        assert found.variance[3] == pytest.approx(holds.var(axis=0, ddof=1))
        assert found.deviation[:3, :2].max() == found.share_error[:, :2].max() == 0.0


def test_an_outcome_that_never_varies_has_no_shares():
    found = split_variance(np.full((40, 2), 0.1), np.arange(40))
    assert np.isnan(found.share).all()
    assert found.variance == pytest.approx(np.zeros((4, 2)), abs=1e-12)


def test_too_few_replicates_give_no_answer():
    found = split_variance(np.array([[1.0]]), np.array([5]))
    assert np.isnan(found.variance).all()
    assert np.isnan(split_variance(np.array([[1.0], [0.0]]), np.array([0, 1])).variance[0]).all()


def test_missing_replicates_drop_their_pairs_only():
    values, kept = invented(80_000, np.random.default_rng(4)), np.arange(80_000) % 17 != 0
    found = split_variance(values[kept], np.arange(80_000)[kept])
    assert found.variance[:, 0] == pytest.approx([4, 1, 2, 3], abs=4 * found.error[:, 0].max())


def points_of_known_spread(n: int, effects: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return outcomes at points that share their luck in part, shape (n_points, n, 1)."""
    common = invented(n, rng)
    return np.array([common + effect + rng.standard_normal((n, 1)) for effect in effects])


def test_the_spread_over_points_is_found_without_its_noise():
    rng, effects = np.random.default_rng(5), np.array([-1.0, 0.0, 0.0, 1.0])
    projection = centre_within([0] * 4)
    many = [estimate_spread(points_of_known_spread(80, effects, rng), np.arange(80), projection) for _ in range(400)]
    estimates = np.array([variance[0] for variance, _ in many])
    assert estimates.mean() == pytest.approx(0.5, abs=4 * estimates.std() / np.sqrt(400))
    assert np.mean([error[0] for _, error in many]) == pytest.approx(estimates.std(), rel=0.2)


def test_points_that_do_not_differ_have_no_spread_on_average():
    rng, projection = np.random.default_rng(6), centre_within([0] * 6)
    many = [
        estimate_spread(points_of_known_spread(80, np.zeros(6), rng), np.arange(80), projection)[0][0]
        for _ in range(400)
    ]
    assert np.mean(many) == pytest.approx(0.0, abs=4 * np.std(many) / np.sqrt(400))
    assert min(many) < 0 < max(many), "an unbiased estimate of nothing lies on both sides"


def test_points_that_are_the_same_have_no_spread_at_all():
    values = np.repeat(invented(80, np.random.default_rng(7))[None], 3, axis=0)
    assert estimate_spread(values, np.arange(80), centre_within([0] * 3))[0] == pytest.approx([0.0], abs=1e-12)


def test_projections_split_a_table_of_two_factors():
    rows, columns = [0, 0, 1, 1], [0, 1, 0, 1]
    whole = centre_within([0] * 4)
    first, second = average_within(rows) @ whole, average_within(columns) @ whole
    table = np.array([1.0, 3.0, 7.0, 5.0])
    assert first @ table == pytest.approx([-2, -2, 2, 2])
    assert second @ table == pytest.approx([0, 0, 0, 0])
    assert (whole - first - second) @ table == pytest.approx([-1, 1, 1, -1])
