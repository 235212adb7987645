"""The agent: one party, its parameters and its state in every replicate (S2.7).

The state is plain arrays whose last axis is the replicate. A party takes in what was reported of the step before,
updates itself, and decides by its policy; the model draws the acts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import mesa
import numpy as np

from sim.core.arrays import Floats, Integers
from sim.core.errors import PolicyError
from sim.core.parameters import LaneValues
from sim.core.random_streams import Draw
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import PartyProfile
from sim.policies.base import Policy, View, first_memory
from sim.policies.response_check import Answer, checked

OBSERVATION_MEMORY_DAYS: Final = 7.0
"""Time over which observed rungs are averaged (S2.7)."""
OBSERVATION_FADING_DAYS: Final = 30.0
"""Time over which an observation fades in a lull (S2.7)."""
WEARINESS_DAYS: Final = 120.0
"""Time over which weariness fades (S2.7)."""
LULL: Final = 0.5
"""Posture of rung 0, towards which an observation fades."""


@dataclass(frozen=True)
class Report:
    """What a party learns of one step; arrays have shape (n_opponents, n_replicates) or (n_replicates,)."""

    acts: Floats  # perceived, charged to each opponent [1]
    rungs: Floats  # sum of their perceived rungs, each plus one half [rung]
    harm: Floats  # sum of their perceived harm [killed-equivalents]
    inflicted: Floats  # harm of the party's own acts on each opponent [killed-equivalents]
    civilian_shock: Floats  # (n_replicates,) sum over perceived acts of log(1 + civilians killed) [1]
    leaders_lost: Floats  # (n_replicates,) own leaders killed [persons]
    killed: Floats  # (n_replicates,) own killed [persons]


@dataclass(frozen=True)
class Pace:
    """What is left of the state of a party, or how far it moves, in one step, by replicate or for all."""

    days: float  # length of the step
    harm_kept: LaneValues  # this and the next: shares that are left [1]
    observation_kept: LaneValues
    fading: LaneValues
    weariness_kept: LaneValues
    posture_share: LaneValues  # share of its way that the posture goes [1]

    @classmethod
    def of(cls, own: PartyParameters, days: float) -> Pace:
        """Return the pace of a party with some parameters, for steps of some days."""
        return cls(
            days,
            np.exp(-days / np.asarray(own.harm_memory_days)),
            float(np.exp(-days / OBSERVATION_MEMORY_DAYS)),
            float(np.exp(-days / OBSERVATION_FADING_DAYS)),
            float(np.exp(-days / WEARINESS_DAYS)),
            -np.expm1(-days / np.asarray(own.posture_memory_days)),
        )


class Party(mesa.Agent):
    """One party in all replicates.

    Parameters
    ----------
    model : mesa.Model
        The ensemble.
    profile : PartyProfile
        Name and place.
    parameters : PartyParameters
        Values, each for all replicates or by replicate.
    policies : sequence of Policy
        Rule by which the party answers each opponent.
    opponents : sequence of str
        Ids of the parties that it can act on.
    opponent_postures : ndarray of float, shape (n_opponents, n_replicates)
        Baseline posture of each opponent, what the party expects before it has seen anything [rung].
    attention : ndarray of float, shape (n_opponents, n_replicates)
        Weight of each opponent in the own posture; sums to 1 or less [1].
    routine_shock : ndarray of float, shape (n_replicates,)
        Sum of log(1 + civilians killed) that routine fire on the party brings in the mean [1/day]. The baseline posture
        is that of an exchange with routine fire, so only what exceeds it moves the posture.
    top : int
        Highest rung of an act.

    Attributes
    ----------
    observed : ndarray of float, shape (n_opponents, n_replicates)
        Running mean of each opponent's perceived rungs, plus one half [rung].
    campaign_push : ndarray of float, shape (n_replicates,)
        What the policies add to the log rate of beginning a campaign [1].
    memories : list of dict of str to ndarray of float, shape (..., n_replicates)
        What each policy remembers.
    """

    def __init__(
        self,
        model: mesa.Model,
        profile: PartyProfile,
        parameters: PartyParameters,
        policies: Sequence[Policy],
        opponents: tuple[str, ...],
        opponent_postures: Floats,
        attention: Floats,
        routine_shock: Floats,
        top: int,
    ) -> None:
        super().__init__(model)
        self.profile = profile
        self.parameters = parameters
        self.policies = tuple(policies)
        self.opponents = opponents
        self._expected = opponent_postures
        self._attention = attention
        self._routine_shock = routine_shock
        shape = opponent_postures.shape
        n_replicates = shape[-1]
        self.posture: Floats = np.broadcast_to(parameters.posture_baseline, (n_replicates,)).astype(np.float64)
        self.resolve: Floats = np.broadcast_to(parameters.resolve_baseline, (n_replicates,)).astype(np.float64)
        self.weariness: Floats = np.zeros(n_replicates)
        self.capability: Floats = np.ones(n_replicates)
        self._paced: Pace | None = None
        self.campaign_push: Floats = np.zeros(n_replicates)
        self.unanswered_harm: Floats = np.zeros(shape)
        self.observed_acts: Floats = np.ones(shape)
        self.observed_rungs: Floats = opponent_postures.copy()
        self.observation_fade: Floats = np.ones(shape)
        self.observed: Floats = opponent_postures.copy()
        self.memories = [first_memory(policy, top, n_replicates) for policy in self.policies]

    def recall_routine(self, acts: Floats, days: float) -> None:
        """Take in the routine acts of history that no record itemises, on the posture that the party expects.

        ``acts`` are those of each opponent, shape (n_opponents, n_replicates) [1/day].
        """
        self.observed_acts = self.observed_acts + acts * days
        self.observed_rungs = self.observed_rungs + acts * days * self._expected
        self.observation_fade = np.where(acts > 0, 1.0, self.observation_fade)

    def perceive(self, report: Report, days: float) -> None:
        """Take in the acts of the step before: harm, observed posture, losses."""
        own, pace = self.parameters, self._pace(days)
        unanswered = self.unanswered_harm * pace.harm_kept + report.harm - own.discharge * report.inflicted
        self.unanswered_harm = np.maximum(0.0, unanswered)
        self.observed_acts = self.observed_acts * pace.observation_kept + report.acts
        self.observed_rungs = self.observed_rungs * pace.observation_kept + report.rungs
        fade = self.observation_fade * pace.fading
        self.observation_fade = np.where(report.acts > 0, 1.0, fade)
        self.observed = LULL + (self.observed_rungs / self.observed_acts - LULL) * self.observation_fade
        self.posture = self.posture + (
            own.civilian_shock * (report.civilian_shock - self._routine_shock * days)
            + own.leader_shock * report.leaders_lost
        )
        self.weariness = self.weariness + report.killed / (1000.0 * np.asarray(own.strength))
        struck = np.flatnonzero(report.killed)
        self.resolve[struck] += 0.02 * np.log1p(report.killed[struck])
        bereft = np.flatnonzero(report.leaders_lost)
        loss = np.broadcast_to(own.leader_loss, self.capability.shape)[bereft]
        self.capability[bereft] *= np.power(1.0 - loss, report.leaders_lost[bereft])

    def update(self, days: float) -> None:
        """Let posture, weariness and resolve move by themselves; posture by Richardson's equation (S2.7)."""
        own, pace = self.parameters, self._pace(days)
        pull = (self._attention * (self.observed - self._expected)).sum(axis=0)
        drift = own.imitation * pull - (self.posture - own.posture_baseline)
        self.posture = np.clip(self.posture + drift * pace.posture_share, 0.0, 6.5)
        self.weariness = self.weariness * pace.weariness_kept
        recovery = (own.resolve_baseline - self.resolve) / 90.0 - own.weariness_effect * self.weariness
        self.resolve = np.clip(self.resolve + recovery * days, 0.0, 1.0)

    def _pace(self, days: float) -> Pace:
        """Return how fast the state moves in a step; worked out once, as all steps are alike."""
        if self._paced is None or self._paced.days != days:
            self._paced = Pace.of(self.parameters, days)
        return self._paced

    def campaign_rate(self, recent_mass: Integers, mediation: Floats) -> Floats:
        """Return the hazard of beginning a campaign, shape (n_replicates,) (S2.10) [1/day].

        ``recent_mass`` is 1 where the party suffered a mass or leader killing within the memory.
        """
        own = self.parameters
        exponent = (
            own.campaign_slope * (self.posture - 3.0)
            + own.campaign_shock * recent_mass
            - own.campaign_mediation * mediation
            - np.asarray(own.campaign_deterrence) * own.expected_loss
            + self.campaign_push
        )
        return own.campaign_hazard * np.exp(exponent)

    def decide(self, row: int, view: View, draw: Draw) -> Answer:
        """Ask the policy for the answer to one opponent, and keep what it remembers.

        Parameters
        ----------
        row : int
            Which opponent.
        view : View
            What the party could know.
        draw : Draw
            Its addressed draws.

        Raises
        ------
        PolicyError
            If the policy fails, or its answer has a wrong shape or type, is not finite or leaves the ladder.
        """
        policy = self.policies[row]
        name = f"policy {type(policy).__name__} of {self.profile.id} against {self.opponents[row]}"
        try:
            answer = policy.respond(view, draw)
        except PolicyError:
            raise
        except Exception as error:
            raise PolicyError(f"{name} failed: {type(error).__name__}: {error}") from error
        found = checked(answer, view, name)
        self.memories[row] = {**self.memories[row], **found.memory}
        return found
