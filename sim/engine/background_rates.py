"""Expected unprovoked acts: background under driver, trend, host control, campaign and entry; strategic strikes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.core.arrays import Floats
from sim.engine.acts import stack_values
from sim.engine.campaign import FrontState
from sim.engine.configuration import Parameters
from sim.engine.party import Party
from sim.engine.theatre import Theatre
from sim.engine.war_entry import Entries
from sim.engine.world import World


class Intensity:
    """Rates of the acts that no provocation stands behind: routine background and strategic strikes."""

    def __init__(self, theatre: Theatre, parameters: Parameters, n_replicates: int) -> None:
        parties, dyads = parameters.parties, parameters.dyads
        self._theatre = theatre
        self._n_replicates = n_replicates
        free = {
            party: np.asarray(own.baseline) * (1.0 - np.asarray(own.host_control)) for party, own in parties.items()
        }
        # Before the driver, the trend and the phase of the front.
        usual = [free[dyad.sender] * np.asarray(dyads[dyad.id].share) for dyad in theatre.dyads]
        self.usual: Floats = stack_values(usual, n_replicates)
        factor = stack_values([dyads[dyad.id].campaign_factor for dyad in theatre.dyads], n_replicates)
        self._campaign_factor = np.where(theatre.is_of_front[:, None], factor, 1.0)
        self._entry_rate = stack_values([dyads[dyad.id].entry_rate for dyad in theatre.dyads], n_replicates)
        joins = np.array([theatre.may_join(dyad.sender) for dyad in theatre.dyads])
        self._joining = np.flatnonzero(joins & self._entry_rate.any(axis=1))
        ordered = [parties[party.id] for party in theatre.parties]
        self._share = stack_values([party.driver_share for party in ordered], n_replicates)
        self._trend = stack_values([party.trend for party in ordered], n_replicates)
        # Unprovoked acts on the top rung by row of the dyad, where there are any [1/day].
        rates = stack_values([dyads[dyad.id].strategic_rate for dyad in theatre.dyads], n_replicates)
        self.strategic: dict[int, Floats] = {int(row): rates[row] for row in np.flatnonzero(rates.any(axis=1))}

    def routine(
        self, day: float, world: World, front: FrontState, entries: Entries, parties: Sequence[Party]
    ) -> Floats:
        """Return the background acts of each dyad now, before a ceasefire, shape (n_dyads, n_replicates) [1/day].

        ``day`` is the time at the start of the step [days]; ``parties`` stand in the order of the theatre.
        """
        sender = self._theatre.sender
        drive = (1.0 - self._share + self._share * world.driver) * np.exp(self._trend * day)
        rates: Floats = self.usual * drive[sender]
        if front.in_campaign.any():
            capability = np.stack([party.capability for party in parties])
            campaign = np.where(self._theatre.is_of_front[:, None], self._campaign_factor * capability[sender], 1.0)
            rates = rates * np.where(front.in_campaign, campaign, 1.0)
        rows = self._joining
        rates[rows] += self._entry_rate[rows] * entries.joined[sender[rows]]
        return rates
