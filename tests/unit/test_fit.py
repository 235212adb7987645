"""What a fit is made of and what it says of its draws, by hand; the draws are given and not sampled."""

from __future__ import annotations

import datetime
from pathlib import Path
from types import SimpleNamespace

import asymmetric_front
import numpy as np
import pytest
from scipy import special

from sim.core.errors import InputError
from sim.core.random_streams import Streams
from sim.inference import fit as fit_module
from sim.inference.evidence_plan import read_plan
from sim.inference.fit import Fit, derived_values, fit, refuse_impossible
from sim.inference.front_model import FrontModel
from sim.inference.likelihood import ActCount, DeathShare, Evidence, Likelihood
from sim.inference.parameter_space import Space
from sim.inference.sampler import Budget, Sample
from sim.scenario.priors import Fixed, SameAs

THEATRE = Path(__file__).parents[2] / "scenarios" / "lebanon-2023" / "theatre.toml"
START, LATE = datetime.date(2023, 11, 7), datetime.date(2023, 12, 10)
SHARES = {f"party.{party}.driver_share" for party in ("ISR", "HZB", "HAM", "PIJ")}
ASKED: list[tuple[int, Budget]] = []


def given(likelihood, names, seed, budget):
    """Return chains of two ensembles, three steps and two walkers about the middle of the prior."""
    ASKED.append((seed, budget))
    chains = np.random.default_rng(seed).normal(0, 0.2, (2, 3, 2, len(names)))
    return Sample(chains, np.linspace(1.0, 1.01, len(names)), np.linspace(1e3, 2e3, len(names)))


@pytest.fixture(scope="module", params=[None, LATE], ids=["as of the start", "after the truce"])
def fitted(request) -> Fit:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit_module, "sample", given)
        patch.setattr(fit_module, "DRAWS", 10)
        patch.setattr("sim.inference.response_rates.REPLICATES", 12)
        patch.setattr("sim.inference.response_rates.WARM_UP_DAYS", 1)
        made = fit(read_plan(THEATRE), until=request.param, seed=4)
        patch.setattr(fit_module, "_PRIOR_DRAWS", 300)
        assert len(made.prior) > 250
    return made


def test_what_no_evidence_sees_is_drawn_from_its_prior(fitted: Fit):
    """A pause of the driver lets its share be seen; its exponent is never seen."""
    assert ASKED[-1] == (4, Budget())
    unseen = {"world.driver_exponent"} if fitted.is_ex_post else SHARES | {"world.driver_exponent"}
    laws = fitted.space.laws
    assert set(fitted.unfitted) == {
        key for key in unseen if laws[key].is_uncertain and not isinstance(laws[key], SameAs)
    }
    assert len(fitted.unfitted) == (1 if fitted.is_ex_post else 3)
    draws = Streams(4, np.arange(len(fitted.draws)))
    for key in fitted.unfitted:
        expected = fitted.space.laws[key].at(draws.uniform(key, "unfitted", 0))
        assert fitted.draws[key].tolist() == expected.tolist()


def test_draws_are_numbered_by_ensemble_and_hold_the_values_of_their_points(fitted: Fit):
    assert fitted.coordinates.shape == (2, 5, len(fitted.space))
    assert fitted.draws["chain"].tolist() == [0] * 5 + [1] * 5
    assert fitted.draws["draw"].tolist() == list(range(5)) * 2
    assert list(fitted.draws.columns) == ["chain", "draw", *fitted.space.keys, *fitted.unfitted]
    flat = np.concatenate(list(fitted.coordinates))
    for i, key in enumerate(fitted.space.keys):
        expected = fitted.space.laws[key].at(special.ndtr(flat[:, i]))
        np.testing.assert_allclose(fitted.draws[key], expected, rtol=1e-4)


def test_the_prior_is_the_law_of_every_parameter_without_what_a_sweep_refuses(fitted: Fit):
    streams = Streams(4, np.arange(300))
    points = np.stack([special.ndtri(streams.uniform(key, "prior of a fit", 0)) for key in fitted.space.keys], axis=1)
    density = fitted.likelihood
    radius = density.front.exchange(density.space.values(points), 300).radius
    assert 0 < (radius >= 0.95).sum() < 50
    assert np.array_equal(fitted.prior, points[radius < 0.95])


def test_the_summary_tells_quantiles_contraction_and_diagnostics_of_each_parameter(fitted: Fit):
    summary = fitted.summary().set_index("parameter")
    assert set(summary.index) == {*fitted.space.keys, *fitted.unfitted}
    flat = np.concatenate(list(fitted.coordinates))
    for i, key in enumerate(fitted.space.keys):
        row = summary.loc[key]
        assert (row["ess"], row["rhat"]) == (fitted.sample.ess[i], fitted.sample.rhat[i])
        assert row["contraction"] == pytest.approx(1.0 - flat[:, i].std() / fitted.prior[:, i].std())
        before = np.quantile(np.asarray(fitted.space.value(key, fitted.prior)), (0.05, 0.5, 0.95))
        after = np.quantile(fitted.draws[key], (0.05, 0.5, 0.95))
        assert row[["prior_low", "prior_median", "prior_high"]].tolist() == pytest.approx(before.tolist())
        assert row[["low", "median", "high"]].tolist() == pytest.approx(after.tolist())
    for key in fitted.unfitted:
        row = summary.loc[key]
        assert (row["ess"], row["rhat"], row["contraction"], row["status"]) == (10.0, 1.0, 0.0, "at its prior")
        uniform = Streams(4, np.arange(len(fitted.prior))).uniform(key, "unfitted", 0)
        expected = np.quantile(fitted.space.laws[key].at(uniform), (0.05, 0.5, 0.95))
        assert row[["prior_low", "prior_median", "prior_high"]].tolist() == pytest.approx(expected.tolist())


