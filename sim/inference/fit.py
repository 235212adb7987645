"""A fit: from the evidence of a theatre to the joint posterior of what the evidence can inform, and what it cannot.

The work is in `sim.inference`; this module says what is fitted. Parameters are those of the theatre, with the
theatre's laws as priors; policies are those of the scenario that the evidence names.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy import special

from sim.core.arrays import Floats
from sim.core.errors import InputError
from sim.core.random_streams import Streams
from sim.engine.model import Conflict
from sim.inference.evidence_assembly import AssembledEvidence, assemble_evidence, find_provocations
from sim.inference.evidence_plan import EvidencePlan
from sim.inference.front_model import FrontModel
from sim.inference.likelihood import Evidence, Likelihood, needed_keys
from sim.inference.parameter_space import Space
from sim.inference.response_rates import mean_responses, policy_weights, response_shares, warm_up
from sim.inference.sampler import Budget, Sample, sample
from sim.policies.registry import SHIPPED
from sim.scenario.posterior import digest_of, summary_of
from sim.scenario.priors import Law, SameAs
from sim.scenario.scenario import Scenario
from sim.scenario.theatre_file import read_history

SEED: Final = 20231107
"""Root of all draws where nothing else is said."""
DRAWS: Final = 4000
"""Draws that are kept."""
_PRIOR_DRAWS: Final = 20_000
_TRIED_DRAWS: Final = 200
COUPLING: Final = ("driver_share", "driver_exponent")
"""Parameters of the driver: the share is fitted only where a pause of the driver lies in the record, the exponent never
(S2.14); what is not fitted is drawn from its prior."""


@dataclass(frozen=True, eq=False, repr=False)
class Fit:
    """A posterior and what it was made of."""

    plan: EvidencePlan
    assembled: AssembledEvidence
    likelihood: Likelihood  # the posterior density
    answered: dict[str, float]  # share of the calibrated reactions that each party's policy gives [1]
    policies: pd.DataFrame  # weights of the candidate policies
    sample: Sample
    coordinates: Floats  # kept draws, shape (n_ensembles, n_draws, n_parameters)
    unfitted: tuple[str, ...]  # parameters that no evidence sees, drawn from their prior
    seed: int

    def __repr__(self) -> str:
        """Return theatre and day."""
        return f"<Fit {self.plan.theatre_file.theatre.name}, as of {self.assembled.until}>"

    @property
    def is_ex_post(self) -> bool:
        """Whether something after the start of the scenarios was used."""
        return self.assembled.until > self.plan.theatre_file.start

    @property
    def space(self) -> Space:
        """The coordinates."""
        return self.likelihood.space

    @cached_property
    def draws(self) -> pd.DataFrame:
        """A row per draw: ``chain``, ``draw``, and the value of every parameter by key path."""
        chains, each, size = self.coordinates.shape
        flat = self.coordinates.reshape(-1, size)
        columns = {
            "chain": np.repeat(np.arange(chains), each),
            "draw": np.tile(np.arange(each), chains),
            **{key: np.asarray(self.space.value(key, flat)) for key in self.space.keys},
        }
        streams = Streams(self.seed, np.arange(len(flat)))
        for key in self.unfitted:
            columns[key] = np.asarray(self.space.laws[key].at(streams.uniform(key, "unfitted", 0)))
        return pd.DataFrame(columns)

    @property
    def digest(self) -> str:
        """SHA-256 of the draws."""
        return digest_of(self.draws)

    @cached_property
    def prior(self) -> Floats:
        """Coordinates under the prior, without the draws that a sweep refuses, shape (n_draws, n_parameters)."""
        return prior_coordinates(self.likelihood, self.seed, _PRIOR_DRAWS)

    def summary(self) -> pd.DataFrame:
        """Return what the draws say of each parameter; see `sim.scenario.posterior.summary_of`."""
        flat = self.coordinates.reshape(-1, len(self.space))
        streams = Streams(self.seed, np.arange(len(self.prior)))
        after = {key: self.draws[key].to_numpy() for key in (*self.space.keys, *self.unfitted)}
        before = {key: np.asarray(self.space.value(key, self.prior)) for key in self.space.keys}
        for key in self.unfitted:
            before[key] = np.asarray(self.space.laws[key].at(streams.uniform(key, "unfitted", 0)))
        columns = {key: (flat[:, i], self.prior[:, i]) for i, key in enumerate(self.space.keys)}
        table = summary_of(after, before, columns | {key: (before[key], before[key]) for key in self.unfitted})
        diagnostics = dict(zip(self.space.keys, zip(self.sample.ess, self.sample.rhat, strict=True), strict=True))
        table["ess"] = [diagnostics.get(key, (float(len(self.draws)), 1.0))[0] for key in table["parameter"]]
        table["rhat"] = [diagnostics.get(key, (0.0, 1.0))[1] for key in table["parameter"]]
        return table

    def derived(self) -> pd.DataFrame:
        """Return the branching ratio and the rates of both sides, after and before the evidence."""
        rows = []
        after, before = (
            derived_values(self.likelihood, points)
            for points in (self.coordinates.reshape(-1, len(self.space)), self.prior)
        )
        for name, values in after.items():
            low, median, high = np.quantile(values, (0.05, 0.5, 0.95))
            then = np.quantile(before[name], (0.05, 0.5, 0.95))
            rows.append((name, median, low, high, then[1], then[0], then[2]))
        return pd.DataFrame(
            rows, columns=["quantity", "median", "low", "high", "prior_median", "prior_low", "prior_high"]
        )


def fit(
    plan: EvidencePlan,
    *,
    until: datetime.date | None = None,
    also: Iterable[str] = (),
    window_days: int | None = None,
    seed: int = 1,
    budget: Budget | None = None,
) -> Fit:
    """Fit a theatre to the evidence that is selected; refuse what cannot be sampled, and draws that do not agree."""
    assembled = assemble_evidence(plan, until, also=also, window_days=window_days)
    # Policies are asked after what had been reported by that day, and not after the record up to the start.
    run = warm_up(start_on(Scenario.load(plan.scenario), assembled.until), seed)
    answered = response_shares(run)
    policies = _weights(plan, assembled, run)
    run.release()
    likelihood = likelihood_of(plan, assembled.evidence, answered)
    refuse_impossible(plan, likelihood, seed)
    draws = sample(likelihood, likelihood.space.keys, seed, budget or Budget())
    unfitted = tuple(
        key
        for key, law in likelihood.space.laws.items()
        if key.rpartition(".")[2] in COUPLING
        and law.is_uncertain
        and not isinstance(law, SameAs)
        and key not in likelihood.space.keys
    )
    return Fit(plan, assembled, likelihood, answered, policies, draws, draws.thinned(DRAWS), unfitted, seed)


def start_on(base: Scenario, day: datetime.date) -> Scenario:
    """Return a scenario that starts on another day, after all that had been reported before it."""
    split = "calibration" if day <= base.start else None
    theatre_file = dataclasses.replace(base.file.theatre_file, start=day)
    file = dataclasses.replace(base.file, theatre_file=theatre_file)
    return Scenario(file, *read_history(theatre_file, split))


def likelihood_of(plan: EvidencePlan, evidence: Evidence, answered: dict[str, float]) -> Likelihood:
    """Return the posterior density of a theatre under some evidence and the shares that each party's policy answers."""
    front = FrontModel(plan.theatre_file.theatre, answered)
    laws: dict[str, Law] = {key: setting.law for key, setting in plan.theatre_file.settings.items()}
    laws |= {f"source.{view.name}.detection": view.detection for view in plan.views}
    return Likelihood(evidence, front, Space(laws, needed_keys(front, evidence.pieces, evidence.pauses)))


