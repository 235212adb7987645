"""Policies: how a party answers what it received.

`base` holds the contract, one file holds one family, `registry` finds a policy by its name, by ``file.py:Class`` or by
the entry-point group ``sim.policies``.
"""

from sim.policies.base import Policy, RedLine, Response, View
from sim.policies.graded import Disproportionate, Proportional
from sim.policies.reciprocal import GenerousTitForTat, NoRetaliation, TitForTat
from sim.policies.threshold import Threshold

__all__ = [
    "Disproportionate",
    "GenerousTitForTat",
    "NoRetaliation",
    "Policy",
    "Proportional",
    "RedLine",
    "Response",
    "Threshold",
    "TitForTat",
    "View",
]
