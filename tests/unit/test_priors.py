"""Laws against scipy's, and every fault of a law in a file."""

import numpy as np
import pytest
from scipy import special, stats

from sim.core.errors import SupercriticalError
from sim.core.random_streams import Streams
from sim.scenario.posterior import Drawn
from sim.scenario.prior_draws import LARGEST_RADIUS, draw_values, same_as_problems
from sim.scenario.priors import (
    Beta,
    Choice,
    Fixed,
    FoldedNormal,
    LawError,
    LogNormal,
    Normal,
    SameAs,
    Uniform,
    read_law,
)
from sim.scenario.shared_draws import INFORMED, JUDGEMENT, LITERATURE, source_replicates

MIDDLES = (np.arange(20_000) + 0.5) / 20_000


@pytest.mark.parametrize(
    ("law", "reference"),
    [
        (LogNormal(2.2, 0.25), stats.lognorm(0.25, scale=2.2)),
        (Normal(0.25, 0.15), stats.norm(0.25, 0.15)),
        (Normal(0.25, 0.15, low=0.0), stats.truncnorm(-0.25 / 0.15, np.inf, loc=0.25, scale=0.15)),
        (Normal(0.25, 0.15, high=0.4), stats.truncnorm(-np.inf, 1.0, loc=0.25, scale=0.15)),
        (Normal(-1.5, 2.5, low=-4.0, high=0.5), stats.truncnorm(-1.0, 0.8, loc=-1.5, scale=2.5)),
        (FoldedNormal(0.0012, 0.0008), stats.foldnorm(1.5, scale=0.0008)),
        (Beta(3, 17), stats.beta(3, 17)),
        (Uniform(0.5, 0.9), stats.uniform(0.5, 0.4)),
    ],
)
def test_a_law_has_its_distribution(law, reference):
    values = np.sort(law.at(MIDDLES))
    assert law.is_uncertain
    assert np.max(np.abs(reference.cdf(values) - MIDDLES)) < 1e-3
    if not isinstance(law, FoldedNormal):
        assert law.at(MIDDLES[::1999]) == pytest.approx(reference.ppf(MIDDLES[::1999]), rel=1e-9)


def test_a_folded_law_follows_its_uniform_and_turns_at_0():
    found = FoldedNormal(0.5, 2.0).at(stats.norm.cdf([-1.5, -0.25, 0.0, 0.5, 2.0]))
    assert found == pytest.approx([2.5, 0.0, 0.5, 1.5, 4.5], abs=1e-12)


def test_a_choice_keeps_its_weights():
    values = Choice((4.0, 5.0), (0.7, 0.3)).at(MIDDLES)
    assert (values == 4.0).mean() == pytest.approx(0.7, abs=1e-4)
    assert set(Choice((1.0, 3.0, 5.0)).at(MIDDLES)) == {1.0, 3.0, 5.0}
    edges = np.array([0.0, 0.125, 0.1250001, 0.5, 0.999])
    assert Choice((7.0, 2.0, 5.0), (1.0, 3.0, 4.0)).at(edges).tolist() == [7.0, 2.0, 2.0, 5.0, 5.0]


