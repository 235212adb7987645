"""The space in which a posterior is sampled: standard normal under the prior, one axis for each uncertain parameter.

A coordinate z stands for the value at the quantile Phi(z) of the parameter's law. So an empty ledger gives the prior
back by construction, bounds need no care, and every parameter has the same scale. Laws that only repeat another
parameter (``same_as``) have no coordinate: they follow the one that they repeat.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
from scipy import special

from sim.core.arrays import Floats
from sim.core.parameters import LaneValues
from sim.scenario.priors import Choice, Law, LogNormal, SameAs

_FARTHEST: Final = 6.0
_GRID: Final = np.linspace(-_FARTHEST, _FARTHEST, 6001)


class Space:
    """Coordinates of the uncertain parameters among `sampled`; one whose law repeats another stands for that one."""

    def __init__(self, laws: Mapping[str, Law], sampled: Iterable[str]) -> None:
        self.laws = dict(laws)
        own = (law.key if isinstance(law := self.laws[key], SameAs) else key for key in sampled)
        self.keys: tuple[str, ...] = tuple(dict.fromkeys(key for key in own if self.laws[key].is_uncertain))
        self._column = {key: i for i, key in enumerate(self.keys)}
        # Quantiles on the grid of coordinates, but where a table would not be exact enough.
        told = {key: law for key in self.keys if not isinstance(law := self.laws[key], Choice | LogNormal)}
        self._tables = {key: np.asarray(law.at(special.ndtr(_GRID))) for key, law in told.items()}
        self._middle = {
            key: float(np.asarray(law.at(np.array([0.5]))).flat[0])
            for key, law in self.laws.items()
            if not isinstance(law, SameAs)
        }

    def __len__(self) -> int:
        """Return the number of coordinates."""
        return len(self.keys)

    def value(self, key: str, coordinates: Floats) -> LaneValues:
        """Return one parameter at points (n_draws, n_parameters); the median of its law if it has no coordinate."""
        law = self.laws[key]
        if isinstance(law, SameAs):
            return self.value(law.key, coordinates) * law.factor
        if key not in self._column:
            return self._middle[key]
        z = coordinates[:, self._column[key]]
        if isinstance(law, LogNormal):
            return np.asarray(law.median * np.exp(law.log_sd * z))
        if key not in self._tables:
            return law.at(special.ndtr(z))
        return np.asarray(np.interp(z, _GRID, self._tables[key]))

    def values(self, coordinates: Floats, keys: Iterable[str] | None = None) -> dict[str, LaneValues]:
        """Return parameters at points of shape (n_draws, n_parameters) by key path; all of them without keys."""
        return {key: self.value(key, coordinates) for key in (self.laws if keys is None else keys)}

    def log_prior(self, coordinates: Floats) -> Floats:
        """Return the log density of the prior at points, up to a constant, shape (n_draws,) [1]."""
        inside = np.abs(coordinates).max(axis=1, initial=0.0) < _FARTHEST
        density: Floats = np.where(inside, -0.5 * np.square(coordinates).sum(axis=1), -np.inf)
        return density
