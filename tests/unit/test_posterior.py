"""A posterior as a result: laws in whole rows, what they replace, and how far each parameter was informed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tiny import BASE, write_scenario

from sim.core.errors import InputError, Problems, SupercriticalError
from sim.core.random_streams import Streams
from sim.scenario.posterior import Drawn, Posterior, digest_of, fitted_settings, summary_of
from sim.scenario.prior_draws import Draws, draw_values
from sim.scenario.priors import Uniform
from sim.scenario.scenario import Scenario
from sim.scenario.shared_draws import INFORMED, JUDGEMENT, LITERATURE

REFERENCE = """
[parameters.dyad.R-L]
delay_days = { law = "same_as", key = "dyad.L-R.delay_days", factor = 3, source = "S8" }
"""


def test_a_posterior_replaces_laws_in_whole_rows(tmp_path: Path):
    draws = pd.DataFrame(
        {
            **{"chain": [0, 0, 1, 1], "draw": [0, 1, 0, 1], "party.R.baseline": [1.5, 2.5, 3.5, 4.5]},
            **{"dyad.L-R.excitation": [0.15, 0.25, 0.35, 0.45], "source.acled": [0.1, 0.2, 0.3, 0.4]},
        }
    )
    scenario = Scenario.load(write_scenario(tmp_path, BASE + REFERENCE))
    settings = {setting.key: setting for setting in scenario.settings()}
    fit = Posterior(tmp_path / "fit", draws, {"party.R.baseline": 0.34, "dyad.L-R.excitation": 0.04})
    problems = Problems(tmp_path)
    fitted = fitted_settings(fit, settings, problems)
    problems.raise_if_any()
    assert fitted.keys() == {"party.R.baseline", "dyad.L-R.excitation"}
    assert fitted["party.R.baseline"].source == "fit: fit, 4 draws, contraction 34 %"
    assert fitted["dyad.L-R.excitation"].source == "assumption; fit: fit, 4 draws, contraction 4 %"
    assert fitted["party.R.baseline"].label == INFORMED
    assert fitted["dyad.L-R.excitation"].label == JUDGEMENT
    sourced = {key: replace(one, source="S1", spread_source="S2: 9 counted") for key, one in settings.items()}
    for contraction, label in ((0.0999, LITERATURE), (0.1, INFORMED)):
        fit = Posterior(tmp_path / "fit", draws, dict.fromkeys(fitted, contraction))
        assert {one.label for one in fitted_settings(fit, sourced, problems).values()} == {label}
    uniforms = np.array([0.0, 0.2499, 0.25, 0.7499, 0.75, 1.0])
    assert fitted["party.R.baseline"].law.at(uniforms).tolist() == [1.5, 1.5, 2.5, 3.5, 4.5, 4.5]
    assert fitted["party.R.baseline"].law.drawn_with == fitted["dyad.L-R.excitation"].law.drawn_with != ""
    assert fit.chains["party.R.baseline"].tolist() == [[1.5, 2.5], [3.5, 4.5]]
    assert fit.keys == list(draws.columns[2:])
    assert digest_of(draws) != digest_of(draws.rename(columns={"source.acled": "source.ged"}))
    assert digest_of(draws) != digest_of(draws[::-1])
    for key, values in (("dyad.R-L.delay_days", 1.0), ("party.R.baseline", -1.0), ("party.Q.baseline", 1.0)):
        refused = Problems(tmp_path)
        fitted_settings(Posterior(tmp_path, draws[["chain", "draw"]].assign(**{key: values}), {}), settings, refused)
        with pytest.raises(InputError, match=key):
            refused.raise_if_any()


def test_what_was_drawn_in_a_row_is_drawn_anew_in_a_row_and_the_rest_is_not():
    """Every third replicate is refused at first; what one says is of judgement takes the row of the others too."""
    values = np.arange(1.0, 41.0)
    laws = {"a.x": Drawn("one", values), "a.y": Drawn("one", 100 * values), "a.z": Drawn("other", values)}
    laws |= {"b.x": Uniform(0.0, 1.0), "b.y": Uniform(0.0, 1.0)}
    streams, refused = Streams(3, np.arange(48)), np.where(np.arange(48) % 3 == 0, 2.0, 0.0)

    def drawn(*radii: np.ndarray) -> Draws:
        told = iter(radii)
        return draw_values(
            laws, {"a.y": JUDGEMENT, "b.y": LITERATURE}, streams, ["a.x", "b.x"], lambda _: next(told, np.zeros(1))
        )

    before, after = drawn(), drawn(refused)
    assert np.array_equal(after.redrawn, refused > 0)
    for found in (before, after):
        assert np.array_equal(100 * found.values["a.x"], found.values["a.y"])
    for key in laws:
        moved = np.asarray(before.values[key] != after.values[key])
        assert not moved[refused == 0].any(), key
        assert moved[refused > 0].mean() > 0.8 if key in ("a.x", "a.y", "b.x") else not moved.any(), key


def test_a_summary_tells_how_far_each_parameter_was_informed():
    rng = np.random.default_rng(5)
    after, before = {key: rng.gamma(4.0, size=801) for key in "ab"}, {key: rng.gamma(2.0, size=901) for key in "ab"}
    spans = {"a": (np.array([1.0, 1.9, 3.0]), np.array([1.0, 3.0, 4.0])), "b": (np.arange(2.0), np.arange(9.0))}
    table = summary_of(after, before, spans)
    assert table["parameter"].tolist() == ["b", "a"]
    assert table["rank"].tolist() == [1, 2]
    for row in table.to_dict("records"):
        now, then = spans[row["parameter"]]
        ordered, old = sorted(after[row["parameter"]]), sorted(before[row["parameter"]])
        assert (row["low"], row["median"], row["high"]) == (ordered[40], ordered[400], ordered[760])
        assert (row["prior_low"], row["prior_median"], row["prior_high"]) == (old[45], old[450], old[855])
        spread = (sum((x - sum(then) / len(then)) ** 2 for x in then) / len(then)) ** 0.5
        left = (sum((x - sum(now) / len(now)) ** 2 for x in now) / len(now)) ** 0.5
        assert row["contraction"] == pytest.approx(1 - left / spread)
        assert row["shift"] == pytest.approx((sorted(now)[1] - 3.0) / spread if len(now) == 3 else (0.5 - 4) / spread)
        assert row["status"] == ("informed" if row["contraction"] >= 0.1 else "at its prior")
    assert str(Drawn("abcdef0123456789", np.arange(3.0))) == "posterior(abcdef012345, 3 draws)"


@pytest.mark.parametrize("refusals", [498, 499])
def test_a_matrix_is_drawn_five_hundred_times_at_most(refusals: int):
    told = iter([1.0] * refusals)
    asked = ({"a.x": Uniform(0.0, 1.0)}, {}, Streams(3, np.arange(2)), ["a.x"], lambda _: np.full(2, next(told, 0.0)))
    if refusals < 499:
        assert draw_values(*asked).redrawn.all()
    else:
        with pytest.raises(SupercriticalError, match=r"no draw of a\.x keeps the spectral radius"):
            draw_values(*asked)
