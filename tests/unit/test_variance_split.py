"""The split of the variance: parts that are known are found, errors are what they say, nothing is made of nothing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta
from shared_draws import shared_events, shared_normals

from sim.results.analysis.variance_split import (
    PARTS,
    average_within,
    centre_within,
    estimate_spread,
    is_resolved,
    split_variance,
)
from sim.scenario.shared_draws import INFORMED, JUDGEMENT, source_replicates

TRUTH = (4.0, 2.25, 1.0, 2.0, 3.0)


def invented(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return outcomes whose parts of the variance are those of `TRUTH`."""
    informed, literature, judged, luck = shared_normals(n, rng)
    outcome = 2 * informed + 1.5 * literature + judged + np.sqrt(2) * informed * judged + np.sqrt(3) * luck
    return outcome[:, None]


def test_parts_that_are_known_are_found():
    found = split_variance(invented(80_000, np.random.default_rng(1)), np.arange(80_000))
    for place, truth in enumerate(TRUTH):
        assert abs(found.variance[place, 0] - truth) < 4 * found.error[place, 0], PARTS[place]
        assert abs(found.share[place, 0] - truth / sum(TRUTH)) < 4 * found.share_error[place, 0], PARTS[place]
        assert found.share_error[place, 0] < 0.05
    assert found.share.sum() == pytest.approx(1.0)
    assert found.resolved.all()
    assert found.deviations[0] == pytest.approx(np.sqrt(found.variance))
    assert found.deviations[1] == pytest.approx(found.error / (2 * found.deviations[0]))


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
    assert estimates.mean(axis=0) == pytest.approx(TRUTH, abs=4 * estimates.std(axis=0).max() / np.sqrt(300))


Law = tuple[float, float]


def beta_binomial(n: int, rng: np.random.Generator, fitted: Law, judged: Law) -> np.ndarray:
    """Return events whose chance is the product of an informed and a judged beta variable, shared as draws are."""
    drawn = {INFORMED: rng.beta(*fitted, n), JUDGEMENT: rng.beta(*judged, n)}
    chance = np.prod([values[source_replicates(np.arange(n), label)] for label, values in drawn.items()], axis=0)
    return (rng.random(n) < chance)[:, None]


def parts_of(fitted: Law, judged: Law) -> np.ndarray:
    """Return the parts of the variance of `beta_binomial`, by the moments of its laws."""
    (m, v), (k, w) = ((beta(*law).mean(), beta(*law).var()) for law in (fitted, judged))
    single = v * k**2, 0.0, w * m**2, v * w
    return np.array([*single, m * k * (1 - m * k) - sum(single)])


@pytest.mark.parametrize(
    ("fitted", "judged", "n"),
    [((2, 1), (1.5, 2), 1600), ((2, 1), (0.6, 6), 800), ((3, 1), (0.3, 12), 800), ((3, 1), (50, 5000), 1600)],
    ids=["28.6 %", "6.1 %", "1.8 %", "0.7 %, hardly any spread"],
)
def test_of_events_however_rare_no_part_is_biased_its_interval_covers_and_nothing_is_made_of_nothing(
    fitted: Law, judged: Law, n: int
):
    rng, rounds, truth = np.random.default_rng(8), 500, parts_of(fitted, judged)
    many = [split_variance(beta_binomial(n, rng, fitted, judged), np.arange(n)) for _ in range(rounds)]
    variance, error = (np.array([getattr(one, name)[:, 0] for one in many]) for name in ("variance", "error"))
    noise = variance.std(axis=0) / np.sqrt(rounds)
    # The whole variance, and so the luck, is below the truth by the shared draws over the number of replicates.
    assert np.all(np.abs(variance.mean(axis=0) - truth) < 4 * noise + np.array([0, 0, 0, 0, 4 * truth[-1] / n]))
    # Four standard errors of a share of 0.95 over the rounds are 0.039. The ends are those of the s.d., squared.
    low, high = variance - 1.96 * error, variance + 1.96 * error
    assert np.all(((low <= truth) & (truth <= high)).mean(axis=0) > 0.95 - 0.039)
    told = np.array([one.resolved[:, 0] for one in many]).mean(axis=0)
    assert told[1] < 0.025 + 4 * np.sqrt(0.025 * 0.975 / rounds), "what is nothing is not told"
    if truth[0] < 1e-6:
        assert told[:4].max() == 0.0