def test_a_fixed_value_is_one_number():
    assert Fixed(0.3).at(MIDDLES) == 0.3
    assert not Fixed(0.3).is_uncertain


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({}, 'needs "value = NUMBER"'),
        ({"law": "lognormul", "median": 1, "log_sd": 1}, 'did you mean "lognormal"'),
        ({"law": "lognormal", "median": 1}, "needs median, log_sd"),
        ({"law": "beta"}, "needs a, b"),
        ({"law": "uniform", "low": 0, "high": 1, "value": 1}, 'has no "value"'),
        ({"law": "lognormal", "median": 1, "log_sd": 1, "low": 0}, 'has no "low"'),
        ({"law": "lognormal", "median": -1, "log_sd": 1}, "must be above 0"),
        ({"law": "normal", "mean": 0, "sd": 1, "low": 2, "high": 1}, "low below high"),
        ({"law": "folded_normal", "mean": 0, "sd": 0}, "sd must be above 0"),
        ({"law": "beta", "a": 0, "b": 1}, "a and b must be above 0"),
        ({"law": "uniform", "low": 1, "high": 1}, "low must be below high"),
        ({"law": "choice", "values": []}, "must not be empty"),
        ({"law": "choice", "values": [1], "weights": [1, 2]}, "one for each value"),
        ({"law": "choice", "values": 3}, "must be a list of numbers"),
        ({"law": "same_as", "key": 3}, "is not a text"),
        ({"value": "much"}, "is not a finite number"),
        ({"value": float("nan")}, "is not a finite number"),
    ],
)
def test_a_faulty_law_is_refused(table, message):
    with pytest.raises(LawError, match=message):
        read_law(table)


def test_a_reference_has_no_draw_of_its_own():
    with pytest.raises(TypeError, match="no draw of its own"):
        SameAs("party.A.baseline").at(MIDDLES)
    laws = {"a": SameAs("b"), "b": SameAs("c"), "c": Fixed(1.0), "d": SameAs("e")}
    assert [key for key, _ in same_as_problems(laws)] == ["a", "d"]


def test_draws_depend_on_their_own_address_and_only_refused_replicates_draw_anew():
    laws = {"x": Uniform(0.0, 1.5), "y": Uniform(0.0, 1.0), "z": SameAs("x", factor=2.0)}
    streams = Streams(1, np.arange(500))
    values = draw_values(laws, {}, streams, ["x"], lambda v: np.asarray(v["x"])).values
    sources = source_replicates(streams.replicates, JUDGEMENT)
    first = Uniform(0.0, 1.5).at(Streams(1, sources).uniform("x", "prior", 0))
    kept = first < LARGEST_RADIUS
    assert 0.5 < kept.mean() < 0.8
    assert np.array_equal(np.asarray(values["x"])[kept], first[kept])
    second = Uniform(0.0, 1.5).at(Streams(1, sources).uniform("x", "prior", 1))
    again = ~kept & (second < LARGEST_RADIUS)
    assert np.array_equal(np.asarray(values["x"])[again], second[again])
    assert np.all(np.asarray(values["x"]) < LARGEST_RADIUS)
    assert np.array_equal(values["z"], 2.0 * np.asarray(values["x"]))
    alone = draw_values(laws, {}, Streams(1, [7]), ["x"], lambda v: np.asarray(v["x"])).values
    assert np.asarray(alone["x"])[0] == np.asarray(values["x"])[7]


def test_what_is_kept_for_the_next_points_stays_as_it_was_drawn():
    laws = {"x": Uniform(0.0, 1.5), "y": Uniform(0.0, 1.0)}

    def draw() -> dict[str, np.ndarray]:
        found = draw_values(laws, {"y": LITERATURE}, Streams(1, np.arange(40)), ["x"], lambda v: np.asarray(v["x"]))
        return {key: np.asarray(values) for key, values in found.values.items()}

    first = draw()
    kept = {key: values.copy() for key, values in first.items()}
    for values in first.values():
        values[:] = 0.0
    assert all(np.array_equal(values, kept[key]) for key, values in draw().items())
    other = draw_values(laws, {"y": LITERATURE}, Streams(2, np.arange(40)), ["x"], lambda v: np.asarray(v["x"])).values
    assert not np.any(other["y"] == kept["y"])


