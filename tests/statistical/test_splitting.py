"""Splitting against exact odds: unbiased with good, coarse, fixed and useless levels; its intervals cover; its gain."""

from __future__ import annotations

import numpy as np
import pytest
from chains import BirthDeath
from forms import OTHER_SEED, forms
from scipy.stats import binomtest
from worlds import docking_world

from sim.core.errors import SimError
from sim.core.random_streams import NEVER, Branches, Streams
from sim.sweeps.rare_events.splitting import Effort, Split, combine, split

SEED = 20231107 + OTHER_SEED
SETS = forms([50], [200])
THRESHOLD = 110


def of_sets(found: Split, repetitions: int) -> list[Split]:
    """Return independent sets of repetitions: as many answers as users would get."""
    parts = (slice(i, i + repetitions) for i in range(0, len(found.estimates), repetitions))
    return [Split(found.estimates[part], found.rounds[part], found.histories[part], found.roots) for part in parts]


def assert_intervals_cover(sets: list[Split], exact: float) -> None:
    """As often as intervals of 95 % would, by a binomial test: of 200 sets 180 to 198."""
    ends = [one.interval() for one in sets]
    covered = sum(low <= exact <= high for low, high in ends)
    assert binomtest(covered, len(sets), 0.95).pvalue > 0.002


def bias_in_errors(found: Split, exact: float) -> float:
    return abs(found.estimate - exact) / found.standard_error


@pytest.mark.slow
@pytest.mark.parametrize("n_sets", SETS)
def test_one_in_a_million_of_a_birth_death_chain(n_sets):
    chain = BirthDeath(SEED, up=0.27, height=15, intervals=36)
    exact = chain.exact()
    assert 0.9e-6 < exact < 1.1e-6
    effort = Effort(histories=200, repetitions=20)
    found = split(chain, np.arange(n_sets * effort.repetitions), effort)
    sets = of_sets(found, effort.repetitions)
    assert bias_in_errors(found, exact) < 3.5
    assert_intervals_cover(sets, exact)
    work = np.mean([one.histories.sum() for one in sets])
    gain = exact * (1 - exact) / (np.var([one.estimate for one in sets], ddof=1) * work)
    print(f"work-normalised variance {gain:,.0f} times below plain histories at {exact:.2e}")
    assert gain > 1000


@pytest.mark.parametrize(
    "effort",
    [
        Effort(histories=64, share=0.25),
        Effort(histories=64, share=0.9),
        Effort(histories=64, levels=(0.2, 0.4, 0.6, 0.8)),
        Effort(histories=8, share=0.5),
    ],
    ids=["a quarter", "nine of ten", "fixed levels", "eight histories"],
)
def test_any_share_and_fixed_levels_are_unbiased(effort):
    chain = BirthDeath(SEED + 1, up=0.35, height=9, intervals=30)
    assert bias_in_errors(split(chain, np.arange(600), effort), chain.exact()) < 3.5


class Misled(BirthDeath):
    """The same chain with levels that fall as it climbs, up to the outcome itself."""

    def levels(self, roots, branches):
        levels = super().levels(roots, branches)
        return np.where(levels >= 1.0, 1.0, 0.9 - 0.5 * levels)


class Blind(BirthDeath):
    """The same chain with levels that tell nothing before the outcome."""

    def levels(self, roots, branches):
        return np.floor(super().levels(roots, branches))


@pytest.mark.parametrize("process", [Misled, Blind])
def test_levels_that_mislead_cost_precision_and_no_truth(process):
    chain = process(SEED + 2, up=0.4, height=6, intervals=30)
    found = split(chain, np.arange(800), Effort(histories=64))
    assert bias_in_errors(found, chain.exact()) < 3.5


def test_a_repetition_does_not_hang_on_the_others():
    chain, effort = BirthDeath(SEED, up=0.35, height=9, intervals=30), Effort(histories=16)
    whole = split(chain, np.arange(12), effort)
    parts = combine([split(chain, np.arange(5), effort), split(chain, np.arange(5, 12), effort)])
    assert np.array_equal(whole.estimates, parts.estimates)
    assert np.array_equal(whole.histories, parts.histories)
    assert np.array_equal(whole.rounds, parts.rounds)


def test_an_outcome_that_cannot_come_has_odds_of_nothing_and_an_upper_end():
    found = split(BirthDeath(1, up=0.3, height=40, intervals=20), np.arange(4), Effort(histories=8))
    assert found.estimate == 0.0
    low, high = found.interval()
    assert low == 0.0
    # As of 4 times 8 plain histories without one: clones are no evidence.
    assert high == pytest.approx(1 - 0.05 ** (1 / 32))


def test_levels_without_end_are_refused():
    class Endless(BirthDeath):
        def levels(self, roots, branches):
            climbed = (branches.steps < NEVER).sum(axis=1) + np.arange(len(roots)) / len(roots)
            return np.tile(climbed / 1e6, (self.intervals, 1))

    with pytest.raises(SimError, match="did not end"):
        split(Endless(1, up=0.3, height=4, intervals=2), np.arange(2), Effort(histories=8))


