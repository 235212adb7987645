"""The exchange over a front as the likelihood sees it: rates by dyad, and the two sides that they add up to.

The engine's nominal numbers of reactions are what a policy answers with in full. Policies answer less; the share that
they answer with multiplies the reactions here, so that fitted parameters mean in the engine what they mean in the fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from sim.core.arrays import Floats
from sim.core.parameters import LaneValues
from sim.engine.acts import stack_values
from sim.engine.branching import REFERENCE_RUNG, routine_rungs, spectral_radius
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import DyadParameters, Theatre
from sim.inference.bivariate_hawkes import Sides
from sim.scenario.prior_draws import LARGEST_RADIUS

MOST_LETHAL: Final = 0.98
"""Chance at which the lethality of an act is capped, as in the engine."""

Values = Mapping[str, LaneValues]


@dataclass(frozen=True)
class FrontRates:
    """Rates of an exchange for a batch of parameters."""

    rates: Floats  # (n_dyads, n_draws): mean acts [1/day]
    sides: Sides
    radius: Floats  # (n_draws,): spectral radius if every provocation is answered in full [1]
    offspring: Floats  # (n_draws, n_dyads, n_dyads): with the share that policies answer [1]
    rungs: Floats  # (n_parties, n_rungs, n_draws): law of the rung of routine acts

    @property
    def branching_ratio(self) -> Floats:
        """Spectral radius with the share of provocations that policies answer, shape (n_draws,) [1]."""
        return spectral_radius(self.offspring)


class FrontModel:
    """Turns parameters into rates of the exchange, with the share of reactions that each party's policy gives [1]."""

    def __init__(self, theatre: Theatre, answered: Mapping[str, float]) -> None:
        self.theatre = theatre.of_front()
        self.answered = dict(answered)
        self._share = np.array([answered[dyad.sender] for dyad in self.theatre.dyads])
        self._side = self.theatre.side

    def keys(self) -> list[str]:
        """Return the key paths that the exchange depends on."""
        of_party = ("baseline", "follow_up", "productivity", "overdispersion", "posture_baseline", "posture_spread")
        of_dyad = ("share", "excitation", "delay_days", "spill")
        keys = [f"party.{party.id}.{name}" for party in self.theatre.parties for name in of_party]
        return keys + [f"dyad.{dyad.id}.{name}" for dyad in self.theatre.dyads for name in of_dyad]

    def exchange(self, values: Values, n_draws: int, paused: float = 0.0) -> FrontRates:
        """Return the rates for values of every key; means over a span, for a share of which the driver stood still."""
        theatre = self.theatre
        dyads = {
            dyad.id: DyadParameters(
                excitation=values[f"dyad.{dyad.id}.excitation"], spill=values[f"dyad.{dyad.id}.spill"]
            )
            for dyad in theatre.dyads
        }
        follow_up = {party.id: values[f"party.{party.id}.follow_up"] for party in theatre.parties}
        follow_ups, reactions = theatre.branching_matrices(follow_up, dyads, n_draws)
        offspring = follow_ups + reactions * self._share[:, None]
        background = self.background(values, n_draws, paused)
        identity = np.eye(len(theatre.dyads))
        radius = spectral_radius(follow_ups + reactions)
        # A supercritical draw is refused by the prior; its rates only need to be finite.
        safe = np.where((radius < 0.999)[:, None, None], offspring, 0.0)
        rates: Floats = np.asarray(
            np.linalg.solve(identity - safe, background.T[:, :, None])[:, :, 0].T, dtype=np.float64
        )
        rungs = np.stack([self._rungs(party.id, values, n_draws) for party in theatre.parties])
        sides = self._sides(rates, safe, rungs, values, n_draws)
        return FrontRates(rates, sides, radius, offspring, rungs)

    def background(self, values: Values, n_draws: int, paused: float = 0.0) -> Floats:
        """Return the acts that none provokes, by dyad (n_dyads, n_draws), see `exchange` [1/day]."""
        backgrounds = []
        for dyad in self.theatre.dyads:
            acts = values[f"party.{dyad.sender}.baseline"] * np.asarray(values[f"dyad.{dyad.id}.share"])
            driven = paused * np.asarray(values[f"party.{dyad.sender}.driver_share"]) if paused else 0.0
            backgrounds.append(acts * (1.0 - driven))
        return stack_values(backgrounds, n_draws)

    def allowed(self, exchange: FrontRates) -> Floats:
        """Return 0 where the prior keeps a draw and minus infinity where it refuses it, as a sweep does."""
        return np.where(exchange.radius < LARGEST_RADIUS, 0.0, -np.inf)

    def lethal_acts(self, exchange: FrontRates, values: Values, location: str) -> tuple[Floats, Floats]:
        """Return the lethal acts at a place [1/day] and the chance that an act there is lethal [1], each (n_draws,)."""
        lethal, acts = np.zeros(exchange.radius.size), np.zeros(exchange.radius.size)
        for row in self.rows_at(location):
            lethal += exchange.rates[row] * self._lethal_rungs(exchange, values, row).sum(axis=0)
            acts += exchange.rates[row]
        return lethal, lethal / acts

    def severity_exponents(self, exchange: FrontRates, values: Values, location: str) -> tuple[Floats, Floats]:
        """Return exponents of the killed at a place, and the lethal acts with each: (n_exponents, n_draws) [1]."""
        found: dict[bytes, tuple[Floats, Floats]] = {}
        for row in self.rows_at(location):
            party = self.theatre.dyads[row].sender
            exponent = np.broadcast_to(np.asarray(values[f"party.{party}.severity_exponent"]), exchange.radius.shape)
            lethal = exchange.rates[row] * self._lethal_rungs(exchange, values, row).sum(axis=0)
            _, so_far = found.get(exponent.tobytes(), (exponent, np.zeros(exchange.radius.size)))
            found[exponent.tobytes()] = exponent, so_far + lethal
        exponents, lethal = (np.stack(column) for column in zip(*found.values(), strict=True))
        whole = lethal.sum(axis=0)
        return exponents, np.divide(lethal, whole, out=np.full(lethal.shape, 1.0 / len(lethal)), where=whole > 0)

    def civilian_share(self, exchange: FrontRates, values: Values, location: str) -> Floats:
        """Return the share of civilians among the dead at a place, shape (n_draws,) [1]."""
        lethal, civilian = np.zeros(exchange.radius.size), np.zeros(exchange.radius.size)
        for row in self.rows_at(location):
            weight = self._lethal_rungs(exchange, values, row)
            lethal += exchange.rates[row] * weight.sum(axis=0)
            civilian += exchange.rates[row] * (weight * self.theatre.ladder.civilian_share[:, None]).sum(axis=0)
        return civilian / lethal

    def _lethal_rungs(self, exchange: FrontRates, values: Values, row: int) -> Floats:
        """Return the chance that an act of a dyad is lethal and on a rung, shape (n_rungs, n_draws) [1]."""
        factor = np.asarray(values[f"party.{self.theatre.dyads[row].sender}.lethality"])
        by_rung = np.minimum(factor * self.theatre.ladder.lethality[:, None], MOST_LETHAL)
        return np.asarray(exchange.rungs[self.theatre.sender[row]] * by_rung)

    def rows_at(self, location: str) -> list[int]:
        """Return the rows of the dyads whose targets are at a place."""
        return [
            row for row, party in enumerate(self.theatre.target) if self.theatre.parties[party].location == location
        ]

    def _rungs(self, party: str, values: Values, n_draws: int) -> Floats:
        parameters = PartyParameters(
            posture_baseline=values[f"party.{party}.posture_baseline"],
            posture_spread=values[f"party.{party}.posture_spread"],
        )
        law = routine_rungs(parameters, self.theatre.ladder.top)
        return np.broadcast_to(law, (law.shape[0], n_draws))

    def _sides(self, rates: Floats, offspring: Floats, rungs: Floats, values: Values, n_draws: int) -> Sides:
        """Return the two sides; exact where the parties of a side share the parameters of their reactions."""
        side_rates, delays, mixing = np.zeros((3, 2, n_draws))
        matrix = np.zeros((2, 2, n_draws))
        for column, acted in enumerate(self._side):
            side_rates[acted] += rates[column]
            for row, reacts in enumerate(self._side):
                matrix[reacts, acted] += offspring[:, row, column] * rates[column]
        for row, dyad in enumerate(self.theatre.dyads):
            side = self._side[row]
            delays[side] += rates[row] * np.asarray(values[f"dyad.{dyad.id}.delay_days"])
            mixing[side] += rates[row] * self._mixing(row, rungs, values)
        # A side that never acts reacts to nothing, after any delay.
        acts = np.where(side_rates > 0, side_rates, np.inf)
        return Sides(side_rates, matrix / acts, np.where(side_rates > 0, delays / acts, 1.0), mixing / acts)

    def _mixing(self, row: int, rungs: Floats, values: Values) -> Floats:
        """Return the variance of the factor of the reactions to an act of a dyad: by its rung, and by the gamma law."""
        answering = self.theatre.parties[self.theatre.target[row]].id
        slope = np.asarray(values[f"party.{answering}.productivity"])
        levels = np.arange(rungs.shape[1])[:, None]
        rise = np.exp(slope * (levels - REFERENCE_RUNG))
        law = rungs[self.theatre.sender[row]]
        spread = (law * rise**2).sum(axis=0) / np.square((law * rise).sum(axis=0))
        gamma = np.asarray(values[f"party.{answering}.overdispersion"])
        return np.asarray((1.0 + gamma) * spread - 1.0)
