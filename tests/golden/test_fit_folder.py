"""The tables of the shipped fit are what the code makes of its draws, and these are draws of its density.

Only the draws themselves are not drawn again here; `test_made_again` does it by night.
"""

from __future__ import annotations

import hashlib
import json

import committed
import numpy as np
import pandas as pd
import pytest
from committed import RESULTS, ROOT, manifest_of

from sim.inference.evidence_assembly import assemble_evidence
from sim.inference.evidence_plan import EvidencePlan, plan_of
from sim.inference.fit import Fit, likelihood_of
from sim.inference.fit import _weights as policy_weights
from sim.inference.parameter_space import Space
from sim.inference.posterior_predictive import predictive_check
from sim.inference.response_rates import response_shares, warm_up
from sim.inference.sampler import Sample
from sim.inference.theatre_fit import TheatreFit
from sim.scenario.posterior import digest_of
from sim.scenario.scenario import Scenario

FOLDER = RESULTS / "fit-lebanon-2023"
SAID = manifest_of(FOLDER)
DENSITY = (-50.3063, -44.0063, -47.9503, -54.2640, -48.2517, -49.6374, -44.2069, -39.6494)
"""Log density of the posterior at the first draws, up to a constant that hangs on no parameter."""


def coordinates_of(space: Space, draws: pd.DataFrame) -> np.ndarray:
    """Return the points of which these are the values, shape (n_draws, n_parameters), by halving."""
    low, high = np.full((2, len(draws), len(space)), 12.0) * np.array([-1.0, 1.0])[:, None, None]
    wanted = draws[list(space.keys)].to_numpy()
    for _ in range(60):
        middle = (low + high) / 2
        values = np.stack([np.asarray(space.value(key, middle)) for key in space.keys], axis=1)
        low, high = np.where(values < wanted, middle, low), np.where(values < wanted, high, middle)
    return (low + high) / 2


@pytest.fixture(scope="module")
def plan() -> EvidencePlan:
    return plan_of(ROOT / "scenarios" / "lebanon-2023" / "theatre.toml")


@pytest.fixture(scope="module")
def fit(plan: EvidencePlan) -> Fit:
    """The shipped fit, put together from its committed draws and diagnostics."""
    assembled = assemble_evidence(plan)
    run = warm_up(Scenario.load(plan.scenario), SAID["seed"])
    answered, weights = response_shares(run), policy_weights(plan, assembled, run)
    run.release()
    likelihood = likelihood_of(plan, assembled.evidence, answered)
    draws = pd.read_parquet(FOLDER / "posterior.parquet")
    keys = likelihood.space.keys
    points = coordinates_of(likelihood.space, draws).reshape(draws["chain"].nunique(), -1, len(keys))
    told = pd.read_csv(FOLDER / "summary.csv").set_index("parameter")
    sample = Sample(points, told.loc[list(keys), "rhat"].to_numpy(), told.loc[list(keys), "ess"].to_numpy())
    unfitted = tuple(key for key in draws.columns[2:] if key not in keys)
    made = Fit(plan, assembled, likelihood, answered, weights, sample, points, unfitted, SAID["seed"])
    recomputed = made.draws
    pd.testing.assert_frame_equal(recomputed, draws, rtol=1e-12)
    assert recomputed[list(unfitted)].equals(draws[list(unfitted)])
    # The digest of the draws is the address of the rows that the engine takes: no last bit may differ.
    made.__dict__["draws"] = draws
    return made


@pytest.fixture(scope="module")
def fitted(fit: Fit) -> TheatreFit:
    return TheatreFit(fit, predictive_check(fit), pd.read_csv(FOLDER / "alternatives.csv"), FOLDER)


def test_files_are_those_that_the_manifest_names():
    for name, digest in SAID["files_sha256"].items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest, name
    assert {path.name for path in FOLDER.iterdir()} == {*SAID["files_sha256"], "manifest.json"}
    assert digest_of(pd.read_parquet(FOLDER / "posterior.parquet")) == SAID["draws_sha256"]


def test_tables_follow_from_the_draws(fitted: TheatreFit):
    made = {name: content for name, content in fitted.files.items() if name.endswith(".csv")}
    assert made.keys() == {path.name for path in FOLDER.glob("*.csv")}
    for name, content in made.items():
        assert content.decode() == (FOLDER / name).read_text(encoding="utf-8"), name


def test_the_manifest_follows_from_the_draws(fitted: TheatreFit):
    made = committed.said_by(json.dumps(fitted.manifest).encode())
    told = committed.said_by((FOLDER / "manifest.json").read_bytes())
    for name in ("files_sha256", "draws_sha256"):
        del made[name], told[name]
    for name in ("least_ess", "largest_rhat"):
        assert made.pop(name) == pytest.approx(told.pop(name), rel=1e-5)
    assert made == told
    assert told["checks"]["statistics"] == told["checks"]["inside_90"]


def test_diagnostics_are_those_of_a_fit_that_is_not_refused(fit: Fit):
    assert (fit.sample.ess >= 1000).all()
    assert (fit.sample.ess <= 4 * 120 * 40_000).all()
    assert (fit.sample.rhat <= 1.01).all()
    assert (fit.sample.rhat > 0.998).all()


def test_the_density_at_the_first_draws_is_what_it_was(fit: Fit):
    first = fit.coordinates.reshape(-1, len(fit.space))[: len(DENSITY)]
    assert fit.likelihood(first) == pytest.approx(DENSITY, abs=1e-4)


def test_the_draws_are_draws_of_the_density(fit: Fit):
    """Over draws of a density its slope is nothing on average, in every direction (Stein)."""
    chosen = fit.coordinates.reshape(-1, len(fit.space))[::4]
    steps = 1e-4 * np.eye(len(fit.space))
    slopes = np.array([(fit.likelihood(chosen + step) - fit.likelihood(chosen - step)) / 2e-4 for step in steps])
    independent = fit.sample.ess * len(chosen) / len(fit.draws)
    errors = slopes.mean(axis=1) / slopes.std(axis=1) * np.sqrt(independent)
    assert np.abs(errors).max() < 4.5
