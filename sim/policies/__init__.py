"""Policies: how a party answers what it received.

`base` holds the contract, one file holds one family, `registry` finds a policy by its name, by ``file.py:Class`` or by
the entry-point group ``sim.policies``.
"""

from sim.policies.base import Claims, Policy, RedLine, Response, View
from sim.policies.composite import Mixed, Switching
from sim.policies.expected_cost import ExpectedCost
from sim.policies.graded import Disproportionate, Proportional
from sim.policies.grim import GrimTrigger
from sim.policies.grit import GraduatedReduction
from sim.policies.majority_and_calendar import HardMajority, Periodic, SoftMajority
from sim.policies.memory_one import FirmButFair, MemoryOne, WinStayLoseShift
from sim.policies.reciprocal import AlwaysEscalate, GenerousTitForTat, NoRetaliation, RandomRetaliation, TitForTat
from sim.policies.regional import AllianceEntry, Decapitation
from sim.policies.repeated_game import PeriodPolicy
from sim.policies.threshold import Threshold
from sim.policies.tit_for_tat_variants import (
    AdaptiveTitForTat,
    ContriteTitForTat,
    GradualTitForTat,
    LengtheningRetaliation,
    SuspiciousTitForTat,
    TitForTwoTats,
    TwoTitsForTat,
)

__all__ = [
    "AdaptiveTitForTat",
    "AllianceEntry",
    "AlwaysEscalate",
    "Claims",
    "ContriteTitForTat",
    "Decapitation",
    "Disproportionate",
    "ExpectedCost",
    "FirmButFair",
    "GenerousTitForTat",
    "GradualTitForTat",
    "GraduatedReduction",
    "GrimTrigger",
    "HardMajority",
    "LengtheningRetaliation",
    "MemoryOne",
    "Mixed",
    "NoRetaliation",
    "PeriodPolicy",
    "Periodic",
    "Policy",
    "Proportional",
    "RandomRetaliation",
    "RedLine",
    "Response",
    "SoftMajority",
    "SuspiciousTitForTat",
    "Switching",
    "Threshold",
    "TitForTat",
    "TitForTwoTats",
    "TwoTitsForTat",
    "View",
    "WinStayLoseShift",
]
