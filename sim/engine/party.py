"""The agent: one party, its parameters and its state in every replicate (S2.7)."""

from typing import Any

import mesa

from sim.core.arrays import Floats
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import Theatre
from sim.policies.base import Policy


class Party(mesa.Agent):
    """One party in all replicates; its state is read from the records that the kernel changes.

    Attributes
    ----------
    profile : PartyProfile
        Name and place.
    parameters : PartyParameters
        Values, each for all replicates or by replicate.
    opponents : tuple of str
        Ids of the parties that it can act on.
    policies : tuple of Policy
        Rule by which the party answers each opponent.
    """

    def __init__(self, model: Any, party: str) -> None:
        super().__init__(model)
        theatre: Theatre = model.theatre
        self._states = model.histories.states
        self._place = theatre.party_index[party]
        self._rows = theatre.rows_of(party)
        dyads = theatre.dyads[self._rows]
        self.profile = theatre.parties[self._place]
        self.parameters: PartyParameters = model.parameters.parties[party]
        self.opponents = tuple(dyad.target for dyad in dyads)
        self.policies: tuple[Policy, ...] = tuple(model.policies[dyad.id] for dyad in dyads)

    @property
    def posture(self) -> Floats:
        """Mean rung of the own routine, plus one half, shape (n_replicates,) [rung]."""
        return self._own("posture")

    @property
    def resolve(self) -> Floats:
        """Resolve, between 0 and 1, shape (n_replicates,) [1]."""
        return self._own("resolve")

    @property
    def weariness(self) -> Floats:
        """Own killed per thousand of capacity, fading, shape (n_replicates,) [1]."""
        return self._own("weariness")

    @property
    def capability(self) -> Floats:
        """Share of the capability that leaders lost have left, shape (n_replicates,) [1]."""
        return self._own("capability")

    @property
    def campaign_push(self) -> Floats:
        """What the policies add to the log rate of beginning a campaign, shape (n_replicates,) [1]."""
        return self._own("campaign_push")

    @property
    def unanswered_harm(self) -> Floats:
        """Harm received and not yet answered, shape (n_opponents, n_replicates) [killed-equivalents]."""
        return self._by_opponent("unanswered_harm")

    @property
    def observed(self) -> Floats:
        """Running mean of each opponent's perceived rungs, plus one half, shape (n_opponents, n_replicates) [rung]."""
        return self._by_opponent("observed")

    def _own(self, name: str) -> Floats:
        values: Floats = self._states[name][:, self._place]
        return values

    def _by_opponent(self, name: str) -> Floats:
        values: Floats = self._states[name][:, self._rows].T
        return values