def test_a_standard_deviation_that_is_well_told_lies_within_its_error_of_the_truth():
    rng, n, rounds, laws = np.random.default_rng(9), 8000, 200, ((2, 1), (1.5, 2))
    many = [split_variance(beta_binomial(n, rng, *laws), np.arange(n)) for _ in range(rounds)]
    found, error = np.array([[of_part[2, 0] for of_part in one.deviations] for one in many]).T
    truth, shown = np.sqrt(parts_of(*laws)[2]), ~np.isnan(found)
    assert shown.mean() > 0.95
    assert found[shown].mean() == pytest.approx(truth, rel=0.03)
    assert error[shown].mean() == pytest.approx(found[shown].std(), rel=0.2)
    assert np.mean(np.abs(found - truth)[shown] < 1.96 * error[shown]) > 0.95 - 4 * np.sqrt(0.95 * 0.05 / rounds)


def test_luck_of_a_few_events_is_not_called_exact():
    holds = np.zeros((2000, 1), dtype=bool)
    holds[[5, 700, 1303]] = True
    found = split_variance(holds, np.arange(2000))
    assert found.share[4, 0] == pytest.approx(1.0, abs=0.01)
    assert not found.resolved.any()


def test_what_no_drawn_parameter_makes_is_nothing_without_error():
    rng = np.random.default_rng(10)
    holds = beta_binomial(4000, rng, (1e9, 1), (1, 2))
    found = split_variance(holds, np.arange(4000), {JUDGEMENT})
    assert found.variance[[0, 1, 3], 0].tolist() == found.error[[0, 1, 3], 0].tolist() == [0.0] * 3
    assert found.resolved[[0, 1, 3], 0].all()
    assert abs(found.variance[2, 0] - 1 / 18) < 4 * found.error[2, 0]
    assert found.error[2, 0] < split_variance(holds, np.arange(4000)).error[2, 0], "all pairs that share it are used"


def test_pure_luck_has_no_other_part():
    holds = shared_events(4000, np.random.default_rng(3), 0.2, weight=0.0)[:, None]
    found = split_variance(holds, np.arange(4000))
    assert np.all(np.abs(found.share[:4, 0]) < 4 * found.share_error[:4, 0])
    assert found.share[4, 0] > 0.8
    assert not found.resolved[:4].any()
    assert np.isnan(found.deviations[0][:4]).all(), "what is not told from nothing is not called 0"


def test_where_nothing_is_drawn_all_is_known_to_be_luck():
    for seed in range(4):
        holds = np.random.default_rng(seed).random((40, 3)) < (0.5, 0.1, 0.0)
        found = split_variance(holds, np.arange(40), drawn=())
        assert found.share[:, :2].tolist() == [[0.0, 0.0]] * 4 + [[1.0, 1.0]]
        assert found.resolved.tolist() == [[True, True, False]] * 5, "an outcome that never varies has no parts"
        assert found.variance[4] == pytest.approx(holds.var(axis=0, ddof=1))
        assert found.deviations[0][:4, :2].max() == found.share_error[:, :2].max() == 0.0


def test_an_outcome_that_never_varies_has_no_shares():
    found = split_variance(np.full((40, 2), 0.1), np.arange(40))
    assert np.isnan(found.share).all()
    assert found.variance == pytest.approx(np.zeros((5, 2)), abs=1e-12)


def test_too_few_replicates_give_no_answer():
    found = split_variance(np.array([[1.0]]), np.array([5]))
    assert np.isnan(found.variance).all()
    assert np.isnan(split_variance(np.array([[1.0], [0.0]]), np.array([0, 1])).variance[0]).all()


def test_missing_replicates_drop_their_pairs_only():
    values, kept = invented(80_000, np.random.default_rng(4)), np.arange(80_000) % 17 != 0
    found = split_variance(values[kept], np.arange(80_000)[kept])
    assert found.variance[:, 0] == pytest.approx(TRUTH, abs=4 * found.error[:, 0].max())


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
