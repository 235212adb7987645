"""Some replicates of what a policy sees and draws, for rules that do not answer all replicates at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np

from sim.core.arrays import Floats
from sim.core.errors import PolicyError
from sim.core.random_streams import Draw
from sim.policies.view import Encounter, LastStep, View

_BY_REPLICATE: Final = (
    "reactions_due",
    "unanswered_harm",
    "own_harm",
    "opponent_harm",
    "observed",
    "posture",
    "resolve",
    "weariness",
    "mediation",
    "phase",
    "entered",
)


def part_of(view: View, lanes: Any) -> View:
    """Return what a party could know in some replicates.

    Parameters
    ----------
    view : View
        What it could know in all.
    lanes : slice or ndarray of int
        Positions of the replicates.
    """
    return replace(
        view,
        **{name: getattr(view, name)[..., lanes] for name in _BY_REPLICATE},
        last=LastStep(lambda: _part_of_encounter(view.last.encounter, lanes)),
        memory={name: values[..., lanes] for name, values in view.memory.items()},
    )


def _part_of_encounter(whole: Encounter, lanes: Any) -> Encounter:
    return Encounter(
        whole.received[..., lanes],
        whole.sent[..., lanes],
        whole.harm_received[lanes],
        whole.harm_inflicted[lanes],
    )


class SharedDraws:
    """The draws of one party about one opponent in one step, kept so that several readers share the same numbers.

    Parameters
    ----------
    whole : Draw
        The draws of all replicates.
    """

    def __init__(self, whole: Draw) -> None:
        self._whole = whole
        self._drawn: dict[str, Floats] = {}
        self._inside: dict[str, SharedDraws] = {}

    def uniform(self, decision: str) -> Floats:
        """Return the uniforms of a decision, the same each time, shape (n_replicates,).

        Parameters
        ----------
        decision : str
            Name of the decision.
        """
        if decision not in self._drawn:
            self._drawn[decision] = self._whole.uniform(decision)
        return self._drawn[decision]

    def within(self, name: str) -> SharedDraws:
        """Return the shared draws of a policy inside another.

        Parameters
        ----------
        name : str
            Field that holds the inner policy.
        """
        if name not in self._inside:
            self._inside[name] = SharedDraws(self._whole.within(name))
        return self._inside[name]


class PartialDraw(Draw):
    """The draws of some replicates: the same numbers as in the draws of all.

    Parameters
    ----------
    shared : SharedDraws
        The draws of all.
    lanes : slice or ndarray of int
        Positions of the replicates.
    """

    def __init__(self, shared: SharedDraws, lanes: Any) -> None:
        self._shared = shared
        self._lanes = lanes
        self._asked = set()

    def within(self, name: str) -> PartialDraw:
        """Return the draws of a policy inside another, apart from those of the outer one.

        Parameters
        ----------
        name : str
            Field that holds the inner policy.
        """
        return PartialDraw(self._shared.within(name), self._lanes)

    def uniform(self, decision: str) -> Floats:
        """Return one uniform for each of these replicates.

        Parameters
        ----------
        decision : str
            Name of the decision, unique within the step.

        Raises
        ------
        PolicyError
            If the decision was drawn already in this step: an address holds one number.
        """
        if decision in self._asked:
            raise PolicyError(f'"{decision}" is drawn twice in one step; give it another name')
        self._asked.add(decision)
        return np.asarray(self._shared.uniform(decision)[self._lanes])