def test_derived_quantities_are_the_branching_ratio_and_the_rates_of_the_sides(fitted: Fit):
    table = fitted.derived().set_index("quantity")
    flat, density = np.concatenate(list(fitted.coordinates)), fitted.likelihood
    assert list(table.index) == list(derived_values(density, flat))
    for points, names in (
        (flat, ("median", "low", "high")),
        (fitted.prior, [f"prior_{n}" for n in ("median", "low", "high")]),
    ):
        exchange = density.front.exchange(density.space.values(points), len(points))
        expected = {
            "branching ratio": [np.abs(np.linalg.eigvals(one)).max() for one in exchange.offspring],
            "branching ratio if all is answered": exchange.radius,
            "acts a day of ISR": exchange.sides.rates[0],
            "acts a day of HZB, HAM, PIJ": exchange.sides.rates[1],
        }
        for quantity, values in expected.items():
            quantiles = np.quantile(values, (0.5, 0.05, 0.95))
            assert table.loc[quantity, list(names)].tolist() == pytest.approx(quantiles.tolist())


def test_policies_of_a_party_begin_alike_and_are_weighed_by_its_answers(fitted: Fit):
    table = fitted.policies
    for party, rules in fitted.plan.candidates.items():
        rows = table[table["party"] == party]
        assert rows["policy"].tolist() == list(rules)
        assert rows["prior"].tolist() == [1.0 / len(rules)] * len(rules)
        assert rows["weight"].sum() == pytest.approx(1.0)
        assert rows["answered"].nunique() == rows["unanswered"].nunique() == 1
    if not fitted.is_ex_post:
        israel, hezbollah = (table[table["party"] == party].iloc[0] for party in ("ISR", "HZB"))
        assert (israel["answered"], israel["unanswered"]) == (5, 6)
        assert (hezbollah["answered"], hezbollah["unanswered"]) == (3, 1)


PLAN = SimpleNamespace(path="evidence.toml", theatre_file=SimpleNamespace(path=Path("there/theatre.toml")))


def density_of(*pieces, laws=None) -> Likelihood:
    front = FrontModel(asymmetric_front.theatre(), asymmetric_front.ANSWERED)
    known = asymmetric_front.laws() | (laws or {})
    return Likelihood(Evidence(12.0, pieces), front, Space(known, front.keys()))


def test_evidence_that_no_draw_can_give_is_named_before_any_sampling():
    possible, wrong = ActCount("c-1", ("DOR",), 9, 12.0), DeathShare("s-1", "coast", 9, 8, ())
    lethal = {f"party.{party}.lethality": Fixed(1.0) for side in asymmetric_front.SIDES for party in side}
    refuse_impossible(PLAN, density_of(possible, laws=lethal), 3)
    with pytest.raises(
        InputError, match=r"^evidence.toml: s-1: is impossible in all \d+ stable draws of the priors of th"
    ):
        refuse_impossible(PLAN, density_of(possible, wrong, laws=lethal), 3)
    space = Space(asymmetric_front.laws(), ())
    fixed = {key: Fixed(float(np.asarray(space.value(key, np.zeros((1, 0)))))) for key in space.laws}
    with pytest.raises(
        InputError, match=r"theatre.toml: parameters: give none of the parameters that the evidence bears"
    ):
        refuse_impossible(PLAN, density_of(possible, laws=fixed), 3)


def test_a_side_that_never_fires_leaves_the_other_as_it_is():
    """Its acts are none, nothing of it is a number that is none, and the counts of the other side are as likely."""
    silent = {f"party.{party}.baseline": Fixed(0.0) for party in ("ARD", "BRE")}
    answers = (key for key in asymmetric_front.laws() if key.startswith(("dyad.ARD", "dyad.BRE")))
    silent |= {key: Fixed(0.0) for key in answers if key.endswith("excitation")}
    density = density_of(ActCount("c-1", ("CAL", "DOR"), 9, 12.0), laws=silent)
    points = np.zeros((2, len(density.space)))
    exchange = density.front.exchange(density.space.values(points), 2)
    assert exchange.sides.rates[0].tolist() == [0.0, 0.0]
    assert (exchange.sides.rates[1] > 0).all()
    assert np.isfinite(exchange.sides.matrix).all()
    assert np.isfinite(density(points)).all()
    with pytest.raises(InputError, match="c-2: is impossible"):
        refuse_impossible(PLAN, density_of(ActCount("c-2", ("ARD",), 1, 12.0), laws=silent), 3)
