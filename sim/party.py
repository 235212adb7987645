"""The agent: one party, its parameters and its state in every replicate (S2.7).

The state is plain arrays whose last axis is the replicate. A party takes in what was reported of the step before,
updates itself, and decides by its policy; the model draws the acts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import mesa
import numpy as np

from sim.errors import PolicyError
from sim.fields import ASSUMPTION, Interval, LaneValues, parameter
from sim.policies.base import Policy, Response, View
from sim.primitives import Floats, Integers
from sim.streams import Draw
from sim.theatre import PartyProfile

OBSERVATION_MEMORY_DAYS: Final = 7.0
"""Time over which observed rungs are averaged (S2.7)."""
OBSERVATION_FADING_DAYS: Final = 30.0
"""Time over which an observation fades in a lull (S2.7)."""
LULL: Final = 0.5
"""Posture of rung 0, towards which an observation fades."""


@dataclass(frozen=True)
class PartyParameters:
    """Parameters of one party."""

    baseline: LaneValues = parameter(
        0.0, Interval(0, 1000), unit="acts/day", source="S2.8", text="background acts without any provocation"
    )
    follow_up: LaneValues = parameter(
        0.0, Interval(0, 0.95), unit="acts per act", source="S2.8", text="mean own follow-up fire of one own act"
    )
    driver_share: LaneValues = parameter(
        0.0, Interval(0, 1), unit="1", source="S2.8", text="share of the background that hangs on the driver"
    )
    trend: LaneValues = parameter(
        0.0, Interval(-0.1, 0.1), unit="1/day", source="S2.8", text="growth of the background"
    )
    productivity: LaneValues = parameter(
        0.0, Interval(0, 3), unit="1/rung", source="S2.8", text="rise of the log number of reactions with the rung"
    )
    overdispersion: LaneValues = parameter(
        0.0, Interval(0, 100), unit="1", source="S2.8", text="variance of the gamma factor of the number of reactions"
    )
    package: LaneValues = parameter(
        0.0,
        Interval(0, 1),
        unit="1",
        source=ASSUMPTION,
        text="1 if one act of a reaction of several is on the rung that the policy chose, the others are routine",
    )
    restraint: LaneValues = parameter(
        0.0, Interval(-2, 5), unit="1", source="S2.12", text="fall of log reactions under a full diplomatic shock"
    )
    posture_baseline: LaneValues = parameter(
        2.5, Interval(0, 6.5), unit="rung", source="S2.7", text="mean rung of routine acts, plus one half"
    )
    posture_spread: LaneValues = parameter(
        0.9, Interval(0.05, 5), unit="rung", source="S2.5", text="spread of the rungs of routine acts"
    )
    posture_memory_days: LaneValues = parameter(
        30.0, Interval(0.5, 3650), unit="days", source="S2.7", text="time over which posture returns to its baseline"
    )
    imitation: LaneValues = parameter(
        0.0, Interval(0, 0.99), unit="1", source="S2.7", text="pull of the opponent's observed posture on the own"
    )
    civilian_shock: LaneValues = parameter(
        0.0, Interval(0, 5), unit="rung", source="S2.7", text="rise of posture by log(1 + civilians killed)"
    )
    leader_shock: LaneValues = parameter(
        0.0, Interval(0, 20), unit="rung", source="S2.7", text="rise of posture by a leader killed"
    )
    civilian_weight: LaneValues = parameter(
        1.0, Interval(0, 100), unit="killed-equivalents", source="S2.5", text="harm of a civilian killed"
    )
    leader_weight: LaneValues = parameter(
        0.0, Interval(0, 1000), unit="killed-equivalents", source="S2.5", text="harm of a leader killed"
    )
    own_loss_weight: LaneValues = parameter(
        1.0, Interval(1, 10), unit="1", source="S2.6", text="factor by which own losses are over-weighted"
    )
    discharge: LaneValues = parameter(
        0.0, Interval(0, 1), unit="1", source="S2.7", text="unanswered harm settled per harm inflicted"
    )
    harm_memory_days: LaneValues = parameter(
        7.0, Interval(0.1, 3650), unit="days", source="S2.7", text="time over which unanswered harm fades"
    )
    lethality: LaneValues = parameter(
        1.0, Interval(0, 20), unit="1", source="S2.5", text="factor of the chance that an act kills"
    )
    leader_strikes: LaneValues = parameter(
        0.0, Interval(0, 1), unit="1", source="S2.5", text="factor of the chance that an act kills a leader"
    )
    severity_exponent: LaneValues = parameter(
        2.5, Interval(1.2, 6), unit="1", source="S2.5", text="exponent of the law of the number killed"
    )
    detection: LaneValues = parameter(
        1.0, Interval(0, 1), unit="1", source="S2.6", text="chance to see an act on rung 0, higher on higher rungs"
    )
    misperception: LaneValues = parameter(
        0.0, Interval(0, 1), unit="1", source="S2.6", text="chance to take an act for one rung higher or lower"
    )
    harm_noise: LaneValues = parameter(
        0.0, Interval(0, 5), unit="1", source="S2.6", text="log spread of perceived harm"
    )
    strength: LaneValues = parameter(
        50.0,
        Interval(0.01, 1e4),
        unit="thousand persons",
        source=ASSUMPTION,
        text="capacity against which losses weary",
    )
    resolve_baseline: LaneValues = parameter(
        0.5, Interval(0, 1), unit="1", source=ASSUMPTION, text="resolve without losses"
    )
    weariness_effect: LaneValues = parameter(
        0.0, Interval(0, 10), unit="1/day", source=ASSUMPTION, text="fall of resolve by weariness"
    )
    leader_loss: LaneValues = parameter(
        0.15, Interval(0, 1), unit="1", source="S2.7", text="capability lost with a leader"
    )
    campaign_hazard: LaneValues = parameter(
        0.0, Interval(0, 5), unit="1/day", source="S2.10", text="rate of beginning a campaign at posture 3"
    )
    campaign_slope: LaneValues = parameter(
        1.1, Interval(0, 5), unit="1/rung", source="S2.10", text="rise of the log rate of a campaign with posture"
    )
    campaign_shock: LaneValues = parameter(
        0.0, Interval(0, 20), unit="1", source="S2.10", text="rise of that log rate after a mass or leader killing"
    )
    campaign_mediation: LaneValues = parameter(
        0.0, Interval(0, 5), unit="1", source="S2.10", text="fall of that log rate under full mediation"
    )


@dataclass(frozen=True)
class Report:
    """What a party learns of one step; rows are its opponents.

    Parameters
    ----------
    acts : ndarray of float, shape (n_opponents, n_replicates)
        Perceived acts charged to each opponent [1].
    rungs : ndarray of float, shape (n_opponents, n_replicates)
        Sum of their perceived rungs, each plus one half [rung].
    harm : ndarray of float, shape (n_opponents, n_replicates)
        Sum of their perceived harm [killed-equivalents].
    inflicted : ndarray of float, shape (n_opponents, n_replicates)
        Harm of the party's own acts on each opponent [killed-equivalents].
    civilian_shock : ndarray of float, shape (n_replicates,)
        Sum over perceived acts of log(1 + civilians killed) [1].
    leaders_lost : ndarray of float, shape (n_replicates,)
        Own leaders killed [persons].
    killed : ndarray of float, shape (n_replicates,)
        Own killed [persons].
    """

    acts: Floats
    rungs: Floats
    harm: Floats
    inflicted: Floats
    civilian_shock: Floats
    leaders_lost: Floats
    killed: Floats


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
    policy : Policy
        Rule by which the party answers.
    opponents : sequence of str
        Ids of the parties that it can act on.
    opponent_postures : ndarray of float, shape (n_opponents, n_replicates)
        Baseline posture of each opponent, what the party expects before it has seen anything [rung].
    attention : ndarray of float, shape (n_opponents, n_replicates)
        Weight of each opponent in the own posture; sums to 1 or less [1].
    routine_shock : ndarray of float, shape (n_replicates,)
        Sum of log(1 + civilians killed) that routine fire on the party brings in the mean [1/day]. The baseline posture
        is that of an exchange with routine fire, so only what exceeds it moves the posture.
    """

    def __init__(
        self,
        model: mesa.Model,
        profile: PartyProfile,
        parameters: PartyParameters,
        policy: Policy,
        opponents: tuple[str, ...],
        opponent_postures: Floats,
        attention: Floats,
        routine_shock: Floats,
    ) -> None:
        super().__init__(model)
        self.profile = profile
        self.parameters = parameters
        self.policy = policy
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
        self.unanswered_harm: Floats = np.zeros(shape)
        self.observed_acts: Floats = np.ones(shape)
        self.observed_rungs: Floats = opponent_postures.copy()
        self.observation_fade: Floats = np.ones(shape)

    def recall_routine(self, acts: Floats, days: float) -> None:
        """Take in the routine acts of history that no record itemises, on the posture that the party expects.

        Parameters
        ----------
        acts : ndarray of float, shape (n_opponents, n_replicates)
            Acts of each opponent that are not itemised [1/day].
        days : float
            Length of the step [days].
        """
        self.observed_acts = self.observed_acts + acts * days
        self.observed_rungs = self.observed_rungs + acts * days * self._expected
        self.observation_fade = np.where(acts > 0, 1.0, self.observation_fade)

    def perceive(self, report: Report, days: float) -> None:
        """Take in the acts of the step before: harm, observed posture, losses.

        Parameters
        ----------
        report : Report
            What was perceived.
        days : float
            Length of the step [days].
        """
        own = self.parameters
        fading = np.exp(-days / np.asarray(own.harm_memory_days))
        unanswered = self.unanswered_harm * fading + report.harm - own.discharge * report.inflicted
        self.unanswered_harm = np.maximum(0.0, unanswered)
        memory = np.exp(-days / OBSERVATION_MEMORY_DAYS)
        self.observed_acts = self.observed_acts * memory + report.acts
        self.observed_rungs = self.observed_rungs * memory + report.rungs
        fade = self.observation_fade * np.exp(-days / OBSERVATION_FADING_DAYS)
        self.observation_fade = np.where(report.acts > 0, 1.0, fade)
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

    @property
    def observed(self) -> Floats:
        """Running mean of each opponent's perceived rungs plus one half, shape (n_opponents, n_replicates)."""
        mean = self.observed_rungs / self.observed_acts
        return LULL + (mean - LULL) * self.observation_fade

    def update(self, days: float) -> None:
        """Let posture, weariness and resolve move by themselves; posture by Richardson's equation (S2.7).

        Parameters
        ----------
        days : float
            Length of the step [days].
        """
        own = self.parameters
        pull = (self._attention * (self.observed - self._expected)).sum(axis=0)
        drift = own.imitation * pull - (self.posture - own.posture_baseline)
        share = -np.expm1(-days / np.asarray(own.posture_memory_days))
        self.posture = np.clip(self.posture + drift * share, 0.0, 6.5)
        self.weariness = self.weariness * np.exp(-days / 120.0)
        recovery = (own.resolve_baseline - self.resolve) / 90.0 - own.weariness_effect * self.weariness
        self.resolve = np.clip(self.resolve + recovery * days, 0.0, 1.0)

    def campaign_rate(self, recent_mass: Integers, mediation: Floats) -> Floats:
        """Return the hazard of beginning a campaign (S2.10).

        Parameters
        ----------
        recent_mass : ndarray of int, shape (n_replicates,)
            1 where the party suffered a mass or leader killing within the memory.
        mediation : ndarray of float, shape (n_replicates,)
            Mediation in force [1].

        Returns
        -------
        ndarray of float, shape (n_replicates,)
            Hazard [1/day].
        """
        own = self.parameters
        exponent = (
            own.campaign_slope * (self.posture - 3.0)
            + own.campaign_shock * recent_mass
            - own.campaign_mediation * mediation
        )
        return own.campaign_hazard * np.exp(exponent)

    def decide(self, row: int, view: View, draw: Draw) -> tuple[Floats, Integers]:
        """Ask the policy for the answer to one opponent.

        Parameters
        ----------
        row : int
            Which opponent.
        view : View
            What the party could know.
        draw : Draw
            Its addressed draws.

        Returns
        -------
        multiplier : ndarray of float, shape (n_provocations, n_replicates)
            Factor of the calibrated reactions [1].
        rung : ndarray of int, shape (n_provocations, n_replicates)
            Rung of the reactions.

        Raises
        ------
        PolicyError
            If the policy fails, or its answer has a wrong shape or type, is not finite or leaves the ladder.
        """
        name = f"policy {type(self.policy).__name__} of {self.profile.id} against {self.opponents[row]}"
        try:
            answer = self.policy.respond(view, draw)
        except PolicyError:
            raise
        except Exception as error:
            raise PolicyError(f"{name} failed: {type(error).__name__}: {error}") from error
        return checked(answer, view, name)


