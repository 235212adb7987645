"""Policies that answer in kind: none, tit-for-tat, generous tit-for-tat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.fields import Interval, LaneValues, parameter
from sim.policies.base import Policy, Response, View
from sim.streams import Draw


@dataclass(frozen=True)
class NoRetaliation(Policy):
    """Never react: only the party's own routine remains.

    Names
    -----
    P0, background, always restrain.
    """

    code: ClassVar[str] = "P0"
    source: ClassVar[str] = "S2.9"
    never_escalates: ClassVar[bool] = True

    def respond(self, view: View, draw: Draw) -> Response:
        """Answer with no reaction."""
        return Response(multiplier=0.0, rung=0)


@dataclass(frozen=True)
class TitForTat(Policy):
    """React to every provocation on its own rung.

    Names
    -----
    P1, tit-for-tat (Axelrod 1984), reciprocity (Goldstein & Freeman 1990).
    """

    code: ClassVar[str] = "P1"
    source: ClassVar[str] = "S2.9; Axelrod 1984"
    never_escalates: ClassVar[bool] = True

    def respond(self, view: View, draw: Draw) -> Response:
        """Answer in kind."""
        return Response(multiplier=1.0, rung=view.provocation)


@dataclass(frozen=True)
class GenerousTitForTat(Policy):
    """React on the rung of the provocation, but let a share of provocations pass.

    Names
    -----
    P2, generous tit-for-tat (Nowak & Sigmund 1992).
    """

    code: ClassVar[str] = "P2"
    source: ClassVar[str] = "S2.9; Nowak & Sigmund 1992"
    never_escalates: ClassVar[bool] = True

    forgiveness: LaneValues = parameter(
        1 / 3, Interval(0, 1), unit="1", source="S2.17", text="share of provocations that are let pass"
    )

    def respond(self, view: View, draw: Draw) -> Response:
        """Answer in kind, less the share forgiven."""
        return Response(multiplier=1.0 - np.asarray(self.forgiveness), rung=view.provocation)
