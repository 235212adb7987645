"""The engine's parameters, put together from the value of each key path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.core.arrays import Floats
from sim.core.parameters import LaneValues, parameters_of
from sim.engine.branching import spectral_radius
from sim.engine.configuration import Parameters
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import DyadParameters, Theatre
from sim.engine.war_entry import AllianceParameters, EntryParameters
from sim.scenario.settings import SINGLE

Values = Mapping[str, LaneValues]


def parameters_from(theatre: Theatre, values: Values) -> Parameters:
    """Return the parameters of an ensemble.

    Parameters
    ----------
    theatre : Theatre
        Parties, dyads and alliances.
    values : mapping of str to float or ndarray of float, shape (n_replicates,)
        Value of every key path.
    """
    single = {prefix: _group(owner, prefix, values) for prefix, owner in SINGLE.items()}
    return Parameters(
        {party.id: _group(PartyParameters, f"party.{party.id}", values) for party in theatre.parties},
        _dyads(theatre, values),
        single["world"],
        single["front"],
        single["definition"],
        {one.party: _group(EntryParameters, f"entry.{one.party}", values) for one in theatre.joiners},
        {one.id: _group(AllianceParameters, f"alliance.{one.id}", values) for one in theatre.alliances},
    )


def radius_from(theatre: Theatre, values: Values, n_replicates: int) -> Floats:
    """Return the spectral radius of the reaction matrix, shape (n_replicates,).

    Parameters
    ----------
    theatre : Theatre
        Parties and dyads.
    values : mapping of str to float or ndarray of float, shape (n_replicates,)
        Value of every key path.
    n_replicates : int
        Number of replicates.
    """
    follow_up = {party.id: values[f"party.{party.id}.follow_up"] for party in theatre.parties}
    follow_ups, reactions = theatre.branching_matrices(follow_up, _dyads(theatre, values), n_replicates)
    return spectral_radius(follow_ups + reactions)


def _dyads(theatre: Theatre, values: Values) -> dict[str, DyadParameters]:
    return {dyad.id: _group(DyadParameters, f"dyad.{dyad.id}", values) for dyad in theatre.dyads}


def _group(owner: type[Any], prefix: str, values: Values) -> Any:
    return owner(**{name: values[f"{prefix}.{name}"] for name in parameters_of(owner)})
