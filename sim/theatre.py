"""Who can act on whom: parties, directed dyads, the front between two sides, and the reaction matrix.

A theatre is data. Nothing here knows a place or a party by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.fields import ASSUMPTION, Interval, LaneValues, parameter
from sim.ladder import Ladder
from sim.primitives import Floats


@dataclass(frozen=True)
class PartyProfile:
    """What stays the same of a party.

    Parameters
    ----------
    id : str
        Stable short name; draws are keyed by it.
    name : str
        Name that people read.
    location : str
        Where the party is hit: its killed are counted there.
    counts_launches : bool
        Whether its acts are salvos whose launches are counted against the definition of a campaign.
    """

    id: str
    name: str
    location: str
    counts_launches: bool = False


@dataclass(frozen=True)
class DyadParameters:
    """Parameters of a directed dyad: how the sender acts on, and reacts to, the target."""

    share: LaneValues = parameter(
        1.0,
        Interval(0, 1),
        unit="1",
        source=ASSUMPTION,
        text="share of the sender's background that goes to the target",
    )
    excitation: LaneValues = parameter(
        0.0, Interval(0, 50), unit="acts per act", source="S2.8", text="mean reactions of the sender to one act charged"
    )
    delay_days: LaneValues = parameter(
        0.6, Interval(0.01, 60), unit="days", source="S2.15", text="mean delay of a reaction"
    )
    spill: LaneValues = parameter(
        0.0, Interval(0, 1), unit="1", source="S2.6", text="chance that the target charges the act to the host instead"
    )
    false_alarms: LaneValues = parameter(
        0.0, Interval(0, 10), unit="1/day", source="S2.6", text="alarms of the target that no act stands behind"
    )
    campaign_factor: LaneValues = parameter(
        1.0, Interval(0, 100), unit="1", source="S2.15", text="factor of the background during a campaign"
    )


@dataclass(frozen=True)
class Dyad:
    """A directed dyad.

    Parameters
    ----------
    sender, target : str
        Ids of the party that acts and the party acted on.
    spill_to : str or None
        Id of the party that the target may charge instead of the sender.
    """

    sender: str
    target: str
    spill_to: str | None = None

    @property
    def id(self) -> str:
        """Name of the dyad, for instance ``HZB-ISR``; its draws are keyed by it."""
        return f"{self.sender}-{self.target}"


@dataclass(frozen=True)
class Front:
    """Two sides whose exchange may become a campaign.

    Parameters
    ----------
    id, name : str
        Short name and name that people read.
    sides : tuple of tuple of str
        Ids of the parties on either side.
    """

    id: str
    name: str
    sides: tuple[tuple[str, ...], tuple[str, ...]]

    def side_of(self, party: str) -> int:
        """Return 0 or 1, the side that a party stands on."""
        return 0 if party in self.sides[0] else 1


class Theatre:
    """Parties, dyads, front and ladder of a conflict.

    Parameters
    ----------
    name : str
        Name that people read.
    parties : sequence of PartyProfile
        All parties; their order changes no result.
    dyads : sequence of Dyad
        Who can act on whom.
    ladder : Ladder
        Rungs of acts.
    front : Front
        The front whose outcome is asked for.
    """

    def __init__(self, name: str, parties: list[PartyProfile], dyads: list[Dyad], ladder: Ladder, front: Front) -> None:
        self.name = name
        self.parties = tuple(parties)
        self.party_index = {party.id: i for i, party in enumerate(parties)}
        # Dyads of one sender stand together, so that a party's rows are one slice of every array over dyads.
        self.dyads = tuple(sorted(dyads, key=lambda dyad: self.party_index[dyad.sender]))
        self.dyad_index = {dyad.id: i for i, dyad in enumerate(self.dyads)}
        self.ladder = ladder
        self.front = front
        self.sender = np.array([self.party_index[dyad.sender] for dyad in self.dyads])
        self.target = np.array([self.party_index[dyad.target] for dyad in self.dyads])
        self.answers = np.array([self.answer_to(dyad, dyad.sender) for dyad in self.dyads])
        self.spilled_answers = np.array([self.answer_to(dyad, dyad.spill_to) for dyad in self.dyads])

    def answer_to(self, dyad: Dyad, charged: str | None) -> int:
        """Return the dyad by which the target of an act answers the party that it charges; -1 if there is none."""
        return self.dyad_index.get(f"{dyad.target}-{charged}", -1)

    def rows_of(self, party: str) -> slice:
        """Return the rows of a party in arrays over dyads."""
        rows = np.flatnonzero(self.sender == self.party_index[party])
        return slice(int(rows[0]), int(rows[-1]) + 1) if rows.size else slice(0, 0)

    def branching_matrices(
        self, follow_up: Mapping[str, LaneValues], dyads: Mapping[str, DyadParameters], n_replicates: int
    ) -> tuple[Floats, Floats]:
        """Return the mean direct offspring of one act, apart for follow-ups and for reactions.

        Parameters
        ----------
        follow_up : mapping of str to float or ndarray
            Mean follow-ups of one act, by sender.
        dyads : mapping of str to DyadParameters
            Parameters by dyad id.
        n_replicates : int
            Number of replicates.

        Returns
        -------
        follow_ups, reactions : ndarray of float, shape (n_replicates, n_dyads, n_dyads)
            Row: dyad of the offspring; column: dyad of the act [acts per act].
        """
        size = len(self.dyads)
        follow_ups = np.zeros((n_replicates, size, size))
        reactions = np.zeros((n_replicates, size, size))
        for column, dyad in enumerate(self.dyads):
            follow_ups[:, column, column] = follow_up[dyad.sender]
            spill = np.asarray(dyads[dyad.id].spill) if self.spilled_answers[column] >= 0 else np.zeros(1)
            for row, chance in ((self.answers[column], 1.0 - spill), (self.spilled_answers[column], spill)):
                if row >= 0:
                    reactions[:, row, column] += chance * np.asarray(dyads[self.dyads[row].id].excitation)
        return follow_ups, reactions


def spectral_radius(matrices: Floats) -> Floats:
    """Return the largest absolute eigenvalue of each matrix.

    Parameters
    ----------
    matrices : ndarray of float, shape (n_replicates, n, n)
        Non-negative matrices.

    Returns
    -------
    ndarray of float, shape (n_replicates,)
        Branching ratios: below 1 the process dies out by itself [1].
    """
    radius: Floats = np.abs(np.linalg.eigvals(matrices)).max(axis=-1)
    return radius


def productivity_ceiling(follow_ups: Floats, reactions: Floats, limit: float) -> Floats:
    """Return the factor of all reactions at which the spectral radius reaches a limit.

    For a matrix F of follow-ups and a matrix X of reactions the radius of F + c X equals s exactly where c is the
    inverse of the radius of (s I - F)^-1 X.

    Parameters
    ----------
    follow_ups, reactions : ndarray of float, shape (n_replicates, n, n)
        See `Theatre.branching_matrices`.
    limit : float
        Radius to stay at, above the radius of `follow_ups`.

    Returns
    -------
    ndarray of float, shape (n_replicates,)
        Factor, infinite where there are no mutual reactions [1].
    """
    resolvent = np.linalg.inv(limit * np.eye(follow_ups.shape[-1]) - follow_ups)
    radius = spectral_radius(np.einsum("nij,njk->nik", resolvent, reactions))
    ceiling: Floats = np.divide(1.0, radius, out=np.full(radius.shape, np.inf), where=radius > 0)
    return ceiling