def refuse_impossible(plan: EvidencePlan, likelihood: Likelihood, seed: int) -> None:
    """Refuse a theatre without a parameter to fit, and evidence that no draw of its priors can give."""
    where = plan.theatre_file.path
    if not likelihood.space.keys:
        message = "give none of the parameters that the evidence bears on a law to fit; all are single values"
        raise InputError.single(where, "parameters", message)
    points = prior_coordinates(likelihood, seed, _TRIED_DRAWS)
    if not np.isfinite(likelihood(points)).any():
        values = likelihood.space.values(points)
        with np.errstate(all="ignore"):
            parts = likelihood.parts(values, likelihood.front.exchange(values, len(points)))
        worst = min(parts, key=lambda name: np.isfinite(parts[name]).sum())
        message = f"is impossible in all {len(points)} stable draws of the priors of {where.name}; mend either"
        raise InputError.single(plan.path, worst, message)


def prior_coordinates(likelihood: Likelihood, seed: int, number: int) -> Floats:
    """Return a number of prior draws, less those that a sweep refuses, as coordinates (n_draws, n_parameters)."""
    streams = Streams(seed, np.arange(number))
    space = likelihood.space
    points = np.stack([special.ndtri(streams.uniform(key, "prior of a fit", 0)) for key in space.keys], axis=1)
    exchange = likelihood.front.exchange(space.values(points), number)
    return points[np.isfinite(likelihood.front.allowed(exchange))]


def derived_values(likelihood: Likelihood, points: Floats) -> dict[str, Floats]:
    """Return branching ratio [1] and rate of each side [1/day] at points of shape (n_draws, n_parameters)."""
    exchange = likelihood.front.exchange(likelihood.space.values(points), len(points))
    sides = likelihood.front.theatre.front.sides
    return {
        "branching ratio": exchange.branching_ratio,
        "branching ratio if all is answered": exchange.radius,
        **{f"acts a day of {', '.join(side)}": exchange.sides.rates[i] for i, side in enumerate(sides)},
    }


def _weights(plan: EvidencePlan, assembled: AssembledEvidence, run: Conflict) -> pd.DataFrame:
    """Return the weights of candidate policies by the answers that the record names."""
    rows, shipped = [], dict[str, type[Any]](SHIPPED)
    for party, rules in plan.candidates.items():
        # Where no row states a trigger, answers are unknown and not missing.
        acts = find_provocations(plan, assembled.ledger, party) if assembled.states_triggers else []
        multipliers = mean_responses(run, {rule: shipped[rule]() for rule in rules}, party)
        dyads = [dyad.id for dyad in run.theatre.dyads if dyad.sender == party]
        excitation = max(float(np.mean(run.parameters.dyads[dyad].excitation)) for dyad in dyads)
        for rule, weight in policy_weights(acts, multipliers, excitation).items():
            answered = sum(act.answered for act in acts)
            rows.append((party, rule, 1.0 / len(rules), weight, answered, len(acts) - answered))
    return pd.DataFrame(rows, columns=["party", "policy", "prior", "weight", "answered", "unanswered"])