@pytest.mark.parametrize(
    ("label", "owners"), [(JUDGEMENT, [0, 0, 2, 0, 4]), (LITERATURE, [0, 0, 0, 3, 4]), (INFORMED, [0, 0, 2, 3, 0])]
)
def test_of_every_eight_replicates_five_share_draws(label, owners):
    """Place 1 has all draws of place 0, places 2 to 4 those from literature, of judgement, informed; 5 to 7 none."""
    group = [*owners, 5, 6, 7]
    expected = np.concatenate([np.array(group) + first for first in (0, 8, 16)])
    assert np.array_equal(source_replicates(np.arange(24), label), expected)
    shuffled = np.random.default_rng(0).permutation(24)
    assert np.array_equal(source_replicates(shuffled, label), expected[shuffled]), "by index, not by place"


def test_parameters_are_shared_by_label_and_the_row_of_a_posterior_as_one():
    rows = {key: Drawn("d", np.arange(1000.0) + place) for place, key in enumerate("pq")}
    laws = {"c": Uniform(0.0, 1.0), "a": Uniform(0.0, 1.0), "e": SameAs("c"), "f": Fixed(2.0), **rows}
    labels = {"c": LITERATURE, "a": JUDGEMENT, "p": INFORMED, "q": JUDGEMENT}
    values = draw_values(laws, labels, Streams(5, np.arange(800)), (), lambda _: np.zeros(800)).values
    assert np.array_equal(values["p"] + 1, values["q"]), "a row is not torn, whatever its parameters rest on"
    for key, place in (("c", 2), ("a", 3), ("p", 4)):
        drawn, alike = np.asarray(values[key]).reshape(100, 8), {(0, 1), (0, place), (1, place)}
        for i in range(8):
            for j in range(i + 1, 8):
                same = drawn[:, i] == drawn[:, j]
                assert np.all(same) if (i, j) in alike else same.mean() < 0.05, (i, j)
    assert np.array_equal(values["e"], values["c"])
    assert values["f"] == 2.0


def test_every_place_of_a_group_follows_the_prior():
    n = 16_000
    values = draw_values({"a": Uniform(0.0, 1.0)}, {}, Streams(5, np.arange(n)), (), lambda _: np.zeros(n)).values
    for drawn in np.asarray(values["a"]).reshape(-1, 8).T:
        assert stats.kstest(drawn, "uniform").pvalue > 1e-4


def test_the_shared_draws_split_the_variance():
    """Covariances of the first replicate with the others are the parts of a sum whose parts are known."""
    groups, parts = 8000, (9.0, 4.0, 1.0)
    streams = Streams(11, np.arange(8 * groups))
    values = draw_values(
        {"c": Normal(0.0, 3.0), "a": Normal(0.0, 2.0)}, {"c": LITERATURE}, streams, (), lambda _: np.zeros(1)
    ).values
    luck = special.ndtri(streams.uniform("world", "luck", 0))
    outcome = (np.asarray(values["c"]) + np.asarray(values["a"]) + luck).reshape(groups, 8)
    for place, expected in ((1, parts[0] + parts[1]), (2, parts[0]), (3, parts[1]), (4, 0.0)):
        products = outcome[:, 0] * outcome[:, place]
        assert abs(products.mean() - expected) < 4.0 * products.std(ddof=1) / np.sqrt(groups), place


@pytest.mark.parametrize(
    ("radius", "redrawn"), [(LARGEST_RADIUS, [True, False]), (np.nextafter(LARGEST_RADIUS, 0.0), [False, False])]
)
def test_a_radius_at_the_bound_is_refused_and_one_below_it_is_not(radius: float, redrawn: list[bool]):
    radii = iter([np.array([radius, 0.1])])
    laws, streams = {"x": Uniform(0.0, 0.5)}, Streams(1, [0, 4])
    drawn = draw_values(laws, {}, streams, ["x"], lambda _: next(radii, np.zeros(1)))
    assert drawn.redrawn.tolist() == redrawn


def test_a_law_that_is_always_supercritical_is_refused():
    with pytest.raises(SupercriticalError, match="spectral radius"):
        draw_values({"x": Uniform(1.0, 2.0)}, {}, Streams(1, np.arange(3)), ["x"], lambda v: np.asarray(v["x"]))
