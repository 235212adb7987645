"""Coordinates, the law of a posterior, and scenarios that draw from one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from arviz_stats.base import array_stats
from scipy import special, stats

from sim.core.errors import InputError
from sim.core.random_streams import Streams
from sim.inference.parameter_space import Space
from sim.scenario.posterior import Drawn, Posterior, summary_of
from sim.scenario.prior_draws import draw_values
from sim.scenario.priors import Beta, Fixed, LogNormal, Normal, SameAs

LAWS = {
    "a": LogNormal(2.0, 0.4),
    "b": Beta(3.0, 5.0),
    "c": Normal(0.2, 0.1, low=0.0),
    "d": SameAs("a", 2.0),
    "e": Fixed(3.0),
}


def test_coordinates_are_quantiles_of_the_laws():
    space = Space(LAWS, ["a", "b", "c", "d", "e"])
    assert space.keys == ("a", "b", "c")
    z = np.random.default_rng(0).normal(size=(2000, 3))
    values = space.values(z)
    for i, key in enumerate(space.keys):
        np.testing.assert_allclose(values[key], LAWS[key].at(special.ndtr(z[:, i])), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(values["d"], 2 * values["a"])
    assert values["e"] == 3.0
    assert stats.kstest(values["b"], stats.beta(3, 5).cdf).pvalue > 0.01


def test_prior_density_is_normal_and_ends_far_out():
    space = Space(LAWS, ["a", "b"])
    found = space.log_prior(np.array([[0.0, 0.0], [1.0, 2.0], [7.0, 0.0]]))
    assert found[0] - found[1] == pytest.approx(2.5)
    assert np.isneginf(found[2])


def written(folder, rows=50, **columns):
    draws = pd.DataFrame({"chain": 0, "draw": np.arange(rows), **columns})
    draws.to_parquet(folder / "posterior.parquet", index=False)
    keys = list(columns)
    contraction = [0.5, *[0.0] * (len(keys) - 1)]
    pd.DataFrame({"parameter": keys, "contraction": contraction[: len(keys)]}).to_csv(
        folder / "summary.csv", index=False
    )
    return folder


def test_whole_rows_are_drawn_one_for_each_replicate(tmp_path):
    rows = np.arange(50.0)
    posterior = Posterior.load(written(tmp_path, a=rows, b=-rows))
    values = draw_values(dict(posterior.laws()), {}, Streams(1, np.arange(500)), [], lambda _: np.zeros(500)).values
    np.testing.assert_array_equal(values["a"], -values["b"])
    assert len(np.unique(values["a"])) == 50
    part = draw_values(dict(posterior.laws()), {}, Streams(1, np.array([7, 3])), [], lambda _: np.zeros(2)).values
    np.testing.assert_array_equal(part["a"], values["a"][[7, 3]])


def test_refused_rows_are_replaced_as_rows(tmp_path):
    rows = np.arange(50.0)
    posterior = Posterior.load(written(tmp_path, a=rows, b=-rows))
    radius = lambda v: np.where(v["a"] < 25, 0.99, 0.5)  # noqa: E731
    values = draw_values(dict(posterior.laws()), {}, Streams(1, np.arange(300)), ["a"], radius).values
    assert values["a"].min() >= 25
    np.testing.assert_array_equal(values["a"], -values["b"])


def test_digest_covers_every_draw(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    first = Posterior.load(written(tmp_path / "one", a=np.arange(50.0)))
    moved = np.arange(50.0)
    moved[49] += 1e-9
    second = Posterior.load(written(tmp_path / "two", a=moved))
    assert first.digest != second.digest
    assert str(first.laws()["a"]) != str(second.laws()["a"])
    (tmp_path / "three").mkdir()
    assert Posterior.load(written(tmp_path / "three", a=np.arange(50.0))).digest == first.digest


def test_draws_go_to_arviz_as_chains(tmp_path):
    chains = Posterior.load(written(tmp_path, a=np.arange(50.0))).chains
    assert chains["a"].shape == (1, 50)
    assert array_stats.ess(chains["a"]) > 1


def test_a_folder_without_a_fit_is_refused(tmp_path):
    with pytest.raises(InputError, match="is not the folder of a fit"):
        Posterior.load(tmp_path)


def test_contraction_tells_what_is_informed():
    generator = np.random.default_rng(5)
    wide, narrow = generator.normal(size=4000), 0.5 * generator.normal(size=4000)
    table = summary_of(
        {"x": narrow, "y": wide}, {"x": wide, "y": wide}, {"x": (narrow, wide), "y": (wide, wide)}
    ).set_index("parameter")
    assert table.loc["x", "status"] == "informed"
    assert table.loc["x", "contraction"] == pytest.approx(0.5, abs=0.03)
    assert table.loc["y", "status"] == "at its prior"
    assert table.loc["x", "rank"] == 1


def test_drawn_law_covers_all_rows():
    law = Drawn("digest", np.array([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(law.at(np.array([1e-9, 0.5, 1 - 1e-12])), [1.0, 2.0, 3.0])
