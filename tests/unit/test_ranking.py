"""Ranking with paired intervals, and the evolutionary view, on payoffs whose answers are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from slow_forms import mean, wilson
from uneven_sweep import assert_table

from sim.core.random_streams import Streams
from sim.tournament.entrants import Matches
from sim.tournament.match_tables import (
    build_tables,
    compute_fixation,
    compute_stationary_shares,
    evolve,
    follow_replicator,
    standardise,
)
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


NAMES, NOISES, UNIT = ("dove", "hawk", "owl"), (0.0, 0.2), 4
GONE = {(0, 0, 1, 3), (1, 2, 0, 22), (1, 1, 1, 12), (0, 2, 2, 13), (1, 0, 0, 14), (0, 1, 0, 15)}
"""Level of noise, policy, opponent and history that failed; a whole group of four among them."""


@pytest.fixture(scope="module")
def unlike() -> Matches:
    """Return matches in which no two policies, places, levels or measures are alike, and some histories failed."""
    luck = np.random.Generator(np.random.PCG64(8))
    shape = (2, 3, 3, 52)
    pair = luck.random((2, 3, 3, 1))
    values = {
        "harm_suffered": 30 * pair + 6 * luck.random(shape),
        "harm_done": 9 * pair[:, ::-1] ** 2 + luck.random(shape),
        "war": (luck.random(shape) < 0.6 * pair**2).astype(float),
        "cooperation": np.minimum(1.0, 0.97 + 0.06 * luck.random(shape) * pair),
    }
    for measure in values.values():
        for place in GONE:
            measure[place] = np.nan
    return Matches("made up", NAMES, NOISES, values, "harm_suffered", -1.0, luck.random((2, 3, 3, 4)), UNIT, 6)


def units_of(found: Matches, measure: str, level: int, one: int, other: int) -> list[float]:
    """Return the mean of every group of histories that may share draws, of those that failed in no match."""
    gone = {history for *_, history in GONE}
    groups: dict[int, list[float]] = {}
    for history, value in enumerate(found.values[measure][level, one, other].tolist()):
        if history not in gone:
            groups.setdefault(history // UNIT, []).append(value)
    return [mean(inside) for inside in groups.values()]


def ends_of(measure: str, values: list[float]) -> tuple[float, float]:
    """Return the ends of the interval of a policy from its means over units."""
    n, middle = len(values), mean(values)
    spread = sum((value - middle) ** 2 for value in values) / (n - 1) / n
    if measure != "war":
        half = stats.t.isf(0.025, n - 1) * math.sqrt(spread)
        return max(middle - half, 0.0), min(middle + half, 1.0 if measure == "cooperation" else math.inf)
    size = 46 / max(spread / (middle * (1 - middle) / 45), 1.0)
    return wilson(middle, size * (stats.t.isf(0.025, 45) / stats.t.isf(0.025, n - 1)) ** 2)


def test_the_ranking_is_that_of_loops_over_units_and_resamples(unlike: Matches):
    streams, expected = Streams(5, np.arange(12)), []
    drawn = [(12 * streams.uniform("tournament", "bootstrap", sample)).astype(int).tolist() for sample in range(1000)]

    def ranks(means: list[float], less: bool) -> list[int]:
        return [1 + sum(other < own if less else other > own for other in means) for own in means]

    for level, noise in enumerate(NOISES):
        for measure in unlike.values:
            less = measure != "cooperation"
            own = [
                np.mean([units_of(unlike, measure, level, i, j) for j in range(3)], axis=0).tolist() for i in range(3)
            ]
            rank = ranks([mean(one) for one in own], less)
            among = [ranks([mean(one[unit] for unit in units) for one in own], less) for units in drawn]
            rows = []
            for i, name in enumerate(NAMES):
                low, high = ends_of(measure, own[i])
                row = {"noise": noise, "measure": measure, "policy": name, "mean": mean(own[i]), "low": low}
                ends = np.quantile([one[i] for one in among], (0.025, 0.975))
                rows.append(row | {"high": high, "rank": rank[i], "rank_low": ends[0], "rank_high": ends[1]})
            expected += sorted(rows, key=lambda row: row["rank"])
    assert_table(rank_policies(unlike, 5), expected)
    assert len(set(map(tuple, drawn))) == 1000
    assert any(row["rank_low"] < row["rank_high"] for row in expected)


def test_the_other_tables_are_those_of_loops_over_matches(unlike: Matches):
    tables = build_tables(unlike, 5)
    pairs = [(level, i, j) for level in range(2) for i in range(3) for j in range(3)]
    expected = []
    for level, i, j in pairs:
        row: dict[str, object] = {"noise": NOISES[level], "policy": NAMES[i], "opponent": NAMES[j]}
        for measure in unlike.values:
            units = units_of(unlike, measure, level, i, j)
            spread = sum((value - mean(units)) ** 2 for value in units) / (len(units) - 1)
            row |= {measure: mean(units), f"{measure}_se": math.sqrt(spread / len(units))}
        expected.append(row)
    assert_table(tables["matches"], expected)
    days = [
        {"noise": NOISES[level], "policy": NAMES[i]}
        | {f"rung_{rung}": mean(unlike.days[level, i, j, rung] for j in range(3)) for rung in range(4)}
        for level in range(2)
        for i in range(3)
    ]
    assert_table(tables["days-at-rung"], days)
    gone = {history for *_, history in GONE}
    settled, common = [], []
    for level, noise in enumerate(NOISES):
        harm = [
            [
                mean(v for h, v in enumerate(unlike.values["harm_suffered"][level, i, j]) if h not in gone)
                for j in range(3)
            ]
            for i in range(3)
        ]
        spread = float(np.std(harm))
        payoffs = [[-(value - float(np.mean(harm))) / spread for value in row] for row in harm]
        chance = [[takes_over(payoffs, i, j) for j in range(3)] for i in range(3)]
        settled += [
            {"noise": noise, "mutant": NAMES[i], "resident": NAMES[j], "fixation": chance[i][j]}
            for i in range(3)
            for j in range(3)
        ]
        shares = [replicated(payoffs), rested(chance)]
        rows = [
            {"noise": noise, "policy": name, "replicator_share": shares[0][i], "moran_share": shares[1][i]}
            for i, name in enumerate(NAMES)
        ]
        common += sorted(rows, key=lambda row: -row["moran_share"])
    assert_table(tables["fixation"], settled)
    assert_table(tables["population"], common, rel=1e-4, abs=1e-5)


def takes_over(payoffs: list[list[float]], mutant: int, resident: int, size: int = 50, weight: float = 0.1) -> float:
    """Return the chance of one mutant to take over: one over a sum of products of the odds to lose one."""
    total, product = 1.0, 1.0
    for k in range(1, size):
        own = (k - 1) * payoffs[mutant][mutant] + (size - k) * payoffs[mutant][resident]
        theirs = k * payoffs[resident][mutant] + (size - k - 1) * payoffs[resident][resident]
        product *= math.exp(-weight * (own - theirs) / (size - 1))
        total += product
    return 1 / total


def replicated(payoffs: list[list[float]], until: float = 1000.0, step: float = 0.1) -> list[float]:
    """Return the shares after a thousand generations of the replicator equation, by small steps."""
    shares = [1 / 3] * 3
    for _ in range(int(until / step)):
        fitness = [sum(p * share for p, share in zip(row, shares, strict=True)) for row in payoffs]
        middle = sum(share * own for share, own in zip(shares, fitness, strict=True))
        shares = [share * math.exp(step * (own - middle)) for share, own in zip(shares, fitness, strict=True)]
        shares = [share / sum(shares) for share in shares]
    return shares


def rested(chance: list[list[float]]) -> list[float]:
    """Return the share of time on each policy where each rare mutant is settled before the next, by many steps."""
    move = np.array([[chance[j][i] / 2 if i != j else 0.0 for j in range(3)] for i in range(3)])
    move += np.diag(1 - move.sum(axis=1))
    return (np.linalg.matrix_power(move, 10**6)[0]).tolist()


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
