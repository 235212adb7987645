"""The draws of some replicates, for rules that do not answer all replicates at once; see `View.select`."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.core.arrays import Floats
from sim.core.errors import PolicyError
from sim.core.random_streams import Draw


class SharedDraws:
    """The draws of one party about one opponent in one step, kept so that several readers share the same numbers."""

    def __init__(self, whole: Draw) -> None:
        self._whole = whole
        self._uniforms: dict[str, Floats] = {}
        self._inside: dict[str, SharedDraws] = {}

    def uniform(self, decision: str) -> Floats:
        """Return the uniforms of a decision, the same each time, shape (n_replicates,)."""
        if decision not in self._uniforms:
            self._uniforms[decision] = self._whole.uniform(decision)
        return self._uniforms[decision]

    def within(self, name: str) -> SharedDraws:
        """Return the shared draws of the policy inside another that is held by the field `name`."""
        if name not in self._inside:
            self._inside[name] = SharedDraws(self._whole.within(name))
        return self._inside[name]


class PartialDraw(Draw):
    """The draws of some replicates, by position: the same numbers as in the draws of all."""

    def __init__(self, shared: SharedDraws, lanes: Any) -> None:
        self._shared = shared
        self._lanes = lanes
        self._decisions: set[str] = set()

    def within(self, name: str) -> PartialDraw:
        """Return the draws of a policy inside another, apart from those of the outer one."""
        return PartialDraw(self._shared.within(name), self._lanes)

    def uniform(self, decision: str) -> Floats:
        """Return one uniform for each of these replicates; a decision is drawn once in a step."""
        if decision in self._decisions:
            raise PolicyError(f'"{decision}" is drawn twice in one step; give it another name')
        self._decisions.add(decision)
        return np.asarray(self._shared.uniform(decision)[self._lanes])
