"""The contract of a policy: a frozen dataclass with declared parameters and one method.

A policy says how a party answers. Once a step, for each opponent, it is shown what the party could know (`View`) and
answers (`Response`) with a multiplier of the calibrated reactions and with the rung of the reactions, for every rung
of provocation. It is an array function: the last axis is the replicate, and no replicate may touch another.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, cast

import numpy as np
import numpy.typing as npt

from sim.errors import InputError
from sim.fields import LaneValues, problems_with
from sim.primitives import Floats, Integers
from sim.streams import Draw


@dataclass(frozen=True)
class View:
    """What a party could know about one opponent at the start of a step; every array is read-only.

    Parameters
    ----------
    provocation : ndarray of int, shape (n_provocations, 1)
        The rungs of acts that the party may have to answer: 1, 2, ... up to the top.
    reactions_due : ndarray of float, shape (n_provocations, n_replicates)
        Expected reactions that fall due in this step under a multiplier of 1 [1].
    unanswered_harm : ndarray of float, shape (n_replicates,)
        Harm received and not yet answered [killed-equivalents].
    own_harm : ndarray of float, shape (n_rungs, n_replicates)
        Mean harm that an act of this party does at each rung, as it weighs it [killed-equivalents].
    opponent_harm : ndarray of float, shape (n_rungs, n_replicates)
        The same for an act of the opponent [killed-equivalents].
    observed : ndarray of float, shape (n_replicates,)
        Running mean of the opponent's perceived rungs, plus one half [rung].
    posture : ndarray of float, shape (n_replicates,)
        Mean rung of the party's own routine, plus one half [rung].
    resolve : ndarray of float, shape (n_replicates,)
        Resolve, between 0 and 1 [1].
    weariness : ndarray of float, shape (n_replicates,)
        Own killed per thousand of capacity, fading [1].
    mediation : ndarray of float, shape (n_replicates,)
        Mediation in force, between 0 and 1 [1].
    """

    provocation: Integers
    reactions_due: Floats
    unanswered_harm: Floats
    own_harm: Floats
    opponent_harm: Floats
    observed: Floats
    posture: Floats
    resolve: Floats
    weariness: Floats
    mediation: Floats

    @property
    def n_replicates(self) -> int:
        """Number of replicates."""
        return int(self.unanswered_harm.shape[-1])

    @property
    def top(self) -> int:
        """Highest rung of an act."""
        return int(self.provocation[-1, 0])


@dataclass(frozen=True)
class Response:
    """The answer of a policy; both parts broadcast to shape (n_provocations, n_replicates).

    Parameters
    ----------
    multiplier : float or ndarray of float
        Factor of the calibrated number of reactions; 0 or more [1].
    rung : int or ndarray of int
        Rung of the reactions; 0 for none.
    """

    multiplier: LaneValues
    rung: int | npt.NDArray[np.int64]


@dataclass(frozen=True)
class RedLine:
    """Acts that a party treats as at least as grave as a rung, whatever rung they were on (S2.9, P5).

    Parameters
    ----------
    rung : float or ndarray of float, shape (n_replicates,)
        Rung to which a crossing act is lifted.
    civilians : float or ndarray of float, shape (n_replicates,)
        Civilians killed by one act that cross the line [persons].
    depth : float or ndarray of float, shape (n_replicates,)
        Depth of one act that crosses the line [km].
    """

    rung: LaneValues
    civilians: LaneValues
    depth: LaneValues


@dataclass(frozen=True)
class Policy(ABC):
    """Base of all policies.

    Subclasses are frozen dataclasses whose fields are declared with `sim.fields.parameter`, or are policies themselves
    (a policy over another). The class variables are claims that the conformance kit verifies.
    """

    code: ClassVar[str] = ""
    """Number of the policy in the science brief, if it has one."""
    source: ClassVar[str] = "assumption"
    """Reference of the rule."""
    stochastic: ClassVar[bool] = False
    """Whether the answer depends on chance."""
    never_escalates: ClassVar[bool] = False
    """Whether a reaction is never on a higher rung than its provocation."""

    def __post_init__(self) -> None:
        """Refuse parameters out of their bounds.

        Raises
        ------
        InputError
            If a parameter is not a number or out of bounds.
        """
        faults = problems_with(type(self), vars(self))
        for name, message in faults.items():
            raise InputError.single(type(self).__name__, name, message)

    @abstractmethod
    def respond(self, view: View, draw: Draw) -> Response:
        """Answer one opponent in one step.

        Parameters
        ----------
        view : View
            What the party could know.
        draw : Draw
            Addressed uniforms: ``draw.uniform("climb")`` has shape (n_replicates,).
        """

    def red_line(self) -> RedLine | None:
        """Return the party's red line, or None."""
        return None


def choose_rung(targets: Floats, harm: Floats) -> Integers:
    """Return the rung whose mean harm is nearest to a target.

    Parameters
    ----------
    targets : ndarray of float, shape (n_provocations, n_replicates)
        Harm aimed at [killed-equivalents].
    harm : ndarray of float, shape (n_rungs, n_replicates)
        Mean harm of an act at each rung, rising with the rung [killed-equivalents].

    Returns
    -------
    ndarray of int, shape (n_provocations, n_replicates)
        Rungs between 0 and the top; a tie goes to the lower rung.
    """
    midpoints = (harm[1:] + harm[:-1]) / 2.0
    rung = np.zeros(targets.shape, dtype=np.int64)
    for midpoint in midpoints:
        rung += targets > midpoint
    return cast(Integers, rung)
