"""Ranking with paired intervals, and the evolutionary view, on payoffs whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim.tournament.entrants import Matches
from sim.tournament.evolution import compute_fixation, compute_stationary_shares, evolve, follow_replicator, standardise
from sim.tournament.match_tables import build_tables
from sim.tournament.ranking import average_units, bound_means, bound_shares, rank_policies, rank_values


def matches(values: np.ndarray, measure: str = "points", unit: int = 1) -> Matches:
    names = tuple("abcdefg"[: values.shape[1]])
    return Matches("made up", names, (0.0,), {measure: values}, payoff=measure, payoff_sign=1.0, unit=unit)


def noisy(means: list[float], shared: float, own: float, n: int = 400) -> np.ndarray:
    """Return scores with luck that all matches share and luck of their own."""
    luck = np.random.Generator(np.random.PCG64(5))
    size = len(means)
    both = shared * luck.standard_normal(n) + own * luck.standard_normal((size, size, n))
    return (np.array(means)[:, None, None] + both)[None]


def test_means_and_intervals():
    values = noisy([3.0, 1.0, 2.0], 0.5, 0.5)
    table = rank_policies(matches(values), 1)
    assert list(table["policy"]) == ["a", "c", "b"]
    assert list(table["rank"]) == [1, 2, 3]
    first = table.iloc[0]
    means = values[0, 0].mean(axis=0)
    expected = stats.t.interval(0.95, 399, means.mean(), means.std(ddof=1) / 20)
    assert [first["low"], first["high"]] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("n_units", [12, 48])
def test_intervals_of_means_cover_at_their_level(n_units):
    """Normal luck is covered in 95 of 100, whatever the number of units."""
    runs = 4000
    values = np.random.Generator(np.random.PCG64(n_units)).standard_normal((runs, n_units))
    low, high = bound_means(values, (-np.inf, np.inf))
    covered = ((low <= 0) & (high >= 0)).mean()
    assert abs(covered - 0.95) < 4.5 * np.sqrt(0.95 * 0.05 / runs)


@pytest.mark.parametrize("chance", [0.005, 0.02, 0.2])
@pytest.mark.parametrize(("n_units", "unit"), [(12, 1), (12, 8), (48, 1)])
@pytest.mark.parametrize("likeness", [0.0, 0.2])
def test_intervals_of_shares_cover_at_least_at_their_level(chance, n_units, unit, likeness):
    """Also where histories of a group are alike: beta-binomial, with this correlation within a group."""
    runs, luck = 3000, np.random.Generator(np.random.PCG64(3))
    weight = 1 / likeness - 1 if likeness else np.inf
    chances = luck.beta(chance * weight, (1 - chance) * weight, (runs, n_units)) if likeness else chance
    values = luck.binomial(unit, chances, (runs, n_units)) / unit
    low, high = bound_shares(values, n_units * unit)
    covered = ((low <= chance) & (high >= chance)).mean()
    assert covered > 0.93 - 4.5 * np.sqrt(0.95 * 0.05 / runs), "Wilson's interval is at 0.93 or above for most shares"
    assert np.all(high - low > 0.03)


def test_a_share_of_histories_never_has_an_interval_without_width():
    values = np.zeros((1, 2, 2, 96))
    values[:, 0] = 1.0
    table = rank_policies(matches(values, "war", unit=8), 1).set_index("policy")
    assert table.loc["b", "low"] == 0.0
    assert table.loc["a", "high"] == 1.0
    # Wilson's interval at 0 of 96 ends at z² / (n + z²); twelve units make it wider, never narrower.
    assert 0.0385 < table.loc["b", "high"] < 0.05
    assert table.loc["a", "low"] == pytest.approx(1 - table.loc["b", "high"])


def test_a_mean_over_opponents_that_differ_is_no_surer_than_its_histories():
    values = np.zeros((1, 2, 2, 48))
    values[:, :, 1] = 1.0
    first = rank_policies(matches(values, "war"), 1).iloc[0]
    assert [first["low"], first["high"]] == pytest.approx(stats.binomtest(24, 48).proportion_ci(0.95, "wilson"))


@pytest.mark.parametrize("measure", ["harm_suffered", "cooperation"])
def test_no_interval_passes_what_is_possible(measure):
    values = np.zeros((1, 2, 2, 12))
    values[..., 0] = 1.0
    table = rank_policies(matches(values, measure), 1)
    assert (table["low"] == 0).all()
    assert (table["high"] > table["mean"]).all()
    assert (rank_policies(matches(1 - values, "met"), 1)["high"] == 1).all()


def test_a_history_that_failed_in_one_match_counts_in_none():
    values = noisy([3.0, 1.0, 2.0], 0.5, 0.5, n=48)
    broken = values.copy()
    broken[0, 0, 1, 5] = broken[0, 1, 0, 5] = np.nan
    found = matches(broken)
    assert found.finished.tolist() == [i for i in range(48) if i != 5]
    assert found.n_units == 47
    whole = matches(np.delete(values, 5, axis=-1))
    assert rank_policies(found, 1).equals(rank_policies(whole, 1))
    for name, table in build_tables(found, 1).items():
        assert table.equals(build_tables(whole, 1)[name]), name


def test_luck_that_all_share_does_not_blur_a_rank():
    table = rank_policies(matches(noisy([1.05, 1.0], 5.0, 0.05)), 1)
    assert list(table["rank_low"]) == [1, 2]
    assert list(table["rank_high"]) == [1, 2]
    assert (table["high"] - table["low"]).min() > 0.5, "the means themselves are uncertain"


def test_less_harm_ranks_first():
    table = rank_policies(matches(noisy([3.0, 1.0, 2.0], 0.1, 0.1), "harm_suffered"), 1)
    assert list(table["policy"]) == ["b", "c", "a"]


def test_equals_share_a_rank():
    assert rank_values(np.array([[1.0, 2.0, 2.0 + 1e-14, 0.0]]), False).tolist() == [[3, 1, 1, 4]]


def test_histories_that_share_draws_are_one_unit():
    luck = np.random.Generator(np.random.PCG64(5)).standard_normal((1, 2, 2, 50))
    groups = np.repeat(luck, 8, axis=-1)
    wide, narrow = (rank_policies(matches(groups, unit=unit), 1).iloc[0] for unit in (8, 1))
    assert (wide["high"] - wide["low"]) / (narrow["high"] - narrow["low"]) == pytest.approx(8**0.5, rel=0.15)
    groups[..., 3] = groups[..., 16:24] = np.nan
    left = matches(groups, unit=8)
    assert left.n_units == 49, "a group whose histories all failed goes"
    assert average_units(left)["points"] == pytest.approx(np.delete(luck, 2, axis=-1))


def test_a_seed_moves_the_spans_of_the_ranks_alone_and_little():
    found = matches(noisy([1.0 + 0.02 * i for i in range(7)], 0.1, 0.5))
    table, other = rank_policies(found, 1), rank_policies(found, 2)
    assert table.equals(rank_policies(found, 1))
    exact = ["policy", "mean", "low", "high", "rank"]
    assert table[exact].equals(other[exact])
    spans = ["rank_low", "rank_high"]
    assert (table[spans] - other[spans]).abs().max(axis=None) <= 1


HAWK_DOVE = np.array([[-1.0, 4.0], [0.0, 2.0]])


def test_replicator_finds_the_mixture():
    """Hawk and dove with benefit 4 and cost 6: two thirds of hawks are stable."""
    times, shares = follow_replicator(HAWK_DOVE)
    assert times[0] == 0
    assert shares[:, 0].tolist() == [0.5, 0.5]
    assert shares[:, -1] == pytest.approx([2 / 3, 1 / 3], abs=1e-4)
    assert shares.sum(axis=0) == pytest.approx(1.0)


def test_replicator_follows_the_logistic_curve():
    """A constant advantage s makes the odds grow as exp(s t)."""
    times, shares = follow_replicator(np.array([[1.5, 1.5], [1.0, 1.0]]), generations=20.0)
    assert shares[0] == pytest.approx(1 / (1 + np.exp(-0.5 * times)), abs=1e-5)


def test_fixation_without_advantage_is_one_over_the_size():
    assert compute_fixation(np.full((3, 3), 2.0), population=20) == pytest.approx(np.full((3, 3), 1 / 20))


def test_fixation_of_a_constant_advantage():
    """Fitness ratio r: (1 - 1/r) / (1 - 1/r^N), where every player gets a payoff that hangs on its own kind alone."""
    payoffs = np.array([[1.3, 1.3], [1.0, 1.0]])
    size, selection = 30, 0.5
    ratio = np.exp(selection * 0.3)
    fixed = compute_fixation(payoffs, population=size, selection=selection)
    # A mutant meets n - 1 others and so does a resident, so the advantage is the same at every number of mutants.
    assert fixed[0, 1] == pytest.approx((1 - 1 / ratio) / (1 - ratio**-size), rel=1e-9)
    assert fixed[1, 0] == pytest.approx((1 - ratio) / (1 - ratio**size), rel=1e-9)


def test_fixation_is_what_a_moran_process_does():
    """Count fixations in a simulated process of exponential fitness."""
    size, selection, runs = 6, 0.4, 20_000
    luck = np.random.Generator(np.random.PCG64(1))
    mutants = np.ones(runs)
    while np.any(open_ := (mutants > 0) & (mutants < size)):
        k = mutants[open_]
        own = ((k - 1) * HAWK_DOVE[0, 0] + (size - k) * HAWK_DOVE[0, 1]) / (size - 1)
        other = (k * HAWK_DOVE[1, 0] + (size - k - 1) * HAWK_DOVE[1, 1]) / (size - 1)
        weight = k * np.exp(selection * own)
        birth = luck.random(k.size) < weight / (weight + (size - k) * np.exp(selection * other))
        death = luck.random(k.size) < k / size
        mutants[open_] += birth.astype(float) - death
    chance = compute_fixation(HAWK_DOVE, population=size, selection=selection)[0, 1]
    assert abs((mutants == size).mean() - chance) < 4.5 * np.sqrt(chance * (1 - chance) / runs)


def test_rare_mutants_settle_in_proportion():
    """Two policies: the share of time is the ratio of the two ways."""
    fixation = np.array([[0.5, 0.03], [0.01, 0.5]])
    assert compute_stationary_shares(fixation) == pytest.approx([0.75, 0.25])


def test_evolution_hangs_on_no_unit():
    one, other = evolve(HAWK_DOVE), evolve(1000 * HAWK_DOVE - 7)
    assert one.fixation == pytest.approx(other.fixation)
    assert standardise(np.ones((2, 2))).tolist() == [[0, 0], [0, 0]]


def test_tables_are_tidy():
    found = Matches(
        "made up",
        ("a", "b"),
        (0.0, 0.1),
        {"harm_suffered": np.ones((2, 2, 2, 5))},
        payoff="harm_suffered",
        payoff_sign=-1.0,
        days=np.full((2, 2, 2, 3), 2.0),
    )
    tables = build_tables(found, 1)
    assert {name: len(table) for name, table in tables.items()} == {
        "ranking": 4,
        "matches": 8,
        "population": 4,
        "fixation": 8,
        "days-at-rung": 4,
    }
    assert tables["days-at-rung"].iloc[0].tolist() == [0.0, "a", 2.0, 2.0, 2.0]
    assert (tables["matches"]["harm_suffered_se"] == 0).all()
    assert tables["population"]["replicator_share"].tolist() == pytest.approx([0.5] * 4)
