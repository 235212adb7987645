"""Ranking with paired intervals, and the evolutionary view, on payoffs whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim.tournament.entrants import Matches
from sim.tournament.evolution import evolve, fixation_chances, replicator, standardised, stationary_shares
from sim.tournament.ranking import ranking, ranks_of, unit_means
from sim.tournament.tables import tables_of


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
    table = ranking(matches(values), 1)
    assert list(table["policy"]) == ["a", "c", "b"]
    assert list(table["rank"]) == [1, 2, 3]
    first = table.iloc[0]
    means = values[0, 0].mean(axis=0)
    expected = stats.norm.interval(0.95, means.mean(), means.std(ddof=1) / 20)
    assert [first["low"], first["high"]] == pytest.approx(expected, abs=0.01)


def test_luck_that_all_share_does_not_blur_a_rank():
    table = ranking(matches(noisy([1.05, 1.0], 5.0, 0.05)), 1)
    assert list(table["rank_low"]) == [1, 2]
    assert list(table["rank_high"]) == [1, 2]
    assert (table["high"] - table["low"]).min() > 0.5, "the means themselves are uncertain"


def test_less_harm_ranks_first():
    table = ranking(matches(noisy([3.0, 1.0, 2.0], 0.1, 0.1), "harm_suffered"), 1)
    assert list(table["policy"]) == ["b", "c", "a"]


def test_equals_share_a_rank():
    assert ranks_of(np.array([[1.0, 2.0, 2.0 + 1e-14, 0.0]]), False).tolist() == [[3, 1, 1, 4]]


def test_histories_that_share_draws_are_one_unit():
    luck = np.random.Generator(np.random.PCG64(5)).standard_normal((1, 2, 2, 50))
    groups = np.repeat(luck, 8, axis=-1)
    wide, narrow = (ranking(matches(groups, unit=unit), 1).iloc[0] for unit in (8, 1))
    assert (wide["high"] - wide["low"]) / (narrow["high"] - narrow["low"]) == pytest.approx(8**0.5, rel=0.15)
    groups[..., 3] = np.nan
    assert np.isfinite(unit_means(matches(groups, unit=8))["points"]).all()


def test_the_same_seed_gives_the_same_table():
    found = matches(noisy([1.0, 1.01], 0.1, 0.5))
    assert ranking(found, 1).equals(ranking(found, 1))
    assert not ranking(found, 1).equals(ranking(found, 2))


HAWK_DOVE = np.array([[-1.0, 4.0], [0.0, 2.0]])


def test_replicator_finds_the_mixture():
    """Hawk and dove with benefit 4 and cost 6: two thirds of hawks are stable."""
    times, shares = replicator(HAWK_DOVE)
    assert times[0] == 0
    assert shares[:, 0].tolist() == [0.5, 0.5]
    assert shares[:, -1] == pytest.approx([2 / 3, 1 / 3], abs=1e-4)
    assert shares.sum(axis=0) == pytest.approx(1.0)


def test_replicator_follows_the_logistic_curve():
    """A constant advantage s makes the odds grow as exp(s t)."""
    times, shares = replicator(np.array([[1.5, 1.5], [1.0, 1.0]]), generations=20.0)
    assert shares[0] == pytest.approx(1 / (1 + np.exp(-0.5 * times)), abs=1e-5)


def test_fixation_without_advantage_is_one_over_the_size():
    assert fixation_chances(np.full((3, 3), 2.0), population=20) == pytest.approx(np.full((3, 3), 1 / 20))


def test_fixation_of_a_constant_advantage():
    """Fitness ratio r: (1 - 1/r) / (1 - 1/r^N), where every player gets a payoff that hangs on its own kind alone."""
    payoffs = np.array([[1.3, 1.3], [1.0, 1.0]])
    size, selection = 30, 0.5
    ratio = np.exp(selection * 0.3)
    fixed = fixation_chances(payoffs, population=size, selection=selection)
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
    chance = fixation_chances(HAWK_DOVE, population=size, selection=selection)[0, 1]
    assert abs((mutants == size).mean() - chance) < 4.5 * np.sqrt(chance * (1 - chance) / runs)


def test_rare_mutants_settle_in_proportion():
    """Two policies: the share of time is the ratio of the two ways."""
    fixation = np.array([[0.5, 0.03], [0.01, 0.5]])
    assert stationary_shares(fixation) == pytest.approx([0.75, 0.25])


def test_evolution_hangs_on_no_unit():
    one, other = evolve(HAWK_DOVE), evolve(1000 * HAWK_DOVE - 7)
    assert one.fixation == pytest.approx(other.fixation)
    assert standardised(np.ones((2, 2))).tolist() == [[0, 0], [0, 0]]


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
    tables = tables_of(found, 1)
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
