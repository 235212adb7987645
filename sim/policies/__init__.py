"""Policies: how a party answers what it received.

`base` holds the contract and `view` what a policy is shown. The shipped policies are plain rules (`scalar`): each is
written once, for one history, and compiled (`rule_source`, `rule_door`); `rule_plan` lays out a tree of them for an
engine. Every other file with a rule holds one family, and each of its classes says by which name scenarios call it
(``rule``). `registry` finds the shipped ones by looking into these
files, so a new policy is one file (docs/how-to/add-a-policy.md). It may import from `core` alone.
"""

from typing import Any

from sim.policies.base import Claims, Policy, RedLine, Response, View
from sim.policies.moment import choose_rung, ends_period, has_received, has_sent, highest_rung
from sim.policies.repeated_game import PeriodPolicy
from sim.policies.scalar import ByRung, Reaction, ScalarPolicy, drawn, remembered

__all__ = ["ByRung", "Claims", "PeriodPolicy", "Policy", "Reaction", "RedLine", "Response", "ScalarPolicy", "View"]
__all__ += ["choose_rung", "drawn", "ends_period", "has_received", "has_sent", "highest_rung", "remembered"]


def __getattr__(name: str) -> Any:
    """Return a shipped policy by the name of its class."""
    if name[0].isupper():
        from sim.policies.registry import find_class

        if policy := find_class(name):
            return policy
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    from sim.policies.registry import SHIPPED

    return sorted({*globals(), *(policy.__name__ for policy in SHIPPED.values())})
