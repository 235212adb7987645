"""Draw the parameters of each replicate from their laws, and refuse supercritical draws.

The uniform of a parameter has the address (seed, key path, attempt, replicate). A replicate whose reactions would come
too near to sustaining themselves draws the parameters of the reaction matrix anew, under the next attempt; the others
are not touched.

In every eight replicates the first five share draws, by which the variance of any outcome can be split into its parts
(pick and freeze, Sobol 1993): the second has all parameters of the first, the third those from literature alone, the
fourth those of judgement alone, the fifth the informed ones alone. A row of a posterior goes with the informed ones as
a whole, whatever each of its parameters rests on. The luck of the histories is never shared, and each replicate by
itself follows the priors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats, Integers
from sim.core.errors import SupercriticalError, nearest
from sim.core.parameters import LaneValues
from sim.core.random_streams import Streams
from sim.scenario.priors import Law, SameAs
from sim.scenario.shared_draws import INFORMED, JUDGEMENT, LABELS, source_replicates

LARGEST_RADIUS: Final = 0.95  # spectral radius from which a draw is refused (S2.15)
_MOST_ATTEMPTS: Final = 500
_KEPT: Final = 512  # draws of a parameter that are kept for the next points of a design


def same_as_problems(laws: Mapping[str, Law]) -> Iterable[tuple[str, str]]:
    """Yield the key and the fault of every law that refers to a parameter which is missing or itself a reference."""
    for key, law in laws.items():
        if isinstance(law, SameAs):
            if law.key not in laws:
                yield key, f'same_as "{law.key}" is not a parameter; {nearest(law.key, laws)}'
            elif isinstance(laws[law.key], SameAs) and law.key != key:
                yield key, f'same_as "{law.key}" refers to a parameter that is itself a reference'


@dataclass(frozen=True)
class Draws:
    """What the replicates of an ensemble drew."""

    values: dict[str, LaneValues]  # by key path: a number where it is fixed, else shape (n_replicates,)
    redrawn: npt.NDArray[np.bool_]  # replicates that drew the reaction matrix anew, shape (n_replicates,)


def draw_values(
    laws: Mapping[str, Law],
    labels: Mapping[str, str],
    streams: Streams,
    matrix: Iterable[str],
    radius: Callable[[Mapping[str, LaneValues]], Floats],
) -> Draws:
    """Draw the value of every parameter, by key path; those of the reaction matrix anew where it is supercritical.

    What has no label rests on judgement. The spectral radius of the matrix has shape (n_replicates,). A
    `SupercriticalError` tells that a replicate found no draw below the largest one.
    """
    own = {key: law for key, law in laws.items() if not isinstance(law, SameAs)}
    sources = {label: source_replicates(streams.replicates, label) for label in LABELS}
    # A row of a posterior is not torn apart: what its parameters rest on is decided for the row, not for each.
    source = {key: sources[INFORMED if law.drawn_with else labels.get(key, JUDGEMENT)] for key, law in own.items()}
    values = {key: _draw(key, law, streams.seed, source[key], 0) for key, law in own.items()}
    redrawable = [key for key in matrix if key in own and own[key].is_uncertain]
    # Parameters that share a uniform are drawn anew together, so that they stay rows of one posterior.
    shared = {own[key].drawn_with for key in redrawable} - {""}
    redrawable += [key for key, law in own.items() if law.drawn_with in shared and key not in redrawable]
    refused = np.arange(streams.n_replicates)
    redrawn = np.zeros(streams.n_replicates, dtype=bool)
    for attempt in range(1, _MOST_ATTEMPTS):
        drawn = {key: value if np.ndim(value) == 0 else np.asarray(value)[refused] for key, value in values.items()}
        radii = np.broadcast_to(radius(_with_references(laws, drawn)), refused.shape)
        refused = refused[radii >= LARGEST_RADIUS]
        if not refused.size or not redrawable:
            return Draws(_with_references(laws, values), redrawn)
        redrawn[refused] = True
        for key in redrawable:
            np.asarray(values[key])[refused] = _draw(key, own[key], streams.seed, source[key][refused], attempt)
    raise SupercriticalError(
        f"reactions would sustain themselves: no draw of {', '.join(redrawable)} keeps the spectral radius of the "
        f"reaction matrix below {LARGEST_RADIUS}"
    )


def _draw(key: str, law: Law, seed: int, replicates: Integers, attempt: int) -> LaneValues:
    if not law.is_uncertain:
        return law.at(np.empty(0))
    once, places = _find_sources(replicates.tobytes())
    return np.asarray(_draw_once(key, law, seed, once, attempt))[places]


@lru_cache(maxsize=4)
def _find_sources(replicates: bytes) -> tuple[bytes, Integers]:
    """Return the replicates without those that occur again, and the place of each among them."""
    once, places = np.unique(np.frombuffer(replicates, dtype=np.int64), return_inverse=True)
    return once.tobytes(), places


@lru_cache(maxsize=4)
def _luck(seed: int, replicates: bytes) -> Streams:
    return Streams(seed, np.frombuffer(replicates, dtype=np.int64))


@lru_cache(maxsize=_KEPT)
def _draw_once(key: str, law: Law, seed: int, replicates: bytes, attempt: int) -> LaneValues:
    """Return what a parameter is in some replicates; points of a design that share luck share it."""
    return law.at(_luck(seed, replicates).uniform(law.drawn_with or key, "prior", attempt))


def _with_references(laws: Mapping[str, Law], values: Mapping[str, LaneValues]) -> dict[str, LaneValues]:
    return {key: values[law.key] * law.factor if isinstance(law, SameAs) else values[key] for key, law in laws.items()}
