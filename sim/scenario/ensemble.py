"""An ensemble of histories: parameters drawn from their laws for each replicate, and the engine that runs them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats
from sim.core.errors import InputError, nearest
from sim.core.parameters import LaneValues, parameters_of
from sim.core.random_streams import Branches, Streams
from sim.engine.branching import spectral_radius
from sim.engine.configuration import GROUPS, SINGLE, Parameters, Timeline, ids_of
from sim.engine.model import Conflict
from sim.engine.theatre import Theatre
from sim.scenario.prior_draws import draw_values
from sim.scenario.priors import Fixed
from sim.scenario.settings import PolicySetting, Settings

_IN_MATRIX: Final = (".excitation", ".follow_up", ".spill", ".answer_chance")
"""Ends of the key paths of parameters in the reaction matrix, which a supercritical replicate draws anew."""

Values = Mapping[str, LaneValues]  # by key path: a number, or an array of shape (n_replicates,)


@dataclass(frozen=True)
class Ensemble:
    """An ensemble before its first step, and the parameters that its replicates drew."""

    conflict: Conflict
    inputs: dict[str, Floats]  # every uncertain parameter by key path, shape (n_replicates,)
    redrawn: npt.NDArray[np.bool_]  # drew their reactions anew, as the first would have sustained themselves


def build_ensemble(
    theatre: Theatre,
    settings: Settings,
    policies: Mapping[str, PolicySetting],
    timeline: Timeline,
    streams: Streams,
    branches: Branches | None,
    changed: Mapping[str, float],
) -> Ensemble:
    """Draw the parameters of every replicate and return the ensemble; values that are changed stand for their laws."""
    laws = {key: setting.law for key, setting in settings.items()}
    for key, value in changed.items():
        words = settings[key].declared.problem_with(value) if key in settings else f"unknown; {nearest(key, settings)}"
        if words is not None:
            raise InputError.single("changed", key, words)
    laws |= {key: Fixed(value) for key, value in changed.items()}
    labels = {key: setting.label for key, setting in settings.items()}
    matrix = [key for key in laws if key.endswith(_IN_MATRIX)]
    draws = draw_values(laws, labels, streams, matrix, partial(_radius, theatre))
    values = draws.values
    world, front, definition = (_build(owner, kind, values) for kind, owner in SINGLE.items())
    parties, dyads, entries, alliances = (_build_group(theatre, group, values) for group in GROUPS)
    conflict = Conflict(
        theatre,
        Parameters(parties, dyads, world, front, definition, entries, alliances),
        {owner: setting.build(values) for owner, setting in policies.items()},
        timeline,
        replicates=streams.replicates,
        seed=streams.seed,
        branches=branches,
        is_checked=True,
    )
    following = {key for key, setting in settings.items() if setting.is_following}
    inputs = {
        key: np.asarray(values[key])
        for key, law in laws.items()
        if law.is_uncertain and np.ndim(values[key]) and key not in following
    }
    return Ensemble(conflict, inputs, draws.redrawn)


def _radius(theatre: Theatre, values: Values) -> Floats:
    """Return the spectral radius of the reaction matrix, shape (n_replicates,), or (1,) if nothing is uncertain."""
    n_replicates = max(np.size(value) for value in values.values())
    follow_up = {party.id: values[f"party.{party.id}.follow_up"] for party in theatre.parties}
    follow_ups, reactions = theatre.branching_matrices(follow_up, _build_group(theatre, "dyad", values), n_replicates)
    return spectral_radius(follow_ups + reactions)


def _build_group(theatre: Theatre, group: str, values: Values) -> dict[str, Any]:
    return {one: _build(GROUPS[group], f"{group}.{one}", values) for one in ids_of(theatre)[group]}


def _build(owner: type[Any], prefix: str, values: Values) -> Any:
    return owner(**{name: values[f"{prefix}.{name}"] for name in parameters_of(owner)})
