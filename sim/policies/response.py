"""What a policy gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats
from sim.core.parameters import LaneValues
from sim.policies.view import NOTHING, add_prefix

Rungs = int | npt.NDArray[np.integer[Any]]
"""One rung for all, or an array of them in any type of integer."""


@dataclass(frozen=True)
class Response:
    """The answer of a policy; its first two parts broadcast to shape (n_provocations, n_replicates).

    Parameters
    ----------
    multiplier : float or ndarray of float
        Factor of the calibrated number of reactions; 0 or more [1].
    rung : int or ndarray of int
        Rung of the reactions; 0 for none.
    campaign : float or ndarray of float, shape (n_replicates,), optional
        Addition to the log rate at which the party begins a campaign [1].
    strategic : float or ndarray of float, shape (n_replicates,), optional
        Unprovoked acts on the top rung; 0 or more [1/day].
    memory : mapping of str to ndarray of float, optional
        What the policy will remember in the next step; what it leaves out stays as it was.
    """

    multiplier: LaneValues
    rung: Rungs
    campaign: LaneValues = 0.0
    strategic: LaneValues = 0.0
    memory: Mapping[str, Floats] = field(default_factory=lambda: NOTHING)

    def passed_on(
        self,
        name: str,
        *,
        multiplier: LaneValues | None = None,
        rung: Rungs | None = None,
        campaign: LaneValues | None = None,
        strategic: LaneValues | None = None,
        memory: Mapping[str, Floats] = NOTHING,
    ) -> Response:
        """Return the answer of an outer policy that keeps all of this inner answer which it does not change.

        Parameters
        ----------
        name : str
            Field that holds the inner policy.
        multiplier, rung, campaign, strategic : optional
            What the outer policy changes.
        memory : mapping of str to ndarray of float, optional
            What the outer policy itself will remember.
        """
        return Response(
            multiplier=self.multiplier if multiplier is None else multiplier,
            rung=self.rung if rung is None else rung,
            campaign=self.campaign if campaign is None else campaign,
            strategic=self.strategic if strategic is None else strategic,
            memory={**add_prefix(self.memory, name), **memory},
        )

    def where(self, lanes: npt.NDArray[np.bool_], other: Response) -> Response:
        """Return this answer in some replicates and another elsewhere, without what either remembers."""
        rung: npt.NDArray[np.integer[Any]] = np.where(lanes, self.rung, other.rung)
        return Response(
            multiplier=np.where(lanes, self.multiplier, other.multiplier),
            rung=rung,
            campaign=np.where(lanes, self.campaign, other.campaign),
            strategic=np.where(lanes, self.strategic, other.strategic),
        )