def written_out(chain: BirthDeath, repetition: int, effort: Effort) -> tuple[float, int, int]:
    """Return odds, rounds and histories of one repetition, by loops over rounds and histories, each told alone."""
    size = effort.histories
    lanes = [repetition * size + i for i in range(size)]
    roots, branches = list(lanes), [[] for _ in lanes]

    def told(i: int) -> list[float]:
        steps, serials = ([[branch[part] for branch in branches[i]]] for part in (0, 1))
        rows = Branches(np.array(steps, dtype=np.int64), np.array(serials, dtype=np.int64))
        return chain.levels(np.array([roots[i]]), rows)[:, 0].tolist()

    levels = [told(i) for i in range(size)]
    weight, rounds, histories = 1.0, 0, size
    for number in range(500):
        tops = [max(one) for one in levels]
        level = sorted(tops)[max(1, round(effort.share * size)) - 1]
        if effort.levels:
            level = effort.levels[number] if number < len(effort.levels) else 1.0
        if level >= 1.0 or max(tops) <= level:
            break
        lost, kept = [i for i in range(size) if tops[i] <= level], [i for i in range(size) if tops[i] > level]
        weight *= len(kept) / size
        rounds, histories = rounds + bool(lost), histories + len(lost)
        drawn = Streams(chain.seed, lanes).uniform("splitting", "parent", number)
        parents = {i: kept[int(drawn[i] * len(kept))] for i in lost}
        passed = {i: next(day for day, here in enumerate(levels[parents[i]]) if here > level) + 1 for i in lost}
        past = {i: [branch for branch in branches[parents[i]] if branch[0] < passed[i]] for i in lost}
        for i in lost:
            roots[i], branches[i] = roots[parents[i]], [*past[i], (passed[i], lanes[i] * 500 + number)]
            levels[i] = told(i)
    return weight * float(np.mean([max(one) >= 1.0 for one in levels])), rounds, histories


@pytest.mark.parametrize(
    "effort",
    [Effort(16), Effort(16, share=0.2), Effort(8, share=0.01), Effort(24, levels=(0.3, 0.31, 0.6, 0.9))],
    ids=["half", "a fifth", "one at a time", "fixed levels"],
)
def test_a_repetition_is_the_one_that_is_written_out(effort: Effort):
    chain = BirthDeath(SEED, up=0.4, height=7, intervals=24)
    found = split(chain, np.array([5, 2, 11]), effort)
    expected = [written_out(chain, repetition, effort) for repetition in (5, 2, 11)]
    assert found.estimates.tolist() == pytest.approx([one for one, _, _ in expected])
    assert found.rounds.tolist() == [rounds for _, rounds, _ in expected]
    assert found.histories.tolist() == [histories for *_, histories in expected]
    assert found.roots == effort.histories
    assert max(found.rounds) >= 3


def test_mean_error_and_interval_by_hand():
    values = [0.2, 0.01, 0.05, 0.3]
    found = combine([Split(np.array(values[:1]), np.array([3]), np.array([20]), 8, 2),
                     Split(np.array(values[1:]), np.array([4, 5, 6]), np.array([30, 40, 50]), 8, 5)])  # fmt: skip
    assert (found.estimates.tolist(), found.rounds.tolist()) == (values, [3, 4, 5, 6])
    assert (found.histories.tolist(), found.roots, found.failed) == ([20, 30, 40, 50], 8, 7)
    middle = sum(values) / 4
    error = (sum((value - middle) ** 2 for value in values) / 3 / 4) ** 0.5
    assert found.estimate == pytest.approx(middle)
    assert found.standard_error == pytest.approx(error)
    # Student's quantile 0.975 with three degrees of freedom.
    factor = np.exp(3.182446305284263 * error / middle)
    assert found.interval() == pytest.approx((middle / factor, min(1.0, middle * factor)))
    assert found.carrying == pytest.approx(0.56**2 / (0.04 + 0.0001 + 0.0025 + 0.09))
    assert Split(np.array([0.5, 0.4]), *np.ones((2, 2), dtype=int), 8).interval()[1] == 1.0


class BusyDays:
    """The docking model: many acts of one party in all, with those so far as its level."""

    threshold = THRESHOLD
    days = 5
    failed = 0

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def acts(self, roots: np.ndarray, branches: Branches) -> np.ndarray:
        """Return the acts from the start to each day, shape (n_days, n_histories)."""
        steps = np.where(branches.steps == NEVER, NEVER, np.minimum(branches.steps, self.days) * 2)
        moved = Branches(steps, branches.serials)
        world = docking_world(0.5, np.asarray(roots), self.days, self.seed, branches=moved).run()
        world.release()
        cells = np.full((2, 2), -1)
        cells[world.theatre.dyad_index["I-L"]] = 0
        return world.totals.by_day("acts", cells, 1)[0].cumsum(axis=0)

    def levels(self, roots: np.ndarray, branches: Branches) -> np.ndarray:
        return np.minimum(1.0, self.acts(roots, branches) / self.threshold)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "n_sets"), forms([(25_000, 50)], [(100_000, 200)]))
def test_the_docking_model_against_plain_histories(n, n_sets):
    """At odds where both are possible: plain histories are the yardstick, with an error of their own."""
    process, plain = BusyDays(SEED), BusyDays(SEED + 9)
    odds = (plain.acts(np.arange(n), Branches.none(n))[-1] >= THRESHOLD).mean()
    error = np.sqrt(odds * (1 - odds) / n)
    assert 3e-4 < odds < 3e-2
    effort = Effort(histories=104, repetitions=12)
    found = split(process, np.arange(n_sets * effort.repetitions), effort)
    assert abs(found.estimate - odds) < 3.5 * np.hypot(found.standard_error, error)
    # The best estimate of both stands for the truth that no formula gives.
    truth = float(np.average([found.estimate, odds], weights=[found.standard_error**-2, error**-2]))
    assert_intervals_cover(of_sets(found, effort.repetitions), truth)