def checked(answer: object, view: View, name: str) -> tuple[Floats, Integers]:
    """Return the two parts of a policy's answer in full shape, or refuse them.

    Parameters
    ----------
    answer : object
        What the policy returned.
    view : View
        What it was shown.
    name : str
        Who answered whom, for the message.

    Raises
    ------
    PolicyError
        If the answer has a wrong shape or type, is not finite or leaves the ladder.
    """
    if not isinstance(answer, Response):
        raise PolicyError(f"{name} must return a Response, not {type(answer).__name__}")
    shape = (view.provocation.shape[0], view.n_replicates)
    multiplier, rung = np.asarray(answer.multiplier), np.asarray(answer.rung)
    for part, values in (("multiplier", multiplier), ("rung", rung)):
        try:
            np.broadcast_to(values, shape)
        except ValueError:
            raise PolicyError(f"{name}: {part} has shape {values.shape}; it must broadcast to {shape}") from None
    # The extremes catch what is not a number too: every comparison with it is false.
    if multiplier.dtype.kind not in "fiu" or not (multiplier.min() >= 0 and multiplier.max() < np.inf):
        raise PolicyError(f"{name}: multiplier must be finite numbers, 0 or more")
    if rung.dtype.kind not in "iu":
        raise PolicyError(f"{name}: rung must be integers, not {rung.dtype}")
    if rung.min() < 0 or rung.max() > view.top:
        raise PolicyError(f"{name}: rung must be between 0 and {view.top}")
    return np.broadcast_to(multiplier, shape), np.broadcast_to(rung, shape)
